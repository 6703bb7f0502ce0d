"""Which pairs of a bot may open a group now, who asks for it, and what the engine says to that."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from strategies import inputs
from strategies.choices import EntrySource, Purpose, SignalWish, StopLevel
from strategies.engine import entry
from strategies.engine.decision import Action, Decision
from strategies.engine.ladder import Ladder
from strategies.engine.margin import Stake
from strategies.engine.risk import LEVELS
from strategies.engine.side import Side
from strategies.engine.state import MarketNow, Opening, Request
from strategies.engine.trend import trend
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Signal
from strategies.models.market import HIGHER, Instrument
from strategies.runner import snapshot
from strategies.runner.outcome import LookStep, Outcome
from strategies.runner.snapshot import Beside
from workers.backoff import backoff

if TYPE_CHECKING:
    pass

# After an entry that bought nothing the pair rests; twice as long after each that the exchange refused.
REST, LONGEST_REST = timedelta(seconds=60), timedelta(minutes=15)


def outcomes(bot: Bot, taken: set[str], beside: Beside, this: LookStep) -> Iterator[Outcome]:
    """Yield what becomes of each request to enter; each sees the groups that the ones before it open."""
    for pair, request, signal in _requests(bot, this):
        decision, ladder = _decide(bot, pair, request, taken, beside, this)
        wanted = None
        instrument = this.instruments.get(pair)
        if decision.action is Action.OPEN and instrument is not None and ladder is not None:
            wanted = _wanted(bot, pair, decision, ladder, instrument, signal)
            stake = Stake(held=ladder.base, to_come=ladder.remaining(0))
            beside = Beside(stakes=(*beside.stakes, stake), count=beside.count + 1)
        yield Outcome(bot=bot, pair=pair, decision=decision, wanted=wanted, signal=signal)


def _requests(bot: Bot, this: LookStep) -> Iterator[tuple[str, Request, Signal | None]]:
    if signal := this.signals.get(bot.pk):
        side = Side.SHORT if signal.wish == SignalWish.SHORT else Side.LONG
        yield signal.pair, Request(side=side, closes=signal.wish == SignalWish.CLOSE), signal
        return
    for pair in bot.pairs:
        if any(group.pair == pair for group in this.around.groups.get(bot.pk, [])):
            continue
        if request := _by_rule(bot, pair, this):
            yield pair, request, None


def _by_rule(bot: Bot, pair: str, this: LookStep) -> Request | None:
    if bot.entry_source == EntrySource.IMMEDIATE:
        return Request(side=Side.LONG)
    if bot.entry_source != EntrySource.TREND:
        return None
    closes = this.around.closes
    own, higher = closes.get((pair, bot.trend_frame), ()), closes.get((pair, HIGHER[bot.trend_frame]), ())
    if trend(own, higher) is not Side.LONG or _is_used(bot, pair, this):
        return None
    return Request(side=Side.LONG)


def _is_used(bot: Bot, pair: str, this: LookStep) -> bool:
    """Say whether a group was opened since the candle of the cross closed: a cross counts once."""
    past, closed = this.around.past.get((bot.pk, pair)), this.around.closed_until(pair, bot.trend_frame)
    opened = past.opened_at if past else None
    return opened is not None and closed is not None and opened >= closed


def _decide(
    bot: Bot, pair: str, request: Request, taken: set[str], beside: Beside, this: LookStep
) -> tuple[Decision, Ladder | None]:
    now, instrument, market = this.now, this.instruments.get(pair), this.market(pair)
    if reason := _early_reason(bot, pair, request, taken, market, this):
        return Decision(action=Action.BLOCK, reason=reason), None
    assert instrument is not None  # noqa: S101 - without one there is no market, which was an early reason
    assert market is not None  # noqa: S101
    sizing = inputs.sizing_of(bot, instrument, this.around.equity(bot, now))
    # A ladder that cannot be must not hide an earlier reason (paused, not proven): the engine sees the smallest.
    ladder = sizing.ladder or LEVELS[bot.risk_level].ladder(max(sizing.smallest, sizing.largest, bot.margin_limit))
    stop = snapshot.stop_for(bot, None, this.around.stop_of(bot))
    limits = snapshot.limits_of(bot, pair, instrument, beside, this.around, stop=stop, now=now)
    settings = inputs.settings_of(bot, ladder, instrument)
    decision = entry.enter(Opening(settings=settings, market=market, limits=limits, now=now, request=request))
    if sizing.ladder is None and decision.reason in SIZE_REASONS:
        numbers = {"largest": sizing.largest, "smallest": sizing.smallest}
        return Decision(action=Action.BLOCK, reason=sizing.reason, numbers=numbers), None
    return decision, sizing.ladder


# What the engine says of a ladder that only stands in for one that cannot be.
SIZE_REASONS = frozenset(
    {"entry.signal", "entry.soft_limit", "entry.below_minimum", "funds.unknown", "funds.too_little"}
)


def _early_reason(
    bot: Bot, pair: str, request: Request, taken: set[str], market: MarketNow | None, this: LookStep
) -> str:
    if pair in taken:
        return "signal.done" if request.closes else "entry.group_open"
    if request.closes:
        return "signal.no_group"
    if this.around.stop_of(bot) == StopLevel.ORDERS:
        return "stop.orders"
    if this.around.pause:
        return "exchange.paused"
    if market is None:
        return "market.unknown"
    if not this.around.is_reconciled(bot, this.now):
        return "books.not_compared"
    if not this.around.are_coins_told(bot, pair, is_held=False):
        return "coin.unreadable"
    return "order.resting" if _is_resting(bot, pair, this) else ""


def _is_resting(bot: Bot, pair: str, this: LookStep) -> bool:
    past = this.around.past.get((bot.pk, pair))
    if past is None or past.refused_at is None:
        return False
    return this.now - past.refused_at < backoff(past.refusals, REST, LONGEST_REST)


def _wanted(
    bot: Bot, pair: str, decision: Decision, ladder: Ladder, instrument: Instrument, signal: Signal | None
) -> Wanted:
    return Wanted(
        bot=bot,
        purpose=Purpose.ENTRY,
        reason=decision.reason,
        pair=pair,
        instrument=instrument,
        numbers=decision.numbers,
        cost=decision.cost or ladder.base,
        ladder=ladder,
        signal=signal,
    )
