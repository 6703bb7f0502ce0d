"""Which pairs of a bot may open a group now, who asks for it, and what the engine says to that."""

from collections.abc import Iterator
from dataclasses import dataclass

from strategies import inputs
from strategies.choices import EntrySource, Purpose, SignalWish
from strategies.engine import entry, trend
from strategies.engine.decision import Action, Decision
from strategies.engine.ladder import Ladder
from strategies.engine.position import Side
from strategies.engine.state import Opening, Request
from strategies.execution.pricing import NewGroup, Wanted
from strategies.models import Bot, Signal
from strategies.models.market import HIGHER
from strategies.models.signals import BY_HAND
from strategies.runner.outcome import EntryOutcome
from strategies.runner.snapshot import Beside, Past, Snapshot, enters_by_rule


@dataclass(frozen=True)
class Asked:
    """A request to open a group of a pair, of a signal or of the bot's own rule."""

    bot: Bot
    pair: str
    request: Request
    signal: Signal | None = None


def outcomes(bot: Bot, taken: set[str], this: Snapshot) -> Iterator[EntryOutcome]:
    """Yield what becomes of each request to enter; each sees the groups that the ones before it open."""
    count = len(taken)
    for asked in _requests(bot, taken, this):
        beside = Beside(stakes=this.accounts.stakes_of(bot), count=count)
        decision, ladder = _decide(asked, taken, beside, this)
        is_alone = asked.signal is not None and not taken and not enters_by_rule(bot)
        one = EntryOutcome(bot=bot, pair=asked.pair, decision=decision, signal=asked.signal, is_alone=is_alone)
        if decision.action is Action.OPEN and ladder is not None:
            one.wanted = Wanted(
                bot=bot,
                purpose=Purpose.ENTRY,
                reason=decision.reason,
                pair=asked.pair,
                instrument=this.instruments[asked.pair],
                numbers=decision.numbers,
                cost=decision.cost or ladder.base,
                group=NewGroup(ladder, asked.signal),
            )
            this.accounts.count(this.accounts.asked(bot, asked.pair, ladder, cost=one.wanted.cost, step=0))
            count += 1
        yield one


def request_of(signal: Signal) -> Request:
    side = Side.SHORT if signal.wish == SignalWish.SHORT else Side.LONG
    reason = "entry.by_hand" if signal.key.startswith(BY_HAND) else "entry.signal"
    return Request(side=side, closes=signal.wish == SignalWish.CLOSE, reason=reason)


def _requests(bot: Bot, taken: set[str], this: Snapshot) -> Iterator[Asked]:
    if signal := this.signals.get(bot.pk):
        yield Asked(bot, signal.pair, request_of(signal), signal)
        return
    for pair in bot.pairs:
        if pair in taken:
            continue
        asks = bot.entry_source == EntrySource.IMMEDIATE
        if bot.entry_source == EntrySource.TREND and pair in this.instruments:
            frames = bot.trend_frame, HIGHER[bot.trend_frame]
            (own, ends), (higher, _) = (this.candles(pair, frame) for frame in frames)
            opened_at = this.past.get((bot.pk, pair), Past()).opened_at
            side = trend.trend(own, higher)
            asks = bool(ends) and trend.asks(side, closed_at=ends[-1], opened_at=opened_at)
        if asks:
            yield Asked(bot, pair, Request(side=Side.LONG, reason=f"entry.{bot.entry_source}"))


def _decide(asked: Asked, taken: set[str], beside: Beside, this: Snapshot) -> tuple[Decision, Ladder | None]:
    """Return the decision, and the ladder that a group would begin where it opens one."""
    bot, pair, closes = asked.bot, asked.pair, asked.request.closes
    instrument, market = this.instruments.get(pair), this.market(pair)
    if pair in taken:
        reason = "signal.done" if closes else "entry.group_open"
    else:
        reason = "signal.no_group" if closes else this.keeps_out(bot, pair)
    if reason or instrument is None or market is None:
        return Decision(action=Action.BLOCK, reason=reason), None
    limits = this.with_money(this.limits_of(bot, pair, beside), bot, pair)
    sizing = inputs.sizing_of(bot, instrument, limits.equity)
    level = inputs.level_of(bot)
    opening = Opening(
        settings=inputs.settings_of(bot, sizing.ladder or level.ladder(bot.margin_limit), instrument),
        market=market,
        limits=limits,
        now=this.now,
        request=asked.request,
    )
    return entry.enter_sized(opening, sizing, level), sizing.ladder
