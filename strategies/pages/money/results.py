"""Results of a year, of the whole account or of one bot: by pair, bot, connection and month, with files to keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from connections.models import Venue
from strategies.models import Bot, KeptResult
from strategies.pages.mine import my_bot
from strategies.pages.money.month import Month, month_of
from strategies.pairs import quote_of
from strategies.portfolio.holding import Comparison, beside_holding
from strategies.portfolio.money import Day, days_of, today_of
from strategies.portfolio.standing import standings_of
from strategies.portfolio.worth import Purse
from strategies.words import numbers
from web.http import AuthenticatedRequest

YEARS = 20
UTC = "UTC"
# What most pairs are paid in; what a trader's bots trade in is added.
CURRENCIES = ("USDT", "USDC", "USD", "EUR", "BTC", "ETH")


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    name: str
    venue: str
    currency: str
    result: str
    tone: str
    fees: str
    groups: str


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    title: str
    rows: Sequence[ResultRow]


@dataclass(frozen=True, kw_only=True)
class BesideRow:
    """A bot beside holding its coins, as text."""

    name: str
    venue: str
    currency: str
    since: date
    money: str
    made: str
    made_tone: str
    held: str
    held_tone: str


@dataclass(frozen=True, kw_only=True)
class YearPage:
    year: int
    years: Sequence[int]
    tables: Sequence[ResultTable]
    months: Sequence[Month]
    beside: Sequence[BesideRow]
    zone: str


def page_of(user: User, asked: Mapping[str, str], *, bot: Bot | None = None, now: datetime) -> YearPage:
    """Gather a year in one query per table; a year that cannot be read is the present one."""
    today = today_of(user, now)
    years = [today.year - back for back in range(YEARS)]
    text = asked.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 and int(text) in years else today.year
    scope = KeptResult.objects.owned_by(user).filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31))
    if bot:
        scope = scope.filter(bot=bot)
    whole: dict[Purse, dict[date, Day]] = defaultdict(lambda: defaultdict(Day))
    for (venue, pair, day), one in days_of(scope, "connection__venue", "pair", "day").items():
        whole[venue, quote_of(pair)][day] += one
    parts = [(_("By pair"), "pair")]
    if bot is None:
        parts += [(_("By bot"), "bot__name"), (_("By connection"), "connection__name")]
    last = today if year == today.year else date(year, 12, 31)
    tables = {_("The year"): _rows({(*key, ""): sum(days.values(), Day()) for key, days in whole.items()})}
    for title, column in parts:
        sums: Sums = defaultdict(Day)
        for (venue, pair, name), one in days_of(scope, "connection__venue", "pair", column).items():
            sums[venue, quote_of(pair), name] += one
        tables[title] = _rows(sums)
    extremes, months = _by_time(whole)
    tables |= {_("Best and worst day"): _rows(extremes), _("By month"): _rows(months, by_result=False)}
    earliest = KeptResult.objects.owned_by(user).since(date(years[-1], 1, 1)).order_by("day").first()
    return YearPage(
        year=year,
        years=years[: today.year - (earliest.day.year if earliest else today.year) + 1],
        tables=[ResultTable(title=title, rows=rows) for title, rows in tables.items()],
        months=[month_of(days, currency, last.replace(day=1), today) for (_v, currency), days in sorted(whole.items())],
        beside=_beside(user, bot, now) if year == today.year else (),
        zone=user.zone.key,
    )


def _beside(user: User, bot: Bot | None, now: datetime) -> list[BesideRow]:
    bots = [bot] if bot else list(Bot.objects.owned_by(user).for_list())

    def place(one: Comparison) -> Any:
        return one.bot.connection.venue == Venue.PRACTICE, one.held - one.made

    return [
        BesideRow(
            name=one.bot.name,
            venue=one.bot.connection.venue,
            currency=one.bot.quote,
            since=one.since,
            money=numbers.money(one.bot.margin_limit),
            made=numbers.money(one.made, signed=True),
            made_tone=numbers.tone_of(one.made),
            held=numbers.money(one.held, signed=True),
            held_tone=numbers.tone_of(one.held),
        )
        for one in sorted(beside_holding(bots, standings_of(user, now), now=now), key=place)
    ]


# Venue, currency, name.
Sums = dict[tuple[str, str, str], Day]


def _by_time(whole: Mapping[Purse, Mapping[date, Day]]) -> tuple[Sums, Sums]:
    """Return the best and the worst day of each purse, and its months."""
    extremes: Sums = {}
    months: Sums = defaultdict(Day)
    for (venue, currency), days in whole.items():
        for day, one in days.items():
            months[venue, currency, f"{day:%Y-%m}"] += one
        closed = {day: one for day, one in days.items() if one.closed}
        for pick in (max, min) if closed else ():
            day = pick(closed, key=lambda one: closed[one].result)
            extremes[venue, currency, day.isoformat()] = closed[day]
    return extremes, months


def _rows(sums: Sums, *, by_result: bool = True) -> list[ResultRow]:
    """Return them as text, live money first; the best first, or in the order of their names."""

    def place(key: tuple[str, str, str]) -> Any:
        return key[0] == Venue.PRACTICE, key[1], -sums[key].result if by_result else key[2]

    return [
        ResultRow(
            name=name,
            venue=venue,
            currency=currency,
            result=numbers.money(sums[venue, currency, name].result, signed=True),
            tone=numbers.tone_of(sums[venue, currency, name].result),
            fees=numbers.money(sums[venue, currency, name].fees),
            groups=_("%(won)d of %(closed)d") % vars(sums[venue, currency, name]),
        )
        for venue, currency, name in sorted(sums, key=place)
    ]


class ViewForm(forms.Form):
    """Where days begin, and one currency for all money."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Days begin at midnight in"),
        choices=[(UTC, UTC), *((zone, zone) for zone in sorted(available_timezones() - {UTC}))],
        help_text=gettext_lazy("Earlier days are sorted anew when you change it."),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Show all money in"),
        required=False,
        choices=[("", gettext_lazy("Each in its own currency")), *((one, one) for one in CURRENCIES)],
        help_text=gettext_lazy("On the overview, at the prices of now. What has no price stands beside."),
    )


@require_http_methods(["GET", "POST"])
def results(request: AuthenticatedRequest) -> HttpResponse:
    user = request.user
    form = ViewForm(request.POST or None, initial={"time_zone": user.zone.key, "currency": user.currency})
    if request.method == "POST" and form.is_valid():
        user.time_zone, user.currency = form.cleaned_data["time_zone"], form.cleaned_data["currency"]
        with transaction.atomic():
            User.objects.hold(user)
            user.save(update_fields=["time_zone", "currency"])
            KeptResult.objects.move_days(user)
        messages.success(request, _("Days and currency are set."))
        return redirect("results")
    context = {"page": page_of(user, request.GET, now=timezone.now()), "form": form}
    return render(request, "strategies/money/results.html", context)


@require_GET
def bot_results(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": page_of(request.user, request.GET, bot=bot, now=timezone.now())}
    return render(request, "strategies/money/bot.html", context)
