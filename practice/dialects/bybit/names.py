"""How Bybit spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError

# A right is “Group.Word” of the key's permissions; READ stands for the read-only switch and what every key may do.
READ, TRADE = ("Read",), ("Spot.SpotTrade",)
FUTURES = ("ContractTrade.Order", "ContractTrade.Position")
# Which wallet of ours each category and account type looks into.
SPOT, LINEAR = "spot", "linear"
SYMBOLS: dict[str, dict[str, Pair]] = {
    SPOT: {f"{pair.base}{pair.quote}": pair for pair in listed("USDT", "USDC")},
    LINEAR: {f"{pair.base}{pair.quote}": pair for pair in contracts()},
    "inverse": {},
    "option": {},
}
TERMS = Terms(min_cost=Decimal(5), order_id=lambda n: str(1321052653536515584 + n))


def find_pair(symbol: str, category: str = SPOT) -> Pair:
    if symbol not in SYMBOLS[category]:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return SYMBOLS[category][symbol]


def category_of(sent: object) -> str:
    if str(sent) not in SYMBOLS:
        raise RefusedError(Reason.BAD_PARAMETER, "category")
    return str(sent)
