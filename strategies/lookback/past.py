"""What a bot really did beside its simulation: group by group, from its real first fill on, and where they part.

Each group is replayed alone, with its own ladder and exits, so that one difference does not move all that came later.
Only the first difference of a group is explained: what follows, follows from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from strategies.engine.decision import Action
from strategies.engine.position import ZERO, Side
from strategies.engine.state import Settings
from strategies.engine.totals import FillLine, totals
from strategies.lookback.candles import Candles
from strategies.lookback.figures import DIGITS
from strategies.lookback.minutes import minute_within
from strategies.lookback.walk import Extremes, until_closed
from strategies.lookback.wishes import BotWish, Terms
from strategies.lookback.world import Event, World

# Acts of one kind that lie no further apart are at the same time: a live order leaves, and fills, some seconds later.
NEAR = 2
# So long before an act, and after it, counts what may have kept it from happening.
AROUND = 2
# Only what its trader or an alert asked for; no price leads there.
ASKED = frozenset({"exit.asked", "exit.part", "exit.signal", "add_on.asked"})


class PartedBy(StrEnum):
    """Why a group and its replay part; the first that fits is told."""

    ASKED = "asked"
    MOVED = "moved"
    HALTED = "halted"
    REFUSED = "refused"
    HELD_BACK = "held_back"
    LIMITS = "limits"
    BRIEF = "brief"
    NOT_IN_CANDLES = "not_in_candles"
    UNKNOWN = "unknown"


KEPT_FROM = frozenset({PartedBy.HALTED, PartedBy.REFUSED, PartedBy.HELD_BACK})


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something from minute `since` to `until` (None: ever after) that the candles do not tell, with its reason."""

    cause: PartedBy
    since: int
    until: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PastGroup:
    """A real group: its own settings, all its fills in their order, what each order was for, and when it was closed.

    `reasons` are those of its orders, by FillLine.order.
    """

    name: str
    pair: str
    settings: Settings
    lines: Sequence[FillLine]
    reasons: Mapping[int, str]
    carried: Decimal = ZERO
    closed_at: datetime | None = None
    notes: Sequence[Note] = ()


@dataclass(frozen=True, kw_only=True)
class PastAct:
    """One order that got something: an add-on up to rung `step`, or a sale (step 0), at its average price."""

    minute: int
    action: Action
    step: int
    price: Decimal
    quantity: Decimal
    reason: str
    tick: int | None = None


@dataclass(frozen=True, kw_only=True)
class Parting:
    """Where a group and its replay part first: None is that one of the two did nothing more."""

    real: PastAct | None
    simulated: PastAct | None
    cause: PartedBy
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A group beside its replay; `same` acts came before `difference`. Results in quote money, after fees.

    Of what is open at the end, the coins count as if sold at the last price.
    """

    name: str
    pair: str
    opened: int
    closed: int | None
    acts: int
    same: int
    result: Decimal
    simulated: Decimal
    difference: Parting | None


def compare(groups: Iterable[PastGroup], wish: BotWish, pairs: Mapping[str, tuple[Candles, Terms]]) -> dict[str, Any]:
    """Return all of them beside their replays, those that part first; `left_out` are those that cannot be replayed."""
    told, left_out = list[Compared](), 0
    for group in groups:
        found = None if group.pair not in pairs else beside_replay(group, wish, *pairs[group.pair])
        if found is None:
            left_out += 1
        else:
            told.append(found)
    told.sort(key=lambda one: (one.difference is None, -abs(one.result - one.simulated), one.opened))
    return {
        "groups": [_plain(one) for one in told],
        "same": sum(1 for one in told if one.difference is None),
        "acts": sum(one.acts for one in told),
        "same_acts": sum(one.same for one in told),
        "result": _money(sum((one.result for one in told), ZERO)),
        "simulated": _money(sum((one.simulated for one in told), ZERO)),
        "left_out": left_out,
    }


def beside_replay(group: PastGroup, wish: BotWish, candles: Candles, terms: Terms) -> Compared | None:
    """Replay one; None where nothing of it is left after the minute of its entry, or the candles do not reach there.

    Both orders of a minute's extremes are tried, and the one that agrees longer with what happened is taken.
    """
    entry = max((minute_within(line.at) for line in group.lines if line.is_buy and not line.is_add_on), default=None)
    if entry is None or any(not line.is_buy and minute_within(line.at) <= entry for line in group.lines):
        return None
    start = candles.at(entry + 1)
    if not 0 < start < len(candles):
        return None
    end = int(candles.minute[-1])
    past = [line for line in group.lines if minute_within(line.at) <= end]
    given = [line for line in past if minute_within(line.at) <= entry]
    real = list(_acts(past[len(given) :], group.reasons))
    tries = [_replay(group, given, wish, (candles, terms), start, order) for order in Extremes]
    same, (events, blocked, simulated) = max(
        ((_agreeing(real, list(_simulated(one[0]))), one) for one in tries), key=lambda found: found[0]
    )
    others = list(_simulated(events))
    difference = None
    if same < max(len(real), len(others)):
        parted = (real[same] if same < len(real) else None), (others[same] if same < len(others) else None)
        cause, reason = _cause(*parted, group.notes, blocked, candles)
        difference = Parting(real=parted[0], simulated=parted[1], cause=cause, reason=reason)
    closed = None if group.closed_at is None or minute_within(group.closed_at) > end else minute_within(group.closed_at)
    return Compared(
        name=group.name,
        pair=group.pair,
        opened=minute_within(group.lines[0].at),
        closed=closed,
        acts=len(real),
        same=same,
        result=_worth(past, group, candles, is_open=closed is None),
        simulated=simulated,
        difference=difference,
    )


def _replay(
    group: PastGroup,
    given: Sequence[FillLine],
    wish: BotWish,
    market: tuple[Candles, Terms],
    start: int,
    order: Extremes,
) -> tuple[list[Event], list[tuple[int, str]], Decimal]:
    """Return what the engine does with the group, what kept it from buying at which minute, and the result."""
    candles = market[0]
    # Alone, and with all the money of the bot: what others held then is not known.
    alone = replace(
        wish,
        settings=group.settings,
        equity=max(wish.equity, wish.margin.amount),
        signals={group.pair: ()},
        closings={},
        frames=None,
    )
    world = World.of(alone, {group.pair: market})
    (track,) = world.markets
    world.take_over(track, group.settings, given, carried=group.carried, minute=minute_within(given[-1].at))
    before = track.running.sums.result if track.running else ZERO
    until_closed(world, track, order, start=start)
    brought = sum((one.cash - one.paid_fee for one in world.events), ZERO)
    held = ZERO
    if track.running is not None:
        price, sums = int(candles.close[-1]) * candles.step, track.running.sums
        coins = track.coins * price
        held = coins if group.settings.side is Side.LONG else 2 * sums.at_work - coins
    blocked = [(minute, reason) for minute, _pair, _number, reason in world.blocked]
    return world.events, blocked, before + brought + held


def _simulated(events: Iterable[Event]) -> Iterator[PastAct]:
    for one in events:
        if one.action in {Action.ADD, Action.CLOSE}:
            yield PastAct(
                minute=one.minute,
                action=one.action,
                step=one.step if one.action is Action.ADD else 0,
                price=one.price,
                quantity=one.quantity,
                reason=one.reason,
                tick=one.tick,
            )


def _acts(lines: Iterable[FillLine], reasons: Mapping[int, str]) -> Iterator[PastAct]:
    """Yield each order that got something, at the minute of its first fill; sales in a row are one act, as a rest is
    sold on."""
    made = list[list[FillLine]]()
    for line in lines:
        before = made[-1][-1] if made else None
        is_rest = before is not None and (line.order == before.order or not (line.is_buy or before.is_buy))
        if is_rest:
            made[-1].append(line)
        else:
            made.append([line])
    for some in made:
        first, quantity = some[0], sum((one.quantity for one in some), ZERO)
        yield PastAct(
            minute=minute_within(first.at),
            action=Action.ADD if first.is_buy else Action.CLOSE,
            step=first.step if first.is_buy else 0,
            price=sum((one.cost for one in some), ZERO) / quantity,
            quantity=quantity,
            reason=reasons.get(first.order, ""),
        )


def _agreeing(real: Sequence[PastAct], simulated: Sequence[PastAct]) -> int:
    """Return how many acts are the same, and at the same time, before the first that are not."""
    for place, (one, other) in enumerate(zip_longest(real, simulated)):
        if one is None or other is None or (one.action, one.step) != (other.action, other.step):
            return place
        if abs(one.minute - other.minute) > NEAR:
            return place
    return len(real)


def _cause(
    real: PastAct | None,
    simulated: PastAct | None,
    notes: Sequence[Note],
    blocked: Sequence[tuple[int, str]],
    candles: Candles,
) -> tuple[PartedBy, str]:
    if real is not None and real.reason in ASKED:
        return PartedBy.ASKED, real.reason
    at = min(one.minute for one in (real, simulated) if one is not None)
    is_real_first = simulated is None or (real is not None and real.minute <= simulated.minute)
    for cause in PartedBy:
        for note in notes:
            is_then = note.since - AROUND <= at and (note.until is None or at <= note.until + AROUND)
            # What kept the bot from an act says nothing of one that it did.
            if note.cause is cause and is_then and not (is_real_first and cause in KEPT_FROM):
                return cause, note.reason
    if not is_real_first:
        return (PartedBy.BRIEF if simulated is not None and _is_brief(simulated, candles) else PartedBy.UNKNOWN), ""
    held_back = [reason for minute, reason in blocked if minute <= at + AROUND]
    if held_back and real is not None and real.action is Action.ADD:
        return PartedBy.LIMITS, held_back[-1]
    return PartedBy.NOT_IN_CANDLES, ""


def _is_brief(act: PastAct, candles: Candles) -> bool:
    """Say whether the price was there within a minute alone: neither its first price nor its last is beyond it."""
    place = candles.at(act.minute)
    ends = int(candles.open[place]), int(candles.close[place])
    return act.tick is not None and not min(ends) <= act.tick <= max(ends)


def _worth(lines: Sequence[FillLine], group: PastGroup, candles: Candles, *, is_open: bool) -> Decimal:
    sums = totals(lines, pair=group.pair, planned=group.settings.ladder.costs, carried=group.carried)
    if not is_open:
        return sums.result
    coins = (sums.held + group.carried) * int(candles.close[-1]) * candles.step
    return sums.result + (coins if group.settings.side is Side.LONG else 2 * sums.at_work - coins)


def _money(value: Decimal) -> float:
    return round(float(value), DIGITS)


def _plain(one: Compared) -> dict[str, Any]:
    parted = one.difference
    return {
        "name": one.name,
        "pair": one.pair,
        "opened": one.opened,
        "closed": one.closed,
        "acts": one.acts,
        "same": one.same,
        "result": _money(one.result),
        "simulated": _money(one.simulated),
        "difference": parted
        and {
            "real": parted.real and _act(parted.real),
            "simulated": parted.simulated and _act(parted.simulated),
            "cause": parted.cause.value,
            "reason": parted.reason,
        },
    }


def _act(one: PastAct) -> dict[str, Any]:
    return {
        "minute": one.minute,
        "action": one.action.value,
        "step": one.step,
        "price": float(one.price),
        "reason": one.reason,
    }
