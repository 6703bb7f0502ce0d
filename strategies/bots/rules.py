"""What a bot's settings must be, whatever form they came through."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from connections.choices import MarketKind
from strategies import inputs, pairs
from strategies.choices import AddOnBehaviour, Direction, Risk
from strategies.errors import SettingsError

if TYPE_CHECKING:
    from strategies.models import BotSettings

ONE = Decimal(1)
# Percents, seconds, minutes, factors and numbers a setting may have: (field, least, most, what to say).
RANGES = (
    ("take_profit", Decimal("0.2"), Decimal(100), _("The take profit must be from 0.2 to 100 percent.")),
    ("trailing", Decimal("0.1"), Decimal(50), _("Trailing must be from 0.1 to 50 percent, or empty.")),
    ("stop_loss", Decimal("0.5"), Decimal(95), _("The stop loss must be from 0.5 to 95 percent, or empty.")),
    ("stop_timeout_seconds", 0, 600, _("The time-out of the stop loss must be from 0 to 600 seconds.")),
    ("cool_down_minutes", 0, 1440, _("The cool-down must be from 0 to 1440 minutes.")),
    ("re_entry_minutes", 0, 10080, _("The pause before a new group must be from 0 to 10080 minutes.")),
    ("add_ons", 0, 30, _("There can be 0 to 30 add-ons: with more the first order is too small to matter.")),
    (
        "add_on_ratio",
        Decimal("0.01"),
        Decimal(100),
        _("The first add-on must be from 0.01 to 100 times the first order."),
    ),
    ("first_step", Decimal("0.1"), Decimal(90), _("The first step must be from 0.1 to 90 percent.")),
    ("step_scale", Decimal("0.1"), Decimal(10), _("The step scale must be from 0.1 to 10: 1 keeps all steps alike.")),
    ("volume_scale", Decimal("0.1"), Decimal(10), _("The volume scale must be from 0.1 to 10: 1 keeps add-ons alike.")),
    ("floor", Decimal("0.1"), Decimal("99.9"), _("The floor must be from 0.1 to 99.9 percent below the entry.")),
    ("least_improvement", 0, Decimal(10), _("The least improvement must be from 0 to 10 percent.")),
    (
        "accepted_loss",
        Decimal("0.1"),
        Decimal(100),
        _("The accepted loss must be from 0.1 to 100 percent of the equity."),
    ),
    ("max_groups", 1, pairs.MOST_PAIRS, _("There can be 1 to 20 groups at once: one for each pair.")),
)
# The settings that decide how far down a ladder reaches, the one to be blamed first.
REACH = ("step_scale", "first_step", "add_ons")
# Until it is chosen, a ladder is judged as the careful level's.
BARE = {"risk_level": Risk.LOW, "add_on_behaviour": AddOnBehaviour.RESERVE, "margin_limit": Decimal(0)}


def check(settings: "BotSettings") -> None:
    """Raise SettingsError for the first setting that cannot be used."""
    for field, text in problems(vars(settings)):
        raise SettingsError(field, text)


def problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for each setting that cannot be used; one that is not there is not judged."""
    home, direction = values.get("connection"), values.get("direction", Direction.LONG)
    if home and direction != Direction.LONG and home.market != MarketKind.FUTURES:
        yield "direction", gettext("Short needs a futures connection; on spot a bot can only go long.")
    limit, base = values.get("margin_limit"), values.get("base_order")
    if limit is not None and limit <= 0:
        yield "margin_limit", gettext("The margin limit must be more than 0.")
    if base is not None and not (base > 0 and (limit is None or base <= limit)):
        yield "base_order", gettext("The first order must be more than 0 and within the margin limit.")
    given = ((values.get(field), field, least, most, text) for field, least, most, text in RANGES)
    out_of_range = {
        field: gettext(text)
        for value, field, least, most, text in given
        if not (value is None or least <= value <= most)
    }
    yield from out_of_range.items()
    if not out_of_range.keys() & inputs.OWN.keys():
        yield from _of_ladder(values)
    trailing, target = values.get("trailing"), values.get("take_profit")
    # A price that has just reached the take profit could not turn back far enough: nothing would be sold near it.
    if trailing is not None and target is not None and trailing >= target:
        yield "trailing", gettext("Trailing must be less than the take profit: else nothing is sold near it.")
    yield from _of_pairs(values)


def _of_ladder(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Judge sizes and steps of an own ladder, each of which is in its range."""
    limit, first_add_on = values.get("margin_limit"), values.get("first_add_on")
    if first_add_on is not None and not (first_add_on > 0 and (limit is None or first_add_on <= limit)):
        yield "first_add_on", gettext("The first add-on must be more than 0 and within the margin limit.")
    elif first_add_on is not None and values.get("add_on_ratio") is not None:
        yield (
            "add_on_ratio",
            gettext("Give the first add-on in money or as a multiple of the first order, not as both."),
        )
    elif first_add_on is not None and values.get("base_order", first_add_on) is None:
        yield (
            "first_add_on",
            gettext("An add-on in money needs a first order in money; without one give a multiple of it."),
        )
    level = inputs.level_of(inputs.Plan.of({**BARE, **values}))
    deviations = level.ladder(ONE).deviations
    if k := next((k for k, far in enumerate(deviations) if far >= ONE), 0):
        # An empty field has the level's value, and no level reaches that far by itself.
        blamed = next(name for name in REACH if values.get(name) is not None)
        text = gettext(
            "Add-on %(number)d would wait 100 percent or more below the entry, where no price can be. Take fewer "
            "add-ons, a smaller first step or a smaller step scale."
        )
        yield blamed, text % {"number": k}
    elif level.floor is not None and level.add_ons and level.floor < level.step:
        yield "floor", gettext("The floor lies before the first add-on: none would ever be bought.")


def _of_pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "pairs" not in values:
        return
    try:
        pairs.checked(values["pairs"])
    except pairs.PairsError as error:
        yield "pairs", str(error)
