"""What a run comes to, worst first: worst days, drawdown, time under water, margin; then results, groups and costs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from strategies.engine.decision import Action
from strategies.engine.position import Side
from strategies.lookback.candles import Candles
from strategies.lookback.walk import Trace
from strategies.lookback.wishes import BotWish, Terms
from strategies.lookback.world import Event

Series = NDArray[np.float64]
DAY, HOUR = 1440, 60
WORST_DAYS = 3
DIGITS = 8


@dataclass(frozen=True)
class DayChange:
    """A day's change of equity, in money and as a share of what there was before it; `day` counts from 1970, UTC."""

    day: int
    change: float
    share: float


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall from a highest close to the worst price of a later minute."""

    money: float
    share: float
    from_minute: int
    to_minute: int


@dataclass(frozen=True)
class Stretch:
    minutes: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, kw_only=True)
class GroupTold:
    """One group: `result` after all fees, of an open one as if it were sold at the last close."""

    number: int
    pair: str
    opened: int
    closed: int | None
    add_ons: int
    result: float
    reason: str
    recovery_minutes: int
    recovery_ended: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    worst_days: tuple[DayChange, ...]
    drawdown: Drawdown
    under_water: Stretch
    most_margin: float
    hours_above_soft: float
    hours_above_hard: float
    net: float
    by_month: dict[str, float]
    holding: float
    groups: tuple[GroupTold, ...]
    add_ons: dict[int, int]
    recovery: dict[str, int]
    recovery_hours: float
    blocked: dict[str, int]
    fees: float
    spread_and_slippage: float
    days: tuple[DayChange, ...]
    minutes: int
    coverage: float


@dataclass(frozen=True)
class Course:
    """The run by the minute: equity at each close and at each minute's worst, and the money at work."""

    start: int
    equity: Series
    worst: Series
    at_work: Series


def course(wish: BotWish, trace: Trace, pairs: Mapping[str, tuple[Candles, Terms]]) -> Course:
    """Return the run minute by minute; where a minute is missing, the close before it stands."""
    start = min(int(candles.minute[0]) for candles, _ in pairs.values())
    length = max(int(candles.minute[-1]) for candles, _ in pairs.values()) - start + 1
    sign = float(wish.settings.side.sign)
    # A fee that the exchange kept in the coin took no money.
    brought = accumulate(event.cash - event.paid_fee for event in trace.events)
    cash = float(wish.equity) + _stepped(
        zip((event.minute for event in trace.events), brought, strict=True), start, length
    )
    worth, lowest, before, at_work = (np.zeros(length) for _ in range(4))
    for pair, (candles, _) in pairs.items():
        own = [event for event in trace.events if event.pair == pair]
        coins = _stepped(((event.minute, event.coins_after) for event in own), start, length)
        paid = _stepped(((event.minute, event.at_work_after) for event in own), start, length)
        close, worst = _prices(candles, start, length, side=wish.settings.side)
        # A short holds its money and what its coins have become cheaper by.
        money = paid if sign > 0 else 2 * paid
        worth += coins * close if sign > 0 else money - coins * close
        lowest += coins * worst if sign > 0 else money - coins * worst
        coins_before, money_before = _shifted(coins), _shifted(money)
        before += coins_before * worst if sign > 0 else money_before - coins_before * worst
        at_work += paid
    equity = cash + worth
    # What was held as the minute began may have met its worst price, too.
    least = np.minimum(cash + lowest, np.concatenate(([float(wish.equity)], cash[:-1])) + before)
    return Course(start, equity, np.minimum(least, equity), at_work)


def figures(wish: BotWish, trace: Trace, pairs: Mapping[str, tuple[Candles, Terms]]) -> Summary:
    """Return all that is told of a run."""
    run = course(wish, trace, pairs)
    limit, initial = float(wish.margin.amount), float(wish.equity)
    days = _days(run, initial)
    groups = tuple(_groups(wish, trace, pairs))
    present = sum(len(candles) for candles, _ in pairs.values())
    soft, hard = (
        np.count_nonzero(run.at_work > float(share) * limit) for share in (wish.margin.soft, wish.margin.hard)
    )
    slipped = (abs(one.price - one.tick * pairs[one.pair][0].step) * one.quantity for one in trace.events)
    by_month = defaultdict[str, float](float)
    for day in days:
        by_month[str(np.datetime64(day.day, "D").astype("datetime64[M]"))] += day.change
    return Summary(
        worst_days=tuple(sorted(days, key=lambda day: day.change)[:WORST_DAYS]),
        drawdown=_drawdown(run, initial),
        under_water=_under_water(run, initial),
        most_margin=round(float(run.at_work.max()), DIGITS),
        hours_above_soft=soft / HOUR,
        hours_above_hard=hard / HOUR,
        net=round(float(run.equity[-1]) - initial, DIGITS),
        by_month={month: round(change, DIGITS) for month, change in by_month.items()},
        holding=round(initial * _holding(pairs), DIGITS),
        groups=groups,
        add_ons=dict(sorted(Counter(group.add_ons for group in groups).items())),
        recovery=dict(sorted(Counter(g.recovery_ended for g in groups if g.recovery_ended).items())),
        recovery_hours=sum(group.recovery_minutes for group in groups) / HOUR,
        blocked=dict(sorted(Counter(reason for _, _, _, reason in trace.blocked).items())),
        fees=round(float(sum(event.fee for event in trace.events)), DIGITS),
        spread_and_slippage=round(float(sum(slipped)), DIGITS),
        days=tuple(days),
        minutes=len(run.equity),
        coverage=present / (len(run.equity) * len(pairs)),
    )


# --- from events to what stands after them


def _stepped(points: Iterable[tuple[int, Decimal]], start: int, length: int) -> Series:
    """Return the value after the last event of each minute and before."""
    values = {minute: float(value) for minute, value in points}
    minutes = [minute - start for minute in values]
    lengths = [after - at for at, after in pairwise([*minutes, length])]
    first = [minutes[0] if minutes else length, *lengths]
    return np.repeat(np.array([0.0, *values.values()]), first)


def _shifted(values: Series) -> Series:
    return np.concatenate((np.zeros(1), values[:-1]))


def _prices(candles: Candles, start: int, length: int, *, side: Side) -> tuple[Series, Series]:
    """Return the close and the worst price of each minute; beyond the candles the nearest close is both."""
    low, high, close = candles.each_minute
    worst, before = low if side is Side.LONG else high, int(candles.minute[0]) - start
    if len(close) < length:
        ends = before, length - before - len(close)
        close = np.pad(close, ends, mode="edge")
        worst = np.concatenate((close[:before], worst, close[length - ends[1] :]))
    step = float(candles.step)
    return np.multiply(close, step), np.multiply(worst, step)


# --- what is told


def _days(run: Course, initial: float) -> list[DayChange]:
    minutes = np.arange(run.start, run.start + len(run.equity))
    ends = np.flatnonzero(np.append(minutes[1:] // DAY != minutes[:-1] // DAY, True))
    closes = run.equity[ends]
    before = np.concatenate(([initial], closes[:-1]))
    rows = zip((minutes[ends] // DAY).tolist(), (closes - before).tolist(), before.tolist(), strict=True)
    return [
        DayChange(day, round(change, DIGITS), round(change / had, DIGITS) if had else 0.0) for day, change, had in rows
    ]


def _drawdown(run: Course, initial: float) -> Drawdown:
    peaks = np.maximum.accumulate(np.concatenate(([initial], run.equity)))[:-1]
    fallen = peaks - run.worst
    at = int(fallen.argmax())
    peak = float(peaks[at])
    reached = int(np.concatenate(([initial], run.equity))[: at + 1].argmax()) - 1
    money = max(0.0, float(fallen[at]))
    return Drawdown(
        round(money, DIGITS), round(money / peak if peak else 0.0, DIGITS), run.start + max(reached, 0), run.start + at
    )


def _under_water(run: Course, initial: float) -> Stretch:
    """Return the longest time between two highest closes."""
    peaks = np.maximum.accumulate(np.concatenate(([initial], run.equity)))
    is_new = np.append(np.flatnonzero(np.concatenate(([True], peaks[1:] > peaks[:-1]))), len(run.equity))
    gaps = np.diff(is_new)
    at = int(gaps.argmax())
    begins, ends = (run.start + max(0, int(one) - 1) for one in is_new[at : at + 2])
    return Stretch(ends - begins, begins, ends)


def _holding(pairs: Mapping[str, tuple[Candles, Terms]]) -> float:
    """Return what the same money would have won in the coins themselves, parted equally, fees paid twice."""
    shares = [
        int(candles.close[-1]) / int(candles.open[0]) * (1 - float(rules.paid)) ** 2 - 1
        for candles, rules in pairs.values()
    ]
    return sum(shares) / len(shares)


def _groups(wish: BotWish, trace: Trace, pairs: Mapping[str, tuple[Candles, Terms]]) -> Iterator[GroupTold]:
    by_number = defaultdict[int, list[Event]](list)
    for event in trace.events:
        by_number[event.group].append(event)
    for number, events in by_number.items():
        last, candles = events[-1], pairs[events[0].pair][0]
        is_closed = last.action is Action.CLOSE
        brought = sum(event.cash - event.paid_fee for event in events)
        if not is_closed:
            price, side = int(candles.close[-1]) * candles.step, wish.settings.side
            coins = last.coins_after * price
            brought += coins if side is Side.LONG else 2 * last.at_work_after - coins
        end = last.minute if is_closed else int(candles.minute[-1])
        spent, ended = _recovering(events, end)
        yield GroupTold(
            number=number,
            pair=last.pair,
            opened=events[0].minute,
            closed=last.minute if is_closed else None,
            add_ons=max(event.step for event in events),
            result=round(float(brought), DIGITS),
            reason=last.reason if is_closed else "",
            recovery_minutes=spent,
            recovery_ended=ended,
        )


def _recovering(events: Sequence[Event], end: int) -> tuple[int, str]:
    """Return how many minutes a group was in Recovery Mode, and what ended it last ("" for never in it)."""
    spent, since, ended = 0, -1, ""
    for event in events:
        if event.action is Action.ENTER_RECOVERY:
            since, ended = event.minute, "open"
        elif since >= 0 and event.action in {Action.LEAVE_RECOVERY, Action.CLOSE}:
            spent, since, ended = spent + event.minute - since, -1, event.reason
    return spent + (end - since if since >= 0 else 0), ended
