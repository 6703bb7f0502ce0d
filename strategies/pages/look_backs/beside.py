"""What stands beside a result: with and without Recovery Mode, and with one setting moved a little; the worst first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from strategies.pages.look_backs.result import days_of, money_of
from strategies.words import look_backs as words
from strategies.words.numbers import tone_of


@dataclass(frozen=True)
class ComparedRow:
    """One figure, with Recovery Mode and without it."""

    label: str
    with_it: str
    without_it: str


@dataclass(frozen=True, kw_only=True)
class MovedRow:
    """One result; `now` is where its setting was moved to, "" of the bot as it is set."""

    label: str
    now: str
    net: str
    tone: str
    against: str
    fall: str


@dataclass(frozen=True, kw_only=True)
class BesideTold:
    """`compared` is empty, and `left_out` more than 0, where there was no time for it."""

    compared: Sequence[ComparedRow]
    moved: Sequence[MovedRow]
    spread: str
    turns: str
    left_out: int


def _signed(value: float) -> str:
    return money_of(value, signed=True)


def _whole(value: float) -> str:
    return str(round(value))


# What is compared, the worst first: what it is called, its name in `few_of`, and how it is shown.
COMPARED: Sequence[tuple[str, str, Callable[[Any], str]]] = (
    (gettext_noop("Deepest fall"), "drawdown", money_of),
    (gettext_noop("Worst day"), "worst_day", _signed),
    (gettext_noop("Longest without a new high"), "under_water", days_of),
    (gettext_noop("Most at work"), "most_margin", money_of),
    (gettext_noop("Result"), "net", _signed),
    (gettext_noop("Groups"), "groups", _whole),
    (gettext_noop("Closed with a loss"), "lost", _whole),
    (gettext_noop("Open at the end"), "open", _whole),
    (gettext_noop("Hours in Recovery Mode"), "recovery_hours", _whole),
    (gettext_noop("Fees"), "fees", money_of),
)


def beside_of(told: Mapping[str, Any], quote: str) -> BesideTold | None:
    """Return what stands beside an answer; None while it is not reckoned."""
    found = told.get("beside")
    if found is None:
        return None
    here, other = few_of(told), found["recovery"]
    compared = list[ComparedRow]()
    if other is not None:
        with_it, without_it = (other, here) if other["is_on"] else (here, other)
        compared = [
            ComparedRow(_(label), show(with_it[name]), show(without_it[name])) for label, name, show in COMPARED
        ]
    return BesideTold(
        compared=compared,
        moved=list(_moved(found["moved"], here, quote)),
        spread=_spread(found["moved"], here["net"], quote),
        turns=_turns(found["moved"], here["net"], quote),
        left_out=found["left_out"],
    )


def few_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an answer what is compared, as strategies/lookback/variants.py has it of the others."""
    groups = told["groups"]
    return {
        "worst_day": min((day["change"] for day in told["days"]), default=0.0),
        "drawdown": told["drawdown"]["money"],
        "under_water": told["under_water"]["minutes"],
        "groups": len(groups),
        "lost": sum(1 for one in groups if one["closed"] is not None and one["result"] < 0),
        "open": sum(1 for one in groups if one["closed"] is None),
        **{name: told[name] for name in ("most_margin", "net", "recovery_hours", "fees")},
    }


def _moved(moved: Sequence[Mapping[str, Any]], here: Mapping[str, Any], quote: str) -> Iterator[MovedRow]:
    as_set = {"name": "", "now": "", **here}
    for one in sorted([as_set, *moved] if moved else [], key=lambda one: one["net"]):
        yield MovedRow(
            label=words.setting(one["name"]) if one["name"] else _("As it is set"),
            now=words.setting_at(one["name"], Decimal(one["now"]), quote) if one["name"] else "",
            net=_signed(one["net"]),
            tone=tone_of(Decimal(repr(one["net"]))),
            against=_signed(one["net"] - here["net"]) if one["name"] else "",
            fall=money_of(one["drawdown"]),
        )


def _spread(moved: Sequence[Mapping[str, Any]], net: float, quote: str) -> str:
    """Say from where to where the results reach; none of them is called a good one."""
    results = [net, *(one["net"] for one in moved)]
    return _("With one setting moved, the result lies between %(low)s and %(high)s %(quote)s.") % {
        "low": _signed(min(results)),
        "high": _signed(max(results)),
        "quote": quote,
    }


def _turns(moved: Sequence[Mapping[str, Any]], net: float, quote: str) -> str:
    """Say that a gain becomes a loss by a notch, "" where it does not."""
    turned = [one for one in moved if one["net"] < 0 < net]
    if not turned:
        return ""
    worst = min(turned, key=lambda one: one["net"])
    told = ngettext(
        "It turns into a loss in %(count)d case, as with %(setting)s at %(now)s: a gain that hangs on so little is"
        " fragile.",
        "It turns into a loss in %(count)d cases, as with %(setting)s at %(now)s: a gain that hangs on so little is"
        " fragile.",
        len(turned),
    )
    at = words.setting_at(worst["name"], Decimal(worst["now"]), quote)
    return told % {"count": len(turned), "setting": words.setting(worst["name"]), "now": at}
