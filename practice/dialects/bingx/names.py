"""How BingX numbers rights and spells pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

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
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in listed("USDT", "USDC", also="MØTH")}
CONTRACTS = {f"{pair.base}-{pair.quote}": pair for pair in contracts()}
TERMS = Terms(min_cost=Decimal(5), order_id=lambda n: str(1735661829123456000 + n))


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
