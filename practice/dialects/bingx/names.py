"""How BingX numbers rights and spells pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, Terms
from practice.world.pairs import Pair, contracts, lots

READ, TRADE, FUTURES = ("2",), ("1",), ("3",)
RIGHTS = {
    "1": "Spot Trading",
    "2": "Read",
    "3": "Perpetual Futures Trading",
    "4": "Universal Transfer",
    "5": "Withdraw",
    "7": "Subaccount Transfer",
}
# The names of the same rights in the answer's other documented shape.
SWITCHES = {
    "1": "enableSpotAndMarginTrading",
    "2": "enableReading",
    "3": "enableFutures",
    "4": "permitsUniversalTransfer",
    "5": "enableWithdrawals",
    "7": "enableInternalTransfer",
}
# BTC as in a client's note of /common/symbols; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.00001 0.00001",
    "ETH/USDT 0.01 0.0001 0.0001",
    "SOL/USDT 0.001 0.001 0.001",
    "XRP/USDT 0.0001 0.1 0.1",
    "DOGE/USDT 0.00001 1 1",
    "BNB/USDT 0.01 0.001 0.001",
    "ADA/USDT 0.0001 0.1 0.1",
    "LTC/USDT 0.01 0.001 0.001",
    "LINK/USDT 0.001 0.01 0.01",
    "BTC/USDC 0.01 0.00001 0.00001",
    "ETH/USDC 0.01 0.0001 0.0001",
    "MØTH/USDT 0.00001 0.1 1",
)
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in LOTS.values()}
CONTRACTS = {f"{pair.base}-{pair.quote}": pair for pair in contracts()}
# How wide BingX's band is is not known: see docs/exchanges/bingx.md.
TERMS = Terms(
    min_cost=Decimal(5), order_id=lambda n: str(1735661829123456000 + n), pairs=LOTS, band=Band.against_haste("0.1")
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
