"""What stands beside a result: the same bot with Recovery Mode the other way, and with one setting moved a little.

All on the same candles, and in the order of extremes that the result is of. It is a spread and no choice: what did well
here did well on these candles.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from strategies.engine.position import ONE
from strategies.lookback.candles import Candles
from strategies.lookback.figures import Summary, figures
from strategies.lookback.walk import CancelledError, Extremes, run
from strategies.lookback.wishes import BotWish, Terms

Pairs = Mapping[str, tuple[Candles, Terms]]
Value = Decimal | int | timedelta
# A notch, as a share of the setting; whole numbers move by one.
NOTCH = Decimal("0.2")
# Of each there are two, and two of costs.
MOST_SETTINGS = 8
# Where each setting stands in a wish, "" for the wish itself; those on which most hangs come first.
SETTINGS: Mapping[str, tuple[str, str]] = {
    "take_profit": ("settings", "take_profit"),
    "first_step": ("level", "step"),
    "base_order": ("", "base"),
    "accepted_loss": ("level", "accepted_loss"),
    "margin_limit": ("margin", "amount"),
    "add_ons": ("level", "add_ons"),
    "stop_loss": ("settings", "stop_loss"),
    "trailing": ("settings", "trailing"),
    "volume_scale": ("level", "volume_scale"),
    "re_entry_minutes": ("settings", "re_entry_pause"),
    "cool_down_minutes": ("settings", "cool_down"),
    "step_scale": ("level", "step_scale"),
}
OF_LADDER = frozenset({"first_step", "add_ons", "volume_scale", "step_scale"})


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One setting, `was` and `now`: money, shares, factors, whole numbers or times as the engine has them."""

    name: str
    was: Value
    now: Value
    wish: BotWish
    pairs: Pairs


def variants(wish: BotWish, pairs: Pairs) -> list[Variant]:
    """Return the bot with one setting a notch lower or higher, and with other costs; never what cannot be set."""
    found = list[Variant]()
    for name in SETTINGS:
        was = value_of(wish, name)
        if was is None:
            continue
        is_whole = isinstance(was, int)
        for now in (was - 1, was + 1) if is_whole else (times(was, ONE - NOTCH), times(was, ONE + NOTCH)):
            moved = moved_to(wish, name, now)
            if is_sound(moved):
                found.append(Variant(name=name, was=was, now=now, wish=moved, pairs=pairs))
    names = list(dict.fromkeys(one.name for one in found))[:MOST_SETTINGS]
    return [*(one for one in found if one.name in names), *_of_costs(wish, pairs)]


def value_of(wish: BotWish, name: str) -> Any:
    """Return a setting, None for one that the bot does not use."""
    part, field = SETTINGS[name]
    found = getattr(getattr(wish, part) if part else wish, field)
    return None if not found or (name in OF_LADDER and wish.add_ons_off) else found


def moved_to(wish: BotWish, name: str, value: Value) -> BotWish:
    """Return the bot with one setting as it is given."""
    part, field = SETTINGS[name]
    outer: Any = getattr(wish, part) if part else wish
    changed = replace(outer, **{field: value})
    moved: BotWish = replace(wish, **{part: changed}) if part else changed
    return moved


def is_sound(wish: BotWish) -> bool:
    """Say whether a trader could set it so, by what strategies/bots/rules.py refuses."""
    settings, level = wish.settings, wish.level
    has_room = level.floor is None or not level.add_ons or level.floor >= level.step
    follows = settings.trailing is None or settings.trailing < settings.take_profit
    fits = wish.base is None or wish.base <= wish.margin.amount
    return has_room and follows and fits and max(level.ladder(ONE).deviations) < ONE


def times(value: Any, factor: Decimal) -> Any:
    """Return a setting that is no whole number so many times as large."""
    return (
        timedelta(seconds=round(value.total_seconds() * float(factor)))
        if isinstance(value, timedelta)
        else (value * factor)
    )


def _of_costs(wish: BotWish, pairs: Pairs) -> Iterator[Variant]:
    """Yield what a fee that is a fifth dearer, and twice the slippage, would do: nobody sets them."""
    first, dearer = next(iter(pairs.values()))[1], ONE + NOTCH
    fees, slips = dict[str, tuple[Candles, Terms]](), dict[str, tuple[Candles, Terms]]()
    for pair, (candles, terms) in pairs.items():
        rates = replace(terms.fees, entry=terms.fees.entry * dearer, exit=terms.fees.exit * dearer)
        fees[pair] = candles, replace(terms, fees=rates, paid=terms.paid * dearer)
        slips[pair] = candles, replace(terms, slippage=terms.slippage * 2)
    yield Variant(name="fee", was=first.paid, now=first.paid * dearer, wish=wish, pairs=fees)
    yield Variant(name="slippage", was=first.slippage, now=first.slippage * 2, wish=wish, pairs=slips)


def beside(wish: BotWish, pairs: Pairs, *, order: Extremes, watch: Callable[[], bool]) -> dict[str, Any]:
    """Return the result with Recovery Mode the other way, and with one setting moved, each as a few figures.

    Where `watch` says that time is over, `left_out` counts what was not reckoned.
    """
    recovery = wish.settings.recovery
    other = replace(wish, settings=replace(wish.settings, recovery=replace(recovery, is_on=not recovery.is_on)))
    moved = variants(wish, pairs)
    found: dict[str, Any] = {"recovery": None, "moved": [], "left_out": 1 + len(moved)}
    try:
        found["recovery"] = {"is_on": not recovery.is_on, **few(_run(other, pairs, order, watch))}
        found["left_out"] -= 1
        for one in moved:
            told = few(_run(one.wish, one.pairs, order, watch))
            found["moved"].append({"name": one.name, "was": shown(one.was), "now": shown(one.now), **told})
            found["left_out"] -= 1
    except CancelledError:
        pass
    return found


def _run(wish: BotWish, pairs: Pairs, order: Extremes, watch: Callable[[], bool]) -> Summary:
    if not watch():
        raise CancelledError
    return figures(wish, run(wish, pairs, order=order, watch=lambda _share: watch()), pairs)


def few(told: Summary) -> dict[str, Any]:
    """Return of a run what is compared: money in quote, times in minutes and hours."""
    return {
        "worst_day": min((day.change for day in told.days), default=0.0),
        "drawdown": told.drawdown.money,
        "under_water": told.under_water.minutes,
        "most_margin": told.most_margin,
        "net": told.net,
        "groups": len(told.groups),
        "lost": sum(1 for group in told.groups if group.closed is not None and group.result < 0),
        "open": sum(1 for group in told.groups if group.closed is None),
        "recovery_hours": told.recovery_hours,
        "fees": told.fees,
    }


def shown(value: Value) -> str:
    """Return a setting as text, so that no digit is lost; a time in minutes."""
    if isinstance(value, timedelta):
        return format(Decimal(str(value.total_seconds() / 60)).normalize(), "f")
    return format(Decimal(value).normalize(), "f")
