"""A month of results as a calendar."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from strategies.portfolio.money import Day
from strategies.words import numbers

# Weeks begin on Monday.
WEEKS = calendar.Calendar()


@dataclass(frozen=True, kw_only=True)
class DayCell:
    """A day; `result` is "" where no group ended on it."""

    day: date
    is_outside: bool
    is_today: bool
    is_to_come: bool
    result: str
    whole: str
    tone: str
    groups: int


@dataclass(frozen=True, kw_only=True)
class Month:
    first: date
    currency: str
    weeks: Sequence[Sequence[DayCell]]
    result: str
    tone: str
    closed: int


def month_of(days: Mapping[date, Day], currency: str, first: date, today: date) -> Month:
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    mine = [one for day, one in days.items() if (day.year, day.month) == (first.year, first.month)]
    total = sum(mine, Day())
    return Month(
        first=first,
        currency=currency,
        weeks=[[_cell(day, days.get(day, Day()), first, today) for day in week] for week in weeks],
        result=numbers.money(total.result, signed=True),
        tone=numbers.tone_of(total.result),
        closed=total.closed,
    )


def _cell(day: date, sums: Day, first: date, today: date) -> DayCell:
    is_outside = day.month != first.month
    has_any = bool(sums.closed) and not is_outside
    return DayCell(
        day=day,
        is_outside=is_outside,
        is_today=day == today,
        is_to_come=day > today,
        result=numbers.short(sums.result) if has_any else "",
        whole=numbers.money(sums.result, signed=True) if has_any else "",
        tone=numbers.tone_of(sums.result) if has_any else "",
        groups=sums.closed,
    )
