"""How Bitget spells rights and pairs, and its terms of trade."""

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

# Who may write may read.
READ, TRADE = ("stor", "stow"), ("stow",)
FUTURES_ORDERS, FUTURES_HOLDINGS = ("coor", "coow"), ("cpor", "cpow")
UNIFIED_READ, UNIFIED_ORDERS = ("uta_mgt",), ("uta_trade",)
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in listed("USDT", "USDC", "BTC")}
CONTRACTS = {f"{pair.base}{pair.quote}": pair for pair in contracts()}


def order_id(n: int) -> str:
    return str(1111499608327360513 + n)


TERMS = Terms(order_id=order_id)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]


def symbol_of(name: str) -> str:
    return name.replace("/", "")
