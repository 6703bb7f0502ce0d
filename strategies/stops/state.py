"""The pause of a bot at this moment: its level, its author, and its effect on open groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from strategies.choices import StopLevel
from strategies.models import Bot, Group, Order, StopSwitch
from strategies.models.stops import Stops, hardest
from strategies.words import stops
from strategies.words.stops import Counts

BY_BOT, BY_TRADER, BY_US = "You paused this bot.", "You paused all your bots.", "We paused all bots for everybody."
BY_RESTORE = "We restored our database from a backup: look at your bots, then end the pause of all."


@dataclass(frozen=True, kw_only=True)
class Pause:
    """`level` is the hardest of all stops; `own` is the bot's own, which its page changes."""

    level: StopLevel
    own: StopLevel
    who: str

    @property
    def title(self) -> str:
        return str(self.level.label)

    @property
    def effect(self) -> str:
        return stops.effect_of(self.level)


def pause_of(bot: Bot, others: Stops) -> Pause | None:
    """Return None when nothing is paused. Of equal stops the one that the trader can lift least is named."""
    own = StopLevel(bot.paused)
    level = hardest(own, others.trader_level, others.everybody_level)
    if level == StopLevel.NONE:
        return None
    of_trader = BY_RESTORE if others.trader and others.trader.is_restored else BY_TRADER
    who = BY_US if level == others.everybody_level else of_trader if level == others.trader_level else BY_BOT
    return Pause(level=level, own=own, who=who)


def counts_of(groups: Iterable[Group]) -> Counts:
    """Count open groups that came with their bots."""
    kept = [group.bot.can_close for group in groups]
    return Counts(kept=sum(kept), left=len(kept) - sum(kept))


def still(force: Stops) -> str:
    """Return what holds all the same, after a bot's own pause was set; "" when nothing does."""
    if force.everybody:
        return f" Still in force for everybody: {force.everybody.get_level_display().lower()}."
    if force.trader:
        return f" Still in force for all your bots: {force.trader.get_level_display().lower()}."
    return ""


# What an operator types, on the page as on the command line.
WORDS = {
    "none": StopLevel.NONE,
    "entries": StopLevel.ENTRIES,
    "add_ons": StopLevel.ADD_ONS,
    "orders": StopLevel.ORDERS,
}
MEANINGS = {
    "none": "Every bot goes on as its trader set it.",
    "entries": "No new groups. Open groups add on and close.",
    "add_ons": "No new groups, no add-ons. Open groups close at their take profit or stop loss, or when asked to.",
    "orders": "No order leaves, exits neither: no take profit, no stop loss, no close at market. "
    "Orders that stand at an exchange stay there, and may still fill.",
}


@dataclass(frozen=True, kw_only=True)
class SwitchState:
    """Where the switch stands, and how much of the product it holds."""

    level: StopLevel
    since: datetime | None
    bots: int
    groups: int
    orders: int

    @property
    def word(self) -> str:
        return next(word for word, level in WORDS.items() if level == self.level)

    @property
    def touched(self) -> str:
        verb = "holds" if self.level else "would hold"
        return (
            f"It {verb} for {_count(self.bots, 'enabled bot')}, {_count(self.groups, 'open group')} "
            f"and {_count(self.orders, 'order')} under way."
        )


def standing() -> SwitchState:
    switch = StopSwitch.objects.filter(is_global=True).first()
    return SwitchState(
        level=StopLevel(switch.level if switch else ""),
        since=switch.changed_at if switch else None,
        bots=Bot.objects.enabled().count(),
        groups=Group.objects.open().count(),
        orders=Order.objects.live().count(),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
