"""The equity of accounts over time, as a line that the server draws and as the rows behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Count, Min, Q, Sum

from accounts.models import User
from database.exact import ExactSum
from strategies.choices import Grain
from strategies.models import EquityPoint
from strategies.portfolio.money import MONTH
from strategies.portfolio.rates import Rates
from strategies.portfolio.worth import Purse
from strategies.words import numbers

ZERO = Decimal(0)
WIDTH, HEIGHT = 600, 120
# Above and below the line.
EDGE = 6
HOURS = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True)
class EquityLevel:
    """What accounts were worth together at one moment; of `accounts` so many are `unknown`, and groups `unpriced`."""

    at: datetime
    equity: Decimal = ZERO
    accounts: int = 0
    unknown: int = 0
    unpriced: int = 0
    read_at: datetime | None = None
    lacks: bool = False

    @property
    def is_whole(self) -> bool:
        return not (self.unknown or self.unpriced or self.lacks)

    @property
    def shown(self) -> str:
        return numbers.money(self.equity)

    def __add__(self, other: EquityLevel) -> EquityLevel:
        return replace(
            self,
            equity=self.equity + other.equity,
            accounts=self.accounts + other.accounts,
            unknown=self.unknown + other.unknown,
            unpriced=self.unpriced + other.unpriced,
            read_at=min(filter(None, (self.read_at, other.read_at)), default=None),
        )


@dataclass(frozen=True, kw_only=True)
class Curve:
    """`lines` are the points of each stretch in which everything was known: between two of them is a gap."""

    currency: str
    levels: Sequence[EquityLevel]
    lines: Sequence[str]
    first: str
    last: str
    lowest: str
    highest: str
    change: str
    tone: str
    hourly: bool

    width, height = WIDTH, HEIGHT


def curves_of(user: User, rates: Mapping[str, Rates], into: str, *, now: datetime) -> dict[Purse, Curve]:
    """Return the curve of each purse over thirty days, of a young account over its hours, in one query."""
    found = _levels(user, rates, into, now)
    drawn = {}
    for purse in {(venue, currency) for _, venue, currency in found}:
        days, hours = (found.get((grain, *purse), []) for grain in (Grain.DAY, Grain.HOUR))
        is_young = len(days) < 2
        drawn[purse] = _drawn(purse[1], hours if is_young else days, hourly=is_young)
    return {purse: curve for purse, curve in drawn.items() if curve}


def _levels(
    user: User, rates: Mapping[str, Rates], into: str, now: datetime
) -> dict[tuple[str, str, str], list[EquityLevel]]:
    """Return them by grain, venue and currency."""
    recent = Q(grain=Grain.DAY, begins_at__gte=now - timedelta(days=MONTH))
    recent |= Q(grain=Grain.HOUR, begins_at__gte=now - HOURS)
    points = EquityPoint.objects.owned_by(user).filter(recent).order_by()
    rows: Any = points.values_list("grain", "connection__venue", "currency", "begins_at").annotate(
        moneys=ExactSum("money"), held=ExactSum("coins"), count=Count("pk"), known=Count("money"),
        lacking=Sum("unpriced"), oldest=Min("read_at"),
    )  # fmt: skip
    found: dict[tuple[str, str, str], dict[datetime, EquityLevel]] = defaultdict(dict)
    for grain, venue, currency, at, money, coins, count, known, unpriced, read_at in rows:
        equity = (money or ZERO) + coins
        if (rate := rates.get(venue, {}).get(currency)) is not None:
            currency, equity = into, equity * rate
        level = EquityLevel(
            at=at, equity=equity, accounts=count, unknown=count - known, unpriced=unpriced, read_at=read_at
        )
        purse = found[grain, venue, currency]
        purse[at] = purse[at] + level if at in purse else level
    return {key: _marked([levels[at] for at in sorted(levels)]) for key, levels in found.items()}


def _marked(levels: Sequence[EquityLevel]) -> list[EquityLevel]:
    """Mark points in which an account is missing that was there before and is there later: nothing was lost then."""
    before = accumulate((one.accounts for one in levels), max)
    after = list(accumulate((one.accounts for one in reversed(levels)), max))[::-1]
    return [
        replace(one, lacks=one.accounts < min(most, to_come))
        for one, most, to_come in zip(levels, before, after, strict=True)
    ]


def _drawn(currency: str, levels: Sequence[EquityLevel], *, hourly: bool) -> Curve | None:
    whole = [one for one in levels if one.is_whole]
    if len(whole) < 2:
        return None
    low, high = min(one.equity for one in whole), max(one.equity for one in whole)
    begin, length = whole[0].at, (whole[-1].at - whole[0].at).total_seconds()
    lines: list[list[str]] = [[]]
    for one in levels:
        if not one.is_whole:
            lines.append([])
            continue
        x = WIDTH * (one.at - begin).total_seconds() / length
        share = float((one.equity - low) / (high - low)) if high > low else 0.5
        lines[-1].append(f"{x:.1f},{HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE):.1f}")
    change = whole[-1].equity - whole[0].equity
    return Curve(
        currency=currency,
        levels=levels,
        # A point alone is drawn as a dot: a line to itself with round ends.
        lines=[" ".join(line if len(line) > 1 else line * 2) for line in lines if line],
        first=whole[0].shown,
        last=whole[-1].shown,
        lowest=numbers.money(low),
        highest=numbers.money(high),
        change=numbers.money(change, signed=True),
        tone=numbers.tone_of(change),
        hourly=hourly,
    )
