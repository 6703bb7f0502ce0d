"""Whether new settings let a bot do more than the old ones: with more money, sooner, longer, or at a wider worst case.

Each setting has its rule; in doubt it raises. What only narrows never does: a lower limit, a lower risk level, fewer
pairs, a stop loss or a nearer one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from strategies.choices import AddOnBehaviour, EntryRule, EntrySource, OrderKind, Risk
from strategies.inputs import Plan, groups_of, level_of
from strategies.models import BotSettings

Rule = Callable[[Any, Any], bool]


def changed(old: Any, new: Any) -> bool:
    return bool(old != new)


def higher(old: Any, new: Any) -> bool:
    """Say whether a figure grew; None is none at all, the least."""
    return new is not None and (old is None or new > old)


def further(old: Any, new: Any) -> bool:
    """Say whether a limit was moved away or taken off; None is no limit."""
    return old is not None and (new is None or new > old)


def lower(old: Any, new: Any) -> bool:
    return bool(new < old)


def along(*mildest_first: str) -> Rule:
    """Return the rule of a choice whose values let more happen from the first to the last."""
    return lambda old, new: mildest_first.index(new) > mildest_first.index(old)


# What a group's ladder looks like: with another shape the risk level allows other orders, and the same loss sooner.
SHAPE = ("add_ons", "first_add_on", "add_on_ratio", "first_step", "step_scale", "volume_scale")
RULES: Mapping[str, Rule] = {
    "risk_level": along(Risk.LOW, Risk.MEDIUM, Risk.HIGH),
    "margin_limit": higher,
    # Without one the order is as large as it may be.
    "base_order": further,
    "pairs": lambda old, new: not set(new) <= set(old),
    "direction": changed,
    "add_on_behaviour": lambda old, new: (
        old != new and (old, new) != (AddOnBehaviour.FIRST_COME, AddOnBehaviour.RESERVE)
    ),
    "entry_source": along(EntrySource.WEBHOOK, EntrySource.TREND, EntrySource.IMMEDIATE),
    "entry_rule": along(EntryRule.BESIDE_RECOVERY, EntryRule.ANY),
    "order_kind": along(OrderKind.LIMIT, OrderKind.MARKET),
    "take_profit": higher,
    "trailing": higher,
    "stop_loss": further,
    "stop_timeout_seconds": higher,
    "recovery_mode": lambda old, new: old and not new,
    "cool_down_minutes": lower,
    "re_entry_minutes": lower,
    **dict.fromkeys(SHAPE, changed),
}
# Left to the risk level where they are empty: what counts is the value that comes of it.
OF_LEVEL: Mapping[str, Rule] = {
    "accepted_loss": higher,
    "floor": further,
    "least_improvement": lower,
    "max_groups": higher,
}
# They let no bot do more by themselves; the two last are looked at below.
HARMLESS = frozenset({"name", "connection", "trend_frame"})


def raised(old: BotSettings, new: BotSettings) -> frozenset[str]:
    """Return the names of the settings that let the bot do more than before."""
    before, after = vars(old), vars(new)
    found = {name for name, rule in RULES.items() if rule(before[name], after[name])}
    levels = _of_level(old), _of_level(new)
    found |= {name for name, rule in OF_LEVEL.items() if rule(levels[0][name], levels[1][name])}
    # Another account, whose money the bot did not trade before; practice money is nobody's.
    if old.connection.pk != new.connection.pk and not new.connection.is_practice:
        found.add("connection")
    if new.entry_source == EntrySource.TREND and old.trend_frame != new.trend_frame:
        found.add("trend_frame")
    return frozenset(found)


def _of_level(settings: BotSettings) -> dict[str, Any]:
    plan = Plan.of(vars(settings))
    level = level_of(plan)
    return {
        "accepted_loss": level.accepted_loss,
        "floor": level.floor,
        "least_improvement": level.improve,
        "max_groups": groups_of(plan),
    }
