"""How Bitget spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import Pair, contracts, lots

# Who may write may read.
READ, TRADE = ("stor", "stow"), ("stow",)
FUTURES_ORDERS, FUTURES_HOLDINGS = ("coor", "coow"), ("cpor", "cpow")
UNIFIED_READ, UNIFIED_ORDERS = ("uta_mgt",), ("uta_trade",)
# BTC, ETH and XRP as /spot/public/symbols answered in a recording of 2026-09; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.000001 0",
    "ETH/USDT 0.01 0.0001 0.0005",
    "SOL/USDT 0.01 0.0001 0",
    "XRP/USDT 0.0001 0.0001 0",
    "DOGE/USDT 0.00001 0.0001 0",
    "BNB/USDT 0.01 0.0001 0",
    "ADA/USDT 0.0001 0.0001 0",
    "LTC/USDT 0.01 0.0001 0",
    "LINK/USDT 0.001 0.0001 0",
    "BGB/USDT 0.0001 0.0001 0",
    "BTC/USDC 0.01 0.000001 0",
    "ETH/USDC 0.01 0.0001 0.0005",
    "ETH/BTC 0.00001 0.0001 0",
)
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in LOTS.values()}
CONTRACTS = {f"{pair.base}{pair.quote}": pair for pair in contracts()}


def order_id(n: int) -> str:
    return str(1111499608327360513 + n)


# What buyLimitPriceRatio and sellLimitPriceRatio are for BTC, ETH and XRP.
BAND = "0.02"
TERMS = Terms(order_id=order_id, pairs=LOTS, band=Band.against_haste(BAND), fee_coin=FeeCoin("BGB", Decimal("0.2")))


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]


def symbol_of(name: str) -> str:
    return name.replace("/", "")
