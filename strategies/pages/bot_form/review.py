"""What an edit changes for groups that are open, and what only for new ones, in the trader's words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from exchanges.proven import plain
from strategies.choices import (
    AddOnBehaviour,
    Direction,
    EntryRule,
    EntrySource,
    OrderKind,
    Risk,
    TrendFrame,
)
from strategies.inputs import level_of
from strategies.models import BotSettings
from strategies.pages.bot_form.form import LADDER
from strategies.pairs import quote_of
from strategies.words import numbers


class Reach(StrEnum):
    """The groups that a setting concerns: a group keeps the ladder that it was opened with."""

    AT_ONCE = "at_once"
    ONLY_NEW = "only_new"


@dataclass(frozen=True, kw_only=True)
class Change:
    label: str
    old: str
    new: str
    reach: Reach


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a trader sees before an edit is saved; `lasting` are removed pairs whose group stays open."""

    at_once: tuple[Change, ...]
    only_new: tuple[Change, ...]
    lasting: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        return bool(self.at_once or self.only_new)


Say = Callable[[Any, str], str]


def _text(value: Any, quote: str) -> str:
    return str(value)


def _choice(choices: type[TextChoices]) -> Say:
    return lambda value, quote: str(choices(value).label)


def _percent(value: Decimal | None, quote: str) -> str:
    return gettext("none") if value is None else f"{plain(value)} %"


def _money(value: Decimal | None, quote: str) -> str:
    return gettext("as large as allowed") if value is None else f"{plain(value)} {quote}"


def _own(say: Say) -> Say:
    """Say what stands in the place of the risk level's value, if anything does."""
    return lambda value, quote: gettext("as the risk level has it") if value is None else say(value, quote)


def _factor(value: Decimal, quote: str) -> str:
    return f"× {plain(value)}"


def _minutes(value: int, quote: str) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", value) % {"count": value}


def _seconds(value: int, quote: str) -> str:
    return ngettext("%(count)d second", "%(count)d seconds", value) % {"count": value}


def _switch(value: bool, quote: str) -> str:
    return gettext("on") if value else gettext("off")


def _pairs(value: Iterable[str], quote: str) -> str:
    return ", ".join(value)


# Every setting of a bot, in the order of the form.
SETTINGS: Mapping[str, tuple[str, Reach, Say]] = {
    "name": (_("Name"), Reach.AT_ONCE, _text),
    "connection": (_("Connection"), Reach.ONLY_NEW, _text),
    "pairs": (_("Pairs"), Reach.ONLY_NEW, _pairs),
    "direction": (_("Direction"), Reach.ONLY_NEW, _choice(Direction)),
    "entry_source": (_("Entry"), Reach.ONLY_NEW, _choice(EntrySource)),
    "trend_frame": (_("Candles"), Reach.ONLY_NEW, _choice(TrendFrame)),
    "re_entry_minutes": (_("Pause before a new group"), Reach.ONLY_NEW, _minutes),
    "entry_rule": (_("Entry rule"), Reach.ONLY_NEW, _choice(EntryRule)),
    "risk_level": (_("Risk level"), Reach.ONLY_NEW, _choice(Risk)),
    "margin_limit": (_("Margin limit"), Reach.AT_ONCE, _money),
    "base_order": (_("First order"), Reach.ONLY_NEW, _money),
    "add_ons": (_("Number of add-ons"), Reach.ONLY_NEW, _own(_text)),
    "first_add_on": (_("First add-on"), Reach.ONLY_NEW, _own(_money)),
    "add_on_ratio": (_("First add-on, of the first order"), Reach.ONLY_NEW, _own(_factor)),
    "first_step": (_("First step"), Reach.ONLY_NEW, _own(_percent)),
    "step_scale": (_("Step scale"), Reach.ONLY_NEW, _own(_factor)),
    "volume_scale": (_("Volume scale"), Reach.ONLY_NEW, _own(_factor)),
    "floor": (_("Floor"), Reach.AT_ONCE, _percent),
    "least_improvement": (_("Least improvement"), Reach.AT_ONCE, _own(_percent)),
    "accepted_loss": (_("Accepted loss"), Reach.AT_ONCE, _own(_percent)),
    "max_groups": (_("Groups at once"), Reach.ONLY_NEW, _own(_text)),
    "add_on_behaviour": (_("Add-ons"), Reach.AT_ONCE, _choice(AddOnBehaviour)),
    "take_profit": (_("Take profit"), Reach.AT_ONCE, _percent),
    "trailing": (_("Trailing"), Reach.AT_ONCE, _percent),
    "stop_loss": (_("Stop loss"), Reach.AT_ONCE, _percent),
    "stop_timeout_seconds": (_("Stop loss time-out"), Reach.AT_ONCE, _seconds),
    "recovery_mode": (_("Recovery Mode"), Reach.AT_ONCE, _switch),
    "order_kind": (_("Orders"), Reach.AT_ONCE, _choice(OrderKind)),
    "cool_down_minutes": (_("Cool-down"), Reach.AT_ONCE, _minutes),
}


def own_ladder(settings: BotSettings) -> list[tuple[str, str]]:
    """Return what of the ladder its trader set in the place of the risk level's value, by label."""
    found = []
    for name, (label, _reach, say) in SETTINGS.items():
        value = getattr(settings, name)
        if name in LADDER and value is not None:
            found.append((gettext(label), say(value, _quote(settings))))
    return found


def review_of(old: BotSettings, new: BotSettings, *, open_pairs: Iterable[str]) -> Review:
    """Say what the edit changes; `open_pairs` are those of the bot's open groups."""
    found = []
    for name, (label, reach, say) in SETTINGS.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found.append(
                Change(label=gettext(label), old=say(before, _quote(old)), new=say(after, _quote(new)), reach=reach)
            )
    if old.risk_level != new.risk_level:
        found += _of_level(old, new)
    gone = set(old.pairs) - set(new.pairs)
    return Review(
        at_once=tuple(one for one in found if one.reach is Reach.AT_ONCE),
        only_new=tuple(one for one in found if one.reach is Reach.ONLY_NEW),
        lasting=tuple(sorted(gone & set(open_pairs))),
    )


def _of_level(old: BotSettings, new: BotSettings) -> Iterator[Change]:
    """Yield what a risk level decides beside the ladder: its loss and its hard limit bind open groups, too."""
    before, after = level_of(old), level_of(new)
    loss, limit = _("%(share)s of the equity"), _("%(share)s of the margin limit")
    rows = (
        (_("Accepted loss"), Reach.AT_ONCE, loss, before.accepted_loss, after.accepted_loss),
        (_("Hard limit"), Reach.AT_ONCE, limit, before.hard, after.hard),
        (_("Soft limit"), Reach.ONLY_NEW, limit, before.soft, after.soft),
    )
    for label, reach, of, was, will in rows:
        # A loss that its trader sets or takes back is told by itself.
        if was != will and (label != "Accepted loss" or old.accepted_loss == new.accepted_loss):
            told = (gettext(of) % {"share": numbers.round_percent(share)} for share in (was, will))
            yield Change(label=gettext(label), old=next(told), new=next(told), reach=reach)


def _quote(settings: BotSettings) -> str:
    return quote_of(settings.pairs[0]) if settings.pairs else ""
