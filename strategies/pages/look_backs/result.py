"""A look back's answer as text: the JSON of strategies/lookback/answer.py, the worst first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.conf import settings as installation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from strategies.choices import EntrySource, OrderKind
from strategies.engine.trend import CLOSES
from strategies.models import Bot, LookBack
from strategies.words import look_backs, numbers, reasons
from strategies.words.numbers import tone_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT, EDGE = 600, 120, 6
GROUPS_SHOWN = 50
DAY = 1440


@dataclass(frozen=True)
class FigureTold:
    """One figure of the result; `sub` says what it is of."""

    label: str
    value: str
    sub: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    pair: str
    opened: datetime
    closed: datetime | None
    add_ons: int
    result: str
    tone: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LookBackResult:
    """`line` are the points of the equity by days; `more` groups are not shown."""

    quote: str
    worst: Sequence[FigureTold]
    made: Sequence[FigureTold]
    months: Sequence[FigureTold]
    add_ons: Sequence[tuple[str, int]]
    blocked: Sequence[tuple[str, int]]
    groups: Sequence[GroupRow]
    more: int
    assumed: Sequence[str]
    unknown: Sequence[str]
    line: str
    lowest: str
    highest: str

    width, height = WIDTH, HEIGHT


def result_of(look_back: LookBack) -> LookBackResult:
    """Return what is shown of one that is done."""
    told, quote = look_back.answer, look_back.bot.quote
    groups = sorted(told["groups"], key=lambda group: group["result"])
    # At the beginning, and at the end of each day.
    equity = list(accumulate((day["change"] for day in told["days"]), initial=float(told["settings"]["equity"])))
    return LookBackResult(
        quote=quote,
        worst=list(worst_of(told, quote)),
        made=list(made_of(told, quote)),
        months=[
            FigureTold(month, money_of(change, signed=True), tone=tone_of(number(change)))
            for month, change in told["by_month"].items()
        ],
        add_ons=[
            (ngettext("%(count)d add-on", "%(count)d add-ons", int(k)) % {"count": int(k)}, many)
            for k, many in told["add_ons"].items()
        ],
        blocked=[(reasons.reason(code), many) for code, many in told["blocked"].items()],
        groups=[_group(group) for group in groups[:GROUPS_SHOWN]],
        more=max(0, len(groups) - GROUPS_SHOWN),
        assumed=[*entries_of(told, look_back.bot), *assumed(told, look_back.bot)],
        unknown=[look_backs.unknown(code) for code in told["cannot_know"]],
        line=_line(equity),
        lowest=money_of(min(equity)),
        highest=money_of(max(equity)),
    )


def worst_of(told: Mapping[str, Any], quote: str) -> Iterator[FigureTold]:
    for place, day in enumerate(told["worst_days"]):
        when = f"{at(day['day'] * DAY):%Y-%m-%d}, {numbers.percent(number(day['share']), signed=True)}"
        label = _("Worst day") if not place else _("Then")
        yield FigureTold(label, f"{money_of(day['change'], signed=True)} {quote}", when, tone_of(number(day["change"])))
    fall = told["drawdown"]
    share = numbers.percent(number(fall["share"]))
    since = f"{at(fall['from_minute']):%Y-%m-%d} – {at(fall['to_minute']):%Y-%m-%d}"
    yield FigureTold(_("Deepest fall"), f"{money_of(fall['money'])} {quote}", f"{share}, {since}")
    water = told["under_water"]
    since = f"{at(water['from_minute']):%Y-%m-%d} – {at(water['to_minute']):%Y-%m-%d}"
    yield FigureTold(_("Longest without a new high"), days_of(water["minutes"]), since)
    above = _("%(soft)s h above the soft limit, %(hard)s h above the hard one") % {
        "soft": round(told["hours_above_soft"]),
        "hard": round(told["hours_above_hard"]),
    }
    yield FigureTold(_("Most at work"), f"{money_of(told['most_margin'])} {quote}", above)


def made_of(told: Mapping[str, Any], quote: str) -> Iterator[FigureTold]:
    low, _middle, high = told["chance"]["net"]
    chance = _("by chance from %(low)s to %(high)s") % {
        "low": money_of(low, signed=True),
        "high": money_of(high, signed=True),
    }
    yield FigureTold(_("Result"), f"{money_of(told['net'], signed=True)} {quote}", chance, tone_of(number(told["net"])))
    # A glimpse runs one way round only.
    if "uncertainty" in told:
        yield FigureTold(
            _("Not known within minutes"),
            f"{money_of(told['uncertainty'])} {quote}",
            _("so much better, had each minute gone the other way round"),
        )
    yield FigureTold(
        _("Holding instead"),
        f"{money_of(told['holding'], signed=True)} {quote}",
        _("the same money in the coins"),
        tone_of(number(told["holding"])),
    )
    groups = told["groups"]
    results = [group["result"] for group in groups if group["closed"] is not None]
    won = sum(1 for one in results if one > 0)
    yield FigureTold(
        _("Groups"),
        str(len(groups)),
        _("%(won)d of %(all)d closed ones won, largest loss %(loss)s")
        % {"won": won, "all": len(results), "loss": money_of(min([0.0, *results]), signed=True)},
    )
    in_recovery = sum(1 for group in groups if group["recovery_minutes"])
    yield FigureTold(
        _("Recovery Mode"),
        _("%(hours)d h") % {"hours": round(told["recovery_hours"])},
        ngettext("in %(count)d group", "in %(count)d groups", in_recovery) % {"count": in_recovery},
    )
    slipped = _("spread and slippage %(money)s") % {"money": money_of(told["spread_and_slippage"])}
    yield FigureTold(_("Fees"), f"{money_of(told['fees'])} {quote}", slipped)


def assumed(told: Mapping[str, Any], bot: Bot) -> Iterator[str]:
    if bot.order_kind == OrderKind.LIMIT:
        yield _("The bot’s limit orders are taken for market orders, so that none waits in vain.")
    settings = told["settings"]
    yield _("It began with %(money)s %(quote)s, and its margin limit was %(limit)s %(quote)s.") % {
        "money": numbers.money(Decimal(settings["equity"])),
        "limit": numbers.money(Decimal(settings["margin"]["amount"])),
        "quote": bot.quote,
    }
    for pair, rules in told["rules"].items():
        yield _("%(pair)s: fee %(fee)s, slippage %(slippage)s a fill, %(spread)d price steps on each side.") % {
            "pair": pair,
            "fee": numbers.percent(Decimal(rules["paid"])),
            "slippage": numbers.percent(Decimal(rules["slippage"])),
            "spread": rules["half_spread"],
        }
    yield _("%(share)s of the minutes are there.") % {"share": numbers.percent(number(told["coverage"]))}


def entries_of(told: Mapping[str, Any], bot: Bot) -> Iterator[str]:
    """Tell what new groups and closes came of, as far as that was not the bot's pause alone."""
    settings = told["settings"]
    asked = [start for spans in settings.get("signals", {}).values() for start, _end in spans]
    if frames := settings.get("frames"):
        own, higher = frames
        needed = (CLOSES * higher) // DAY
        read = min(told["minutes_before"].values()) // DAY
        yield _(look_backs.TREND) % {"own": own, "higher": higher, "days": read}
        if read < needed:
            yield _(look_backs.NO_TREND_YET) % {"days": needed}
    elif asked:
        days = installation.SIGNALS_KEPT_DAYS
        yield _(look_backs.ALERTS) % {"count": len(asked), "first": f"{at(min(asked)):%Y-%m-%d %H:%M}", "days": days}
    elif bot.entry_source != EntrySource.IMMEDIATE:
        yield _(look_backs.NO_ALERTS)
    if closings := sum(map(len, settings.get("closings", {}).values())):
        yield _(look_backs.CLOSINGS) % {"count": closings}


def _group(group: Mapping[str, Any]) -> GroupRow:
    closed = group["closed"]
    return GroupRow(
        pair=group["pair"],
        opened=at(group["opened"]),
        closed=None if closed is None else at(closed),
        add_ons=group["add_ons"],
        result=money_of(group["result"], signed=True),
        tone=tone_of(number(group["result"])),
        why=reasons.reason(group["reason"]) if group["reason"] else _("Open at the end, as if sold at the last price."),
    )


def _line(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    across, up = WIDTH / max(1, len(values) - 1), (HEIGHT - 2 * EDGE) / (high - low if high > low else 1.0)
    points = (f"{place * across:.1f},{HEIGHT - EDGE - (value - low) * up:.1f}" for place, value in enumerate(values))
    return " ".join(points)


def at(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def days_of(minutes: int) -> str:
    days = round(minutes / DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def number(value: float) -> Decimal:
    return Decimal(repr(value))


def money_of(value: float, *, signed: bool = False) -> str:
    return numbers.money(number(value), signed=signed)
