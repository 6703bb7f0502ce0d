"""How Gate.io spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import Pair, contracts, lots


def read(group: str) -> tuple[str, ...]:
    return f"{group}:read", f"{group}:write"


def write(group: str) -> tuple[str, ...]:
    return (f"{group}:write",)


SPOT_READ, SPOT_WRITE = read("spot"), write("spot")
FUTURES_READ, ACCOUNT_READ, WALLET_READ = read("futures"), read("account"), read("wallet")
# What a live key with the box Withdraw shows is not known: one try-out key names it, another hides it.
HIDDEN = "hidden:"
WITHDRAW = ("withdraw:write", f"{HIDDEN}withdraw")
# BTC and ETH as /spot/currency_pairs answered in a recording of 2026-09; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.1 0.000001 0.000001",
    "ETH/USDT 0.01 0.0001 0.001",
    "SOL/USDT 0.01 0.001 0.001",
    "XRP/USDT 0.0001 0.01 0.01",
    "DOGE/USDT 0.00001 0.01 1",
    "BNB/USDT 0.1 0.001 0.001",
    "ADA/USDT 0.0001 0.01 0.1",
    "LTC/USDT 0.01 0.001 0.001",
    "LINK/USDT 0.001 0.01 0.01",
    "GT/USDT 0.001 0.001 0.01",
    "BTC/USDC 0.1 0.000001 0.000001",
    "ETH/USDC 0.01 0.0001 0.001",
    "ETH/BTC 0.000001 0.0001 0.001",
    "人生K线/USDT 0.000001 0.1 1",
)
PAIRS = {f"{pair.base}_{pair.quote}": pair for pair in LOTS.values()}
CONTRACTS = {f"{pair.base}_{pair.quote}": pair for pair in contracts()}
# What a pair's up_rate and down_rate are for BTC and ETH.
BAND = "0.08"
TERMS = Terms(
    maker=Decimal("0.002"),
    taker=Decimal("0.002"),
    min_cost=Decimal(3),
    client_ids="loose",
    order_id=lambda n: str(95282841887 + n),
    pairs=LOTS,
    band=Band.against_haste(BAND),
    refuses=("PO", "FOK"),
    fee_coin=FeeCoin("GT", Decimal("0.25")),
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
