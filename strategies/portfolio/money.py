"""What a trader has made, by day, and what is open and at risk at this moment: per venue and currency, or in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from accounts.models import User
from database.exact import ExactSum
from strategies import account
from strategies.models import KeptResult
from strategies.models.kept import KeptResultQuerySet
from strategies.pairs import quote_of
from strategies.portfolio.rates import Rates
from strategies.portfolio.standing import ZERO, Stood
from strategies.portfolio.worth import Purse

WEEK, MONTH = 7, 30


@dataclass(frozen=True, kw_only=True)
class Day:
    """What groups that ended in some time brought, net of `fees`, which are those they paid."""

    result: Decimal = ZERO
    fees: Decimal = ZERO
    closed: int = 0
    won: int = 0

    def __add__(self, other: Day) -> Day:
        sums = {"result": self.result + other.result, "fees": self.fees + other.fees}
        return Day(**sums, closed=self.closed + other.closed, won=self.won + other.won)

    def times(self, rate: Decimal) -> Day:
        return replace(self, result=self.result * rate, fees=self.fees * rate)


@dataclass(frozen=True, kw_only=True)
class Money:
    """One purse. `days` are those of the trader's zone, `open` is what closing all groups now would bring.

    `unpriced` open groups have no price and are left out of it; `at_risk` is what all open groups lose at their stress
    prices, with the rungs that are set aside.
    """

    venue: str
    currency: str
    today: date
    days: Mapping[date, Day] = field(default_factory=dict)
    open: Decimal = ZERO
    groups: int = 0
    unpriced: int = 0
    at_risk: Decimal = ZERO

    def last(self, days: int) -> Day:
        """Return the sum of so many days, today among them."""
        since = self.today - timedelta(days=days - 1)
        return sum((one for day, one in self.days.items() if since <= day <= self.today), Day())

    def times(self, rate: Decimal, currency: str) -> Money:
        days = {day: one.times(rate) for day, one in self.days.items()}
        return replace(self, currency=currency, days=days, open=self.open * rate, at_risk=self.at_risk * rate)

    def __add__(self, other: Money) -> Money:
        days = {day: self.days.get(day, Day()) + other.days.get(day, Day()) for day in {*self.days, *other.days}}
        return replace(
            self,
            days=days,
            open=self.open + other.open,
            groups=self.groups + other.groups,
            unpriced=self.unpriced + other.unpriced,
            at_risk=self.at_risk + other.at_risk,
        )


def today_of(user: User, now: datetime) -> date:
    return now.astimezone(user.zone).date()


def money_of(user: User, stood: Iterable[Stood], *, since: date, now: datetime) -> list[Money]:
    """Return all purses that anything was made in since then, or is open in, in one query."""
    days: dict[Purse, dict[date, Day]] = defaultdict(lambda: defaultdict(Day))
    kept = KeptResult.objects.owned_by(user).since(since)
    for (venue, pair, day), sums in days_of(kept, "connection__venue", "pair", "day").items():
        days[venue, quote_of(pair)][day] += sums
    opened: dict[Purse, list[Stood]] = defaultdict(list)
    for group, standing in stood:
        opened[group.connection.venue, quote_of(group.pair)].append((group, standing))
    return [
        Money(
            venue=purse[0],
            currency=purse[1],
            today=today_of(user, now),
            days=days.get(purse, {}),
            open=sum((standing.result or ZERO for _, standing in opened[purse]), ZERO),
            groups=len(opened[purse]),
            unpriced=sum(standing.result is None and not group.is_empty for group, standing in opened[purse]),
            at_risk=sum((account.stake_of(group).at_risk for group, _ in opened[purse]), ZERO),
        )
        for purse in sorted({*days, *opened})
    ]


def days_of(rows: KeptResultQuerySet, *by: str) -> dict[tuple[Any, ...], Day]:
    """Sum up rows by some columns, in one query."""
    sums = {"results": ExactSum("result"), "paid": ExactSum("fees"), "ended": Sum("closed"), "gains": Sum("won")}
    return {
        tuple(key): Day(result=result, fees=fees, closed=closed, won=won)
        for *key, result, fees, closed, won in rows.order_by().values_list(*by).annotate(**sums)
    }


def in_one(purses: Iterable[Money], rates: Mapping[str, Rates], currency: str) -> list[Money]:
    """Return what can be converted as one purse per venue, and every purse that cannot as it is: nothing is dropped.

    `rates` are those of each venue, today's: what was made last month is worth what its currency is worth now.
    """
    found: dict[Purse, Money] = {}
    for money in purses:
        if (rate := rates.get(money.venue, {}).get(money.currency)) is not None:
            money = money.times(rate, currency)
        purse = money.venue, money.currency
        found[purse] = found[purse] + money if purse in found else money
    return [found[purse] for purse in sorted(found)]
