"""How HTX spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

READ, TRADE = ("readOnly",), ("trade",)
FUTURES_HOST = ("futures",)
PAIRS = {f"{pair.base}{pair.quote}".lower(): pair for pair in listed("USDT", "USDC", "BTC")}
CONTRACTS = {f"{pair.base}-{pair.quote}": pair for pair in contracts()}


def order_id(n: int) -> str:
    return str(438398393065481 + n)


TERMS = Terms(Decimal("0.002"), Decimal("0.002"), min_cost=Decimal(5), order_id=order_id)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]


def symbol_of(name: str) -> str:
    return name.replace("/", "").lower()
