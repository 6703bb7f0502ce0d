"""How HTX spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import Pair, contracts, lots

READ, TRADE = ("readOnly",), ("trade",)
FUTURES_HOST = ("futures",)
# BTC as in HTX's own example of /v1/common/symbols; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.000001 0.0001",
    "ETH/USDT 0.01 0.0001 0.001",
    "SOL/USDT 0.0001 0.0001 0.01",
    "XRP/USDT 0.00001 0.01 1",
    "DOGE/USDT 0.000001 0.01 1",
    "BNB/USDT 0.01 0.0001 0.001",
    "ADA/USDT 0.000001 0.01 0.1",
    "LTC/USDT 0.01 0.0001 0.001",
    "LINK/USDT 0.0001 0.01 0.1",
    "HT/USDT 0.0001 0.01 0.1",
    "BTC/USDC 0.01 0.000001 0.0001",
    "ETH/USDC 0.01 0.0001 0.001",
    "ETH/BTC 0.000001 0.0001 0.001",
)
PAIRS = {f"{pair.base}{pair.quote}".lower(): pair for pair in LOTS.values()}
CONTRACTS = {f"{pair.base}-{pair.quote}": pair for pair in contracts()}


def order_id(n: int) -> str:
    return str(438398393065481 + n)


# What buy-limit-must-less-than and sell-limit-must-greater-than say: 1.1 and 0.9.
BAND = "0.1"
TERMS = Terms(
    Decimal("0.002"),
    Decimal("0.002"),
    min_cost=Decimal(5),
    order_id=order_id,
    pairs=LOTS,
    band=Band.against_haste(BAND),
    fee_coin=FeeCoin("HT", Decimal("0.25")),
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]


def symbol_of(name: str) -> str:
    return name.replace("/", "").lower()
