"""How Bybit spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, Terms
from practice.world.pairs import Pair, contracts, lots

# A right is “Group.Word” of the key's permissions; READ stands for the read-only switch and what every key may do.
READ, TRADE = ("Read",), ("Spot.SpotTrade",)
FUTURES = ("ContractTrade.Order", "ContractTrade.Position")
# Which wallet of ours each category and account type looks into.
SPOT, LINEAR = "spot", "linear"
# BTC and ETH as instruments-info answered in recordings of 2025 and 2026; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.1 0.000001 0.000001",
    "ETH/USDT 0.01 0.00001 0.00001",
    "SOL/USDT 0.01 0.001 0.001",
    "XRP/USDT 0.0001 0.01 0.01",
    "DOGE/USDT 0.00001 0.1 0.1",
    "BNB/USDT 0.1 0.0001 0.0001",
    "ADA/USDT 0.0001 0.01 0.01",
    "LTC/USDT 0.01 0.00001 0.00001",
    "LINK/USDT 0.001 0.001 0.001",
    "BTC/USDC 0.1 0.000001 0.000001",
    "ETH/USDC 0.01 0.00001 0.00001",
)
SYMBOLS: dict[str, dict[str, Pair]] = {
    SPOT: {f"{pair.base}{pair.quote}": pair for pair in LOTS.values()},
    LINEAR: {f"{pair.base}{pair.quote}": pair for pair in contracts()},
    "inverse": {},
    "option": {},
}
# Between the inner and the outer share of the index Bybit refuses by the premium of the last two minutes, which there
# is none of here; what is worse than the outer one is always refused.
INNER, OUTER = "0.01", "0.02"
TERMS = Terms(
    min_cost=Decimal(5), order_id=lambda n: str(1321052653536515584 + n), pairs=LOTS, band=Band.against_haste(OUTER)
)


def find_pair(symbol: str, category: str = SPOT) -> Pair:
    if symbol not in SYMBOLS[category]:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return SYMBOLS[category][symbol]


def category_of(sent: object) -> str:
    if str(sent) not in SYMBOLS:
        raise RefusedError(Reason.BAD_PARAMETER, "category")
    return str(sent)
