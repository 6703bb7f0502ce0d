"""What the bot really did in the time that is looked back at, beside a replay of each of its groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from strategies.engine.decision import Action
from strategies.pages.look_backs.result import at, money_of, number
from strategies.words import look_backs as words
from strategies.words import numbers, reasons
from strategies.words.numbers import tone_of

GROUPS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class PastRow:
    """A group; `really` and `replayed` are the acts in which the two part, "" where they never do."""

    name: str
    pair: str
    opened: datetime
    closed: datetime | None
    result: str
    tone: str
    simulated: str
    simulated_tone: str
    really: str
    replayed: str
    why: str


@dataclass(frozen=True, kw_only=True)
class PastTold:
    """`sentences` are the sum of it; `more` groups are not shown."""

    sentences: Sequence[str]
    rows: Sequence[PastRow]
    more: int


def past_of(told: Mapping[str, Any], quote: str) -> PastTold | None:
    """Return what is shown of an answer; None while it is not reckoned, or where the bot opened no group then."""
    found = told.get("past")
    if not found or not (found["groups"] or found["left_out"]):
        return None
    groups = found["groups"]
    return PastTold(
        sentences=list(_sentences(found, quote)),
        rows=[_row(one) for one in groups[:GROUPS_SHOWN]],
        more=max(0, len(groups) - GROUPS_SHOWN),
    )


def _sentences(found: Mapping[str, Any], quote: str) -> Iterator[str]:
    groups = found["groups"]
    if groups:
        count = {"count": len(groups), "same": found["same"]}
        yield (
            ngettext(
                "Of %(count)d group that it really opened, the replay did the same in %(same)d to the end.",
                "Of %(count)d groups that it really opened, the replay did the same in %(same)d to the end.",
                len(groups),
            )
            % count
        )
        yield _("They came to %(real)s %(quote)s, their replays to %(replayed)s %(quote)s.") % {
            "real": money_of(found["result"], signed=True),
            "replayed": money_of(found["simulated"], signed=True),
            "quote": quote,
        }
        yield _("%(same)d of %(acts)d add-ons and sales were the same, within two minutes.") % {
            "same": found["same_acts"],
            "acts": found["acts"],
        }
    if left := found["left_out"]:
        yield (
            ngettext(
                "%(count)d more cannot be replayed: it was released, over within a minute, or is an older one.",
                "%(count)d more cannot be replayed: they were released, over within a minute, or are older ones.",
                left,
            )
            % {"count": left}
        )


def _row(one: Mapping[str, Any]) -> PastRow:
    parted = one["difference"]
    return PastRow(
        name=one["name"],
        pair=one["pair"],
        opened=at(one["opened"]),
        closed=None if one["closed"] is None else at(one["closed"]),
        result=money_of(one["result"], signed=True),
        tone=tone_of(number(one["result"])),
        simulated=money_of(one["simulated"], signed=True),
        simulated_tone=tone_of(number(one["simulated"])),
        really=_act(parted["real"]) if parted else "",
        replayed=_act(parted["simulated"]) if parted else "",
        why=words.cause(parted["cause"], parted["reason"]) if parted else "",
    )


def _act(act: Mapping[str, Any] | None) -> str:
    if act is None:
        return _("Nothing more")
    what = {"when": f"{at(act['minute']):%Y-%m-%d %H:%M}", "price": numbers.price(Decimal(repr(act["price"])))}
    if act["action"] == Action.ADD:
        return _("Add-on %(step)d at %(price)s, %(when)s UTC") % {"step": act["step"], **what}
    why = reasons.reason(act["reason"]) if act["reason"] else ""
    return f"{_('Sold at %(price)s, %(when)s UTC.') % what} {why}".strip()
