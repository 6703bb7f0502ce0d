"""What a bot's settings must be, whatever form they came through."""

from decimal import Decimal
from typing import TYPE_CHECKING

from connections.choices import Market
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
    if settings.direction != Direction.LONG and settings.connection.market != Market.FUTURES:
        raise SettingsError("direction", "Short needs a futures connection; on spot a bot can only go long.")
    if settings.margin_limit <= 0:
        raise SettingsError("margin_limit", "The margin limit must be more than 0.")
    if settings.base_order is not None and not 0 < settings.base_order <= settings.margin_limit:
        raise SettingsError("base_order", "The first order must be more than 0 and within the margin limit.")
    _check_ranges(settings)
    _check_pairs(settings)


def _check_ranges(settings: "BotSettings") -> None:
    for field, least, most, text in RANGES:
        value = getattr(settings, field)
        if value is not None and not least <= value <= most:
            raise SettingsError(field, text)


def _check_pairs(settings: "BotSettings") -> None:
    try:
        pairs.checked(settings.pairs)
    except pairs.PairsError as error:
        raise SettingsError("pairs", str(error)) from None
