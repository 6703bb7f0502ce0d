"""How KuCoin spells rights and pairs, and its terms of trade."""

from decimal import Decimal
from hashlib import blake2b

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

GENERAL = ("General",)
SPOT = ("Spot", "Trade", "Unified")
FUTURES = ("Futures", "Unified")
FUTURES_HOST = ("futures",)
EVERYWHERE = ("spot", "futures")
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in listed("USDT", "USDC", "BTC")}
CONTRACTS = {f"{pair.base.replace('BTC', 'XBT')}{pair.quote}M": pair for pair in contracts()}


def order_id(n: int) -> str:
    return blake2b(f"kucoin {n}".encode(), digest_size=12).hexdigest()


# A used clientOid is refused only while its order is open (seen in Kucoin/kucoin-api-docs, issue 468).
TERMS = Terms(fee_in="quote", min_cost=Decimal("0.1"), client_ids="unique_open", order_id=order_id)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
