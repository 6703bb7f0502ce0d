"""One step of many bots: load, decide for each group and each pair that may open one, write down what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from connections.models import ExchangePause
from strategies import inputs
from strategies.choices import GroupMode, OrderState, Purpose, StopLevel
from strategies.engine import gate, recovery
from strategies.engine.decide import decide, decide_asked, sell_part
from strategies.engine.decision import Action, Decision
from strategies.engine.state import Case, Held, MarketNow, Mode
from strategies.engine.wake import wake
from strategies.execution import settlement
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Funds, Group, Order, Signal
from strategies.models.market import Instrument
from strategies.runner import apply, bands, entries, snapshot
from strategies.runner.outcome import GroupOutcome, Outcome
from strategies.runner.snapshot import Beside, Snapshot

log = structlog.get_logger(__name__)
WAIT_FOR_COIN = Decision(action=Action.BLOCK, reason="coin.unreadable")
WAIT_FOR_PRICE = Decision(action=Action.WAIT, reason="market.unknown")
ALL_STOPPED = Decision(action=Action.BLOCK, reason="stop.orders")
PAUSED = Decision(action=Action.BLOCK, reason="exchange.paused")
AWAY = Decision(action=Action.BLOCK, reason="exchange.away")
UNSEEN = Decision(action=Action.WAIT, reason="coins.unseen")
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
    at = {"exchange": exchange, "venue": venue}
    this = snapshot.load(bots, instruments, **at, now=now, signals=signals or {}, funds=funds)
    outcomes: list[Outcome] = []
    for bot in bots:
        try:
            outcomes += _decide(bot, this)
        except BROKEN as error:
            # A bot whose rows cannot be reckoned with must not keep all others of its exchange from being stepped.
            log.error("bot_not_decided", bot=bot.pk, kind=type(error).__name__)
            outcomes += [GroupOutcome(bot=bot, group=group, decision=FAILED) for group in this.groups.get(bot.pk, [])]
    return apply.apply(outcomes, this)


def _decide(bot: Bot, this: Snapshot) -> list[Outcome]:
    """Decide for each open group, then for each pair that may open one; each sees what the ones before it took."""
    groups = this.groups.get(bot.pk, [])
    held: dict[int, Held] = {}
    for group in groups:
        if instrument := this.instruments.get(group.pair):
            held[group.pk] = inputs.held_of(group, this.live.get(group.pk), instrument)
    outcomes: list[Outcome] = []
    for group in groups:
        refused = this.refusal_to_add(group) if group.to_add is not None else None
        if not bot.can_close and not group.is_asked_for:
            still = Decision(action=Action.WAIT, reason=group.reason)
            answer = GroupOutcome(bot=bot, group=group, decision=still, refused=refused)
            outcomes += [] if refused is None else [answer]
            continue
        if refused is not None and group.pk in held:
            held[group.pk] = replace(held[group.pk], to_add=None)
        beside = Beside(stakes=this.accounts.stakes_of(bot, without=group.pk), count=len(groups))
        outcome = _of_group(group, held.get(group.pk), beside, this)
        outcome.refused = refused or outcome.decision.refused
        outcomes.append(outcome)
        if (wanted := outcome.wanted) is not None and wanted.purpose == Purpose.ADD_ON:
            this.accounts.count(
                this.accounts.asked(bot, group.pair, group.ladder, cost=wanted.cost, step=wanted.step, group=group.pk)
            )
    # What waits for trouble to end is asked to close at most; what it is told to open, the engine blocks.
    if bot.pk in this.signals or snapshot.enters_by_rule(bot):
        outcomes += entries.outcomes(bot, {group.pair for group in groups}, this)
    return outcomes


def _of_group(group: Group, held: Held | None, beside: Beside, this: Snapshot) -> GroupOutcome:
    bot, order, instrument = group.bot, this.live.get(group.pk), this.instruments.get(group.pair)
    market = this.market(group.pair)
    if instrument is None or held is None or market is None:
        return GroupOutcome(bot=bot, group=group, decision=WAIT_FOR_PRICE)
    # Whatever a price is worth that stands still, its limit guards a sale that the trader asked for.
    market = replace(market, at=instrument.priced_at or market.at) if group.close_asked_at else market
    if order is not None and not _has_arrived(order):
        # What it would have bought is not on its way.
        held = replace(inputs.held_of(group, None, instrument), to_add=held.to_add)
    if group.mode == GroupMode.CLOSING and not _has_arrived(order) and not settlement.goes_on(group):
        # Its exit never arrived: whether the price is still there is decided anew.
        held = replace(held, mode=inputs.MODES[settlement.mode_before(group)])
    case = _case(group, held, market, beside, this)
    decision, free = UNSEEN if group.is_unseen else _decision(group, order, case, this), this.free_coins(group)
    if decision.action is Action.CLOSE and free is not None:
        amount = market.amount(free)
        if not market.takes(amount, market.exit_price(case.settings.side)):
            numbers = {"held": group.held, "free_coins": free}
            decision = replace(decision, action=Action.BLOCK, reason="exit.coins_locked", numbers=numbers)
    if (trouble := instrument.trouble) and decision.action in {Action.WAIT, Action.BLOCK, Action.ADD}:
        # It outweighs what else is waited for; that an exit would be refused is not believed before it is.
        decision = replace(decision, action=Action.BLOCK, reason=trouble)
    is_calm = decision.reason in bands.CALM if order is None else _only_buys(group, order)
    band = wake(case, decision) if is_calm else None
    outcome = GroupOutcome(bot=bot, group=group, decision=decision, order=order, band=band)
    if decision.action in {Action.ADD, Action.CLOSE}:
        outcome.wanted = Wanted(
            bot=bot,
            purpose=Purpose.EXIT if decision.action is Action.CLOSE else Purpose.ADD_ON,
            reason=decision.reason or group.close_reason,
            pair=group.pair,
            instrument=instrument,
            numbers=decision.numbers,
            cost=decision.cost or group.cost * 0,
            step=decision.step,
            group=group,
            most=free,
        )
    return outcome


def _case(group: Group, held: Held, market: MarketNow, beside: Beside, this: Snapshot) -> Case:
    """Return what is decided upon, with the account's money and candles where the decision stands on them."""
    bot, signal = group.bot, this.signals.get(group.bot_id)
    case = Case(
        settings=inputs.settings_of(bot, group.ladder, this.instruments[group.pair], group),
        group=held,
        market=market,
        limits=this.limits_of(bot, group.pair, beside, group),
        now=this.now,
        request=entries.request_of(signal) if signal and signal.pair == group.pair else None,
    )
    if market.has_price and (held.to_add is not None or gate.is_in_zone(case)):
        # What is not in the zone of an add-on buys nothing, whatever the account has.
        case = replace(case, limits=this.with_money(case.limits, bot, group.pair))
    if group.recovery_since or (market.has_price and not group.is_empty and recovery.alarm(case)):
        # Closed candles may end recovery, or silence what calls for it; nothing else stands on them.
        case = replace(case, market=this.market_since(group, market))
    return case


def _decision(group: Group, order: Order | None, case: Case, this: Snapshot) -> Decision:
    """Return what the engine says, or what keeps an order that it asks for from being sent this moment."""
    bot, pause = group.bot, this.pause
    if this.stop_of(bot) == StopLevel.ORDERS:
        return ALL_STOPPED
    is_selling = case.group.mode is Mode.CLOSING and not _has_arrived(order)
    if is_selling and case.limits.has_proof and case.market.is_fresh(this.now):
        # A group that is sold whatever the price is needs no decision.
        decision = SELLING_AS_ASKED if group.close_asked_at else SELLING_ON
    else:
        # A bot that is off does what its trader asked for and nothing else.
        is_part_alone = not bot.can_close and not group.close_asked_at
        decider = decide if case.group.to_add is None else decide_asked
        decision = sell_part(case) if is_part_alone else decider(case)
    is_told, is_exit = this.are_coins_told(bot, group.pair, is_held=True), decision.action is Action.CLOSE
    if decision.reason == "funds.unknown" and not is_told:
        return WAIT_FOR_COIN
    if not is_exit and decision.action is not Action.ADD:
        return _left_alone(pause) if pause and decision.reason == "market.stale" else decision
    if reason := this.rest_of(group, decision):
        return Decision(action=Action.WAIT, reason=reason)
    if reason := this.lack_of_books(bot, group if is_exit else None):
        return Decision(action=Action.WAIT, reason=reason)
    # Each buy waits until the exchange may be asked again, and of exits what is too much; an exit that waits for
    # another order of its group has not come to that yet.
    if pause and (not is_exit or (order is None and not pause.let_exit(this.now))):
        return _left_alone(pause)
    # What was bought can be sold: the exchange itself says when it is not there.
    return decision if is_told or is_exit else WAIT_FOR_COIN


def _left_alone(pause: ExchangePause) -> Decision:
    return AWAY if pause.is_away else PAUSED


def _only_buys(group: Group, order: Order) -> bool:
    """Say whether the group waits for what becomes of its entry: its bot is woken by a fill, and by its absence."""
    return group.is_empty and _has_arrived(order) and not group.is_asked_for


def _has_arrived(order: Order | None) -> bool:
    """Say whether there is an order that is not proven absent."""
    return order is not None and order.state != OrderState.ABSENT
