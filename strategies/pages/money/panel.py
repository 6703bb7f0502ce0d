"""The money that stands first on the overview: made, open, at risk, the curve of the equity, a month of days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from connections.models import Venue
from strategies.pages.money.curve import Curve, curves_of
from strategies.pages.money.month import Month, month_of
from strategies.portfolio.money import MONTH, WEEK, Money, in_one, money_of, today_of
from strategies.portfolio.rates import Rates, rates_of
from strategies.portfolio.standing import Stood
from strategies.portfolio.worth import Purse
from strategies.words import numbers


@dataclass(frozen=True, kw_only=True)
class Made:
    """What one stretch of time brought, as text."""

    name: str
    result: str
    tone: str
    groups: str


@dataclass(frozen=True, kw_only=True)
class ShownMoney:
    """One purse as text."""

    venue: str
    currency: str
    made: Sequence[Made]
    open: str
    open_tone: str
    open_groups: str
    at_risk: str
    fees: str
    month: Month
    curve: Curve | None

    @property
    def is_practice(self) -> bool:
        return self.venue == Venue.PRACTICE


@dataclass(frozen=True, kw_only=True)
class MoneyPanel:
    """`unconverted` are currencies that stand beside the chosen one, since no price tells what they are worth in it."""

    purses: Sequence[ShownMoney]
    zone: str
    currency: str
    unconverted: Sequence[str]


def panel_of(user: User, stood: Sequence[Stood], purses: Collection[Purse], *, now: datetime) -> MoneyPanel:
    """Gather it; `purses` are those that bots trade in, which stand there before anything was made."""
    today = today_of(user, now)
    # Of thirty days and of the month that holds today.
    first = min(today.replace(day=1), today - timedelta(days=MONTH - 1))
    found = {(one.venue, one.currency): one for one in money_of(user, stood, since=first, now=now)}
    for venue, currency in purses:
        found.setdefault((venue, currency), Money(venue=venue, currency=currency, today=today))
    # Nothing is converted where no currency is chosen.
    venues = {venue for venue, _currency in found} if user.currency else ()
    rates: dict[str, Rates] = {
        one: rates_of(one, [currency for venue, currency in found if venue == one], user.currency, now=now)
        for one in venues
    }
    money = in_one(found.values(), rates, user.currency)
    curves = curves_of(user, rates, user.currency, now=now)
    return MoneyPanel(
        purses=[_shown(one, curves.get((one.venue, one.currency))) for one in money],
        zone=user.zone.key,
        currency=user.currency,
        unconverted=sorted({one.currency for one in money if user.currency and one.currency != user.currency}),
    )


def _shown(money: Money, curve: Curve | None) -> ShownMoney:
    spans: list[tuple[Any, int]] = [(_("Today"), 1), (_("7 days"), WEEK), (_("30 days"), MONTH)]
    groups = ngettext("%(count)d open group", "%(count)d open groups", money.groups) % {"count": money.groups}
    if money.unpriced:
        groups = _("%(groups)s, %(count)d without a price") % {"groups": groups, "count": money.unpriced}
    return ShownMoney(
        venue=money.venue,
        currency=money.currency,
        made=[made(name, money, days) for name, days in spans],
        open=numbers.money(money.open, signed=True),
        open_tone=numbers.tone_of(money.open),
        open_groups=groups,
        at_risk=numbers.money(money.at_risk),
        fees=numbers.money(money.last(MONTH).fees),
        month=month_of(money.days, money.currency, money.today.replace(day=1), money.today),
        curve=curve,
    )


def made(name: str, money: Money, days: int) -> Made:
    sums = money.last(days)
    groups = _("%(won)d of %(closed)d groups with a gain") % {"won": sums.won, "closed": sums.closed}
    return Made(
        name=name,
        result=numbers.money(sums.result, signed=True),
        tone=numbers.tone_of(sums.result),
        groups=groups if sums.closed else _("no group closed"),
    )
