"""What a bot's settings must be, whatever form they came through."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connections.choices import MarketKind
from strategies import pairs
from strategies.choices import Direction
from strategies.errors import SettingsError

if TYPE_CHECKING:
    from strategies.models import BotSettings

# Percents and minutes a setting may have: (field, least, most, what to say).
RANGES = (
    ("take_profit", Decimal("0.2"), Decimal(100), "The take profit must be from 0.2 to 100 percent."),
    ("trailing", Decimal("0.1"), Decimal(50), "Trailing must be from 0.1 to 50 percent, or empty."),
    ("stop_loss", Decimal("0.5"), Decimal(95), "The stop loss must be from 0.5 to 95 percent, or empty."),
    ("cool_down_minutes", 0, 1440, "The cool-down must be from 0 to 1440 minutes."),
    ("re_entry_minutes", 0, 10080, "The pause before a new group must be from 0 to 10080 minutes."),
)


def check(settings: "BotSettings") -> None:
    """Raise SettingsError for the first setting that cannot be used."""
    for field, text in problems(vars(settings)):
        raise SettingsError(field, text)


def problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for each setting that cannot be used; one that is not there is not judged."""
    home, direction = values.get("connection"), values.get("direction", Direction.LONG)
    if home and direction != Direction.LONG and home.market != MarketKind.FUTURES:
        yield "direction", "Short needs a futures connection; on spot a bot can only go long."
    limit, base = values.get("margin_limit"), values.get("base_order")
    if limit is not None and limit <= 0:
        yield "margin_limit", "The margin limit must be more than 0."
    if base is not None and not (base > 0 and (limit is None or base <= limit)):
        yield "base_order", "The first order must be more than 0 and within the margin limit."
    for field, least, most, text in RANGES:
        value = values.get(field)
        if value is not None and not least <= value <= most:
            yield field, text
    trailing, target = values.get("trailing"), values.get("take_profit")
    # A price that has just reached the take profit could not turn back far enough: nothing would be sold near it.
    if trailing is not None and target is not None and trailing >= target:
        yield "trailing", "Trailing must be less than the take profit: else nothing is sold near it."
    yield from _of_pairs(values)


def _of_pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "pairs" not in values:
        return
    try:
        pairs.checked(values["pairs"])
    except pairs.PairsError as error:
        yield "pairs", str(error)
