"""The pause of a bot at this moment: its level, its author, and its effect on open groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from strategies.choices import StopLevel
from strategies.models import Bot, Group, Order, StopSwitch
from strategies.models.stops import Stops, hardest
from strategies.words import stops
from strategies.words.stops import Counts
from web.language import inside

BY_BOT, BY_TRADER = _("You paused this bot."), _("You paused all your bots.")
BY_RESTORE = _("We restored our database from a backup: look at your bots, then end the pause of all.")


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
    ours = others.ours_at(bot.connection.exchange, bot.connection.venue)
    level = hardest(own, others.trader_level, ours.level if ours else StopLevel.NONE)
    if level == StopLevel.NONE:
        return None
    of_trader = BY_RESTORE if others.trader and others.trader.is_restored else BY_TRADER
    if ours and ours.level == level:
        return Pause(level=level, own=own, who=stops.by_us(ours.place, is_one_person=ours.is_ours))
    return Pause(level=level, own=own, who=gettext(of_trader if level == others.trader_level else BY_BOT))


def counts_of(groups: Iterable[Group]) -> Counts:
    """Count open groups that came with their bots."""
    kept = [group.bot.can_close for group in groups]
    return Counts(kept=sum(kept), left=len(kept) - sum(kept))


def still(bot: Bot, force: Stops) -> str:
    """Return what holds all the same, after a bot's own pause was set; "" when nothing does."""
    if ours := force.ours_at(bot.connection.exchange, bot.connection.venue):
        where = stops.reach_of(ours.place, is_one_person=ours.is_ours)
        text = gettext("Still in force %(where)s: %(what)s.")
        return text % {"where": where, "what": inside(ours.get_level_display())}
    if force.trader:
        text = gettext("Still in force for all your bots: %(what)s.")
        return text % {"what": inside(force.trader.get_level_display())}
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
class StopReach:
    """What one of the operators' switches holds for: its columns, and how the bots, groups and orders are found."""

    name: str
    action: str
    target: object
    levels: tuple[StopLevel, ...]
    switch: dict[str, Any]
    homes: dict[str, Any]

    @classmethod
    def at(cls, exchange: str, venue: str) -> StopReach:
        return cls(
            name=StopSwitch(exchange=exchange, venue=venue).whose,
            action="exchange.paused",
            target=f"{exchange}:{venue}",
            levels=tuple(WORDS.values()),
            switch={"exchange": exchange, "venue": venue, "is_global": False, "owner": None},
            homes={"connection__exchange": exchange, "connection__venue": venue},
        )

    @classmethod
    def of(cls, person: User) -> StopReach:
        """Return that of one person, whose exits no operator takes away."""
        return cls(
            name=person.email,
            action="person.paused",
            target=person,
            levels=(StopLevel.NONE, StopLevel.ENTRIES, StopLevel.ADD_ONS),
            switch={"owner": person, "is_ours": True},
            homes={"connection__owner": person},
        )


EVERYBODY = StopReach(
    name="everybody",
    action="everybody.paused",
    target="everybody",
    levels=tuple(WORDS.values()),
    switch={"is_global": True, "owner": None},
    homes={},
)


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


def standing(reach: StopReach = EVERYBODY) -> SwitchState:
    switch = StopSwitch.objects.filter(**reach.switch).first()
    return SwitchState(
        level=StopLevel(switch.level if switch else ""),
        since=switch.changed_at if switch else None,
        bots=Bot.objects.enabled().filter(**reach.homes).count(),
        groups=Group.objects.open().filter(**reach.homes).count(),
        orders=Order.objects.live().filter(**reach.homes).count(),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
