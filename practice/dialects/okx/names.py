"""How OKX spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

READ, TRADE = ("read_only",), ("trade",)
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in listed("USDT", "USDC", "BTC")}
CONTRACTS = {f"{pair.base}-{pair.quote}-SWAP": pair for pair in contracts()}


def order_id(n: int) -> str:
    return str(312269865356374016 + n)


# Of several orders with one client id OKX shows the latest, so an id is free again once its order is done.
TERMS = Terms(Decimal("0.0008"), Decimal("0.001"), client_ids="unique_open", order_id=order_id)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]


def symbol_of(name: str) -> str:
    return name.replace("/", "-")
