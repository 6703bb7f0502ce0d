"""One step of many bots: load, decide for each group and each pair that may open one, write down what was decided."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.db import DatabaseError

from connections.models import ExchangePause
from strategies import claims, inputs
from strategies.choices import BotState, EntrySource, GroupMode, SignalWish, StopLevel
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.side import Side
from strategies.engine.state import Case, Held, MarketNow, Mode, Request
from strategies.engine.wake import wake
from strategies.execution import settlement
from strategies.models import Bot, Funds, Group, Order, Signal
from strategies.models.ladders import read
from strategies.models.market import Instrument
from strategies.runner import apply, bands, entries, snapshot
from strategies.runner.outcome import LookStep, Outcome
from strategies.runner.snapshot import Beside

log = structlog.get_logger(__name__)
WAIT_FOR_BOOKS = Decision(action=Action.WAIT, reason="books.not_compared")
WAIT_FOR_COIN = Decision(action=Action.BLOCK, reason="coin.unreadable")
WAIT_FOR_PRICE = Decision(action=Action.WAIT, reason="market.unknown")
ALL_STOPPED = Decision(action=Action.BLOCK, reason="stop.orders")
PAUSED = Decision(action=Action.BLOCK, reason="exchange.paused")
RESTING = Decision(action=Action.WAIT, reason="order.resting")
SELLING_ON = Decision(action=Action.CLOSE, reason="")
# A close that is asked for goes on at market, whatever the exit before it was for.
SELLING_AS_ASKED = Decision(action=Action.CLOSE, reason="exit.asked")
FAILED = Decision(action=Action.BLOCK, reason="step.failed")
# What Python raises over a row that it cannot reckon with.
BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def step(
    bots: Sequence[Bot],
    instruments: Mapping[str, Instrument],
    *,
    exchange: str,
    venue: str,
    now: datetime,
    signals: Mapping[int, Signal] | None = None,
    funds: Mapping[int, Funds] | None = None,
) -> list[Order]:
    """Step claimed bots and give them back; returns the orders that were written down and wait to be sent.

    `funds` are those of the bots' connections, by connection, if somebody has just read them.
    """
    if not bots:
        return []
    signals = signals or {}
    opening = [bot for bot in bots if bot.pk in signals or _has_rule(bot)]
    around = snapshot.load(bots, exchange=exchange, venue=venue, entering=opening, now=now, funds=funds)
    this = LookStep(bots=bots, instruments=instruments, around=around, now=now, signals=signals)
    outcomes = [outcome for bot in bots for outcome in _decide_or_say(bot, this)]
    orders = apply.apply(outcomes, now=now)
    banded = {outcome.group.pk for outcome in outcomes if outcome.group and outcome.band}
    awake, asleep, settled = list[Bot](), list[Bot](), list[Bot]()
    for bot in bots:
        groups = around.groups.get(bot.pk, [])
        has_free_pair = bool(set(bot.pairs) - {group.pair for group in groups})
        if bot.pk in signals or (_has_rule(bot) and has_free_pair) or not all(one.pk in banded for one in groups):
            awake.append(bot)
        else:
            (settled if groups else asleep).append(bot)
    # A claim that cannot be given back ends by itself; the orders must be sent.
    with suppress(DatabaseError) if orders else nullcontext():
        claims.let_go(awake, asleep, settled, now=now)
    return orders


def _has_rule(bot: Bot) -> bool:
    return bot.entry_source != EntrySource.WEBHOOK and bot.state == BotState.ENABLED


def _decide_or_say(bot: Bot, this: LookStep) -> list[Outcome]:
    """A bot whose rows cannot be reckoned with must not keep all others of its exchange from being stepped."""
    try:
        return _decide(bot, this)
    except BROKEN as error:
        log.error("bot_not_decided", bot=bot.pk, kind=type(error).__name__)
        return [Outcome(bot=bot, group=group, decision=FAILED) for group in this.around.groups.get(bot.pk, [])]


def _decide(bot: Bot, this: LookStep) -> list[Outcome]:
    """Decide for each open group, then for each pair that may open one; each sees what the ones before it took."""
    groups = this.around.groups.get(bot.pk, [])
    held: dict[int, Held] = {}
    for group in groups:
        if instrument := this.instruments.get(group.pair):
            held[group.pk] = inputs.held_of(group, this.around.live.get(group.pk), inputs.fees_of(instrument))
    stakes = {pk: one.stake(read(group.ladder_json)) for group in groups if (one := held.get(pk := group.pk))}
    outcomes = []
    for group in groups:
        if not bot.can_close and not group.close_asked_at:
            continue
        others = tuple(stake for pk, stake in stakes.items() if pk != group.pk)
        beside = Beside(stakes=others, count=len(groups))
        outcomes.append(_of_group(bot, group, held.get(group.pk), beside, this))
    # What waits for trouble to end is asked to close at most; what it is told to open, the engine blocks.
    if bot.is_enabled or bot.pk in this.signals:
        beside = Beside(stakes=tuple(stakes.values()), count=len(groups))
        outcomes += entries.outcomes(bot, {group.pair for group in groups}, beside, this)
    return outcomes


@dataclass(frozen=True)
class SeenGroup:
    """An open group with all that a decision about it looks at."""

    bot: Bot
    group: Group
    held: Held
    order: Order | None
    market: MarketNow
    instrument: Instrument


def _of_group(bot: Bot, group: Group, held: Held | None, beside: Beside, this: LookStep) -> Outcome:
    order, instrument = this.around.live.get(group.pk), this.instruments.get(group.pair)
    market = this.market(group.pair)
    if instrument is None or held is None or market is None:
        return Outcome(bot=bot, group=group, decision=WAIT_FOR_PRICE)
    seen = SeenGroup(bot, group, held, order, market, instrument)
    case = _case(_without_what_never_arrived(seen), beside, this)
    decision = _decision(seen, case, this)
    band = None
    if order is None and decision.reason in bands.CALM:
        band = wake(case, decision)
    wanted = apply.wanted_of(bot, group, decision, instrument)
    return Outcome(bot=bot, group=group, decision=decision, wanted=wanted, order=order, band=band)


def _decision(seen: SeenGroup, case: Case, this: LookStep) -> Decision:
    bot, group = seen.bot, seen.group
    if this.around.stop_of(bot) == StopLevel.ORDERS:
        return ALL_STOPPED
    decision = _judged(seen, case)
    is_told = this.around.are_coins_told(bot, group.pair, is_held=True)
    if decision.reason == "funds.unknown" and not is_told:
        return WAIT_FOR_COIN
    if decision.action not in {Action.ADD, Action.CLOSE}:
        return PAUSED if this.around.pause and decision.reason == "market.stale" else decision
    if this.around.is_resting(group, decision, this.now):
        return RESTING
    if not this.around.is_reconciled(bot, this.now):
        return WAIT_FOR_BOOKS
    if this.around.pause and _gives_way(seen, decision, this.around.pause, this.now):
        return PAUSED
    # What was bought can be sold: the exchange itself says when it is not there.
    return decision if is_told or decision.action is Action.CLOSE else WAIT_FOR_COIN


def _gives_way(seen: SeenGroup, decision: Decision, pause: ExchangePause, now: datetime) -> bool:
    """Say whether an order waits until the exchange may be asked again: each buy, and of exits what is too much.

    An exit that waits for another order of its group has not come to that yet.
    """
    is_exit = decision.action is Action.CLOSE
    return not is_exit or (seen.order is None and not pause.let_exit(now))


def _without_what_never_arrived(seen: SeenGroup) -> SeenGroup:
    """Return the group as it is without an order that is proven absent."""
    held, order = seen.held, seen.order
    if snapshot.is_absent(order):
        held, order = inputs.held_of(seen.group, None, inputs.fees_of(seen.instrument)), None
    if seen.group.mode == GroupMode.CLOSING and order is None and not settlement.goes_on(seen.group):
        # Its exit never arrived: whether the price is still there is decided anew.
        held = replace(held, mode=inputs.MODES[settlement.mode_before(seen.group)])
    return replace(seen, held=held, order=order)


def _case(seen: SeenGroup, beside: Beside, this: LookStep) -> Case:
    bot, group, instrument = seen.bot, seen.group, seen.instrument
    stop = snapshot.stop_for(bot, group, this.around.stop_of(bot))
    return Case(
        settings=inputs.settings_of(bot, read(group.ladder_json), instrument),
        group=seen.held,
        market=snapshot.market_since(group, seen.market, this.around),
        limits=snapshot.limits_of(bot, group.pair, instrument, beside, this.around, stop=stop, now=this.now),
        now=this.now,
        request=_request(this.signals.get(bot.pk), group.pair),
    )


def _judged(seen: SeenGroup, case: Case) -> Decision:
    """Return what the engine says; a group that is sold whatever the price is needs no decision."""
    is_selling = case.group.mode is Mode.CLOSING and (seen.order is None or snapshot.is_absent(seen.order))
    if is_selling and case.limits.has_proof and case.market.is_fresh(case.now):
        return SELLING_AS_ASKED if seen.group.close_asked_at else SELLING_ON
    return decide(case)


def _request(signal: Signal | None, pair: str) -> Request | None:
    if signal is None or signal.pair != pair:
        return None
    side = Side.SHORT if signal.wish == SignalWish.SHORT else Side.LONG
    return Request(side=side, closes=signal.wish == SignalWish.CLOSE)
