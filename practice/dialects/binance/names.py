"""How Binance spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import ASSETS, Pair, contracts, listed
from practice.refusals import Reason, RefusedError

READ, TRADE, FUTURES = ("enableReading",), ("enableSpotAndMarginTrading",), ("enableFutures",)
FUTURES_HOST = ("futures",)
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in listed("USDT", "USDC", also="币安人生")}
# The account tells all coins that there are, also those that are not traded here.
COINS = tuple(dict.fromkeys((*ASSETS, "BTTC", "LDUSDT", *(pair.base for pair in PAIRS.values()))))
CONTRACTS = {f"{pair.base}{pair.quote}": pair for pair in contracts()}
# A client order id may come again once the order that had it is no longer open.
TERMS = Terms(min_cost=Decimal(5), client_ids="unique_open", order_id=lambda n: str(28_000_000_000 + n))


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
