"""A map of settings around the bot's own: each place by its worst quarter, and what choosing by it came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from strategies.models import LookBack
from strategies.pages.look_backs.result import at, money_of, number
from strategies.words import look_backs as words
from strategies.words import numbers
from strategies.words.numbers import tone_of


@dataclass(frozen=True, kw_only=True)
class PlaceTold:
    """One place: `worst` is its worst quarter's result, `title` all four; "" where it cannot be set so."""

    worst: str
    tone: str
    title: str
    is_as_set: bool


@dataclass(frozen=True, kw_only=True)
class ForwardRow:
    """A quarter, what was chosen by those before, and how it went beside what is set."""

    since: datetime
    until: datetime
    chosen: str
    net: str
    net_tone: str
    as_set: str
    as_set_tone: str


@dataclass(frozen=True, kw_only=True)
class MapTold:
    across: str
    down: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[PlaceTold]]]
    forward: Sequence[ForwardRow]
    sentences: Sequence[str]
    verdict: str


def map_of(look_back: LookBack) -> MapTold | None:
    """Return what is shown of a map, None while there is none."""
    told, quote = look_back.map, look_back.bot.quote
    if not look_back.has_map:
        return None
    (across, down), (columns, rows) = told["settings"], told["values"]
    shown = [_place(some, number == as_set(told)) for number, some in enumerate(told["places"])]
    width = len(columns)
    return MapTold(
        across=words.setting(across),
        down=words.setting(down),
        heads=[words.setting_at(across, Decimal(one), quote) for one in columns],
        rows=[
            (words.setting_at(down, Decimal(one), quote), shown[place * width : (place + 1) * width])
            for place, one in enumerate(rows)
        ],
        forward=[_forward(one, told, quote) for one in told["forward"]],
        sentences=list(_sentences(told, quote)),
        verdict=_verdict(told, quote),
    )


def as_set(told: Mapping[str, Any]) -> int:
    """Return the place of the bot's own settings; a map of before says only that it is the middle."""
    found: int = told.get("as_set", len(told["places"]) // 2)
    return found


def _place(some: Sequence[Mapping[str, Any]] | None, is_as_set: bool) -> PlaceTold:
    if some is None:
        return PlaceTold(worst="", tone="", title=_("This cannot be set."), is_as_set=is_as_set)
    worst = min(one["net"] for one in some)
    return PlaceTold(
        worst=numbers.short(number(worst)),
        tone=tone_of(number(worst)),
        title=" · ".join(money_of(one["net"], signed=True) for one in some),
        is_as_set=is_as_set,
    )


def _forward(one: Mapping[str, Any], told: Mapping[str, Any], quote: str) -> ForwardRow:
    (across, down), (columns, rows) = told["settings"], told["values"]
    row, column = divmod(one["place"], len(columns))
    since, until = told["quarters"][one["quarter"]]
    return ForwardRow(
        since=at(since),
        until=at(until),
        chosen=_("%(across)s and %(down)s")
        % {
            "across": words.setting_at(across, Decimal(columns[column]), quote),
            "down": words.setting_at(down, Decimal(rows[row]), quote),
        },
        net=money_of(one["net"], signed=True),
        net_tone=tone_of(number(one["net"])),
        as_set=money_of(one["as_set"], signed=True),
        as_set_tone=tone_of(number(one["as_set"])),
    )


def _sentences(told: Mapping[str, Any], quote: str) -> Iterator[str]:
    worst = [min(one["net"] for one in some) for some in told["places"] if some]
    here = told["places"][as_set(told)]
    yield _("Worst quarters lie between %(low)s and %(high)s %(quote)s; as it is set, at %(here)s.") % {
        "low": money_of(min(worst), signed=True),
        "high": money_of(max(worst), signed=True),
        "here": money_of(min(one["net"] for one in here), signed=True),
        "quote": quote,
    }
    lost = sum(1 for one in worst if one < 0)
    yield (
        ngettext(
            "%(lost)d of %(all)d place lost money in a quarter.",
            "%(lost)d of %(all)d places lost money in a quarter.",
            len(worst),
        )
        % {"lost": lost, "all": len(worst)}
    )


def _verdict(told: Mapping[str, Any], quote: str) -> str:
    """Say what choosing by the quarters before came to; never that it is worth it."""
    forward = told["forward"]
    if not forward:
        return ""
    better = sum(1 for one in forward if one["net"] > one["as_set"])
    gained = sum(one["net"] - one["as_set"] for one in forward)
    count = {"better": better, "all": len(forward), "money": money_of(abs(gained)), "quote": quote}
    if gained > 0:
        return (
            _(
                "Who had chosen so would have had %(money)s %(quote)s more, better in %(better)d of %(all)d quarters."
                " So few cannot be told from chance."
            )
            % count
        )
    return (
        _("Who had chosen so would have had %(money)s %(quote)s less, better in %(better)d of %(all)d quarters.")
        % count
    )
