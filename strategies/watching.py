"""Watch one exchange at one venue: quotes for all its bots at once, rules, candles; then step the bots there."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connections import desks, waits
from connections.models import ExchangePause
from database.exact import plain
from exchanges.desk import Desk
from exchanges.errors import Cause, ExchangeError
from exchanges.orders import Candle, Quote, Rules
from strategies import claims, stepping
from strategies.choices import EntrySource, GroupMode, State
from strategies.models import Bot, Group, Order
from strategies.models.market import (
    CANDLES_KEPT,
    FRAMES,
    HIGHER,
    RECOVERY_FRAME,
    WANTED_FOR,
    CandleSeries,
    Feed,
    Instrument,
)
from workers import priority, wake

log = structlog.get_logger(__name__)
PACE, CALM = timedelta(seconds=1), timedelta(seconds=2)
RULES_FOR = timedelta(hours=1)
# Which pairs bots trade is read anew this often; in between it is kept by `wanted_until`.
PAIRS_FOR = timedelta(seconds=30)
# How often prices are asked for that exits stand on, while the exchange wants to be left alone.
GENTLE = timedelta(seconds=10)
# After failures in a row, and at most.
BACK_OFF = (timedelta(seconds=2), timedelta(seconds=30))
FIRST_CANDLES, MORE_CANDLES = CANDLES_KEPT, 5
CANDLES_AT_ONCE = 10
# How long bots are stepped with the same prices.
STEPPING = timedelta(seconds=5)
# One portion at a time: deciding is computing, and threads that compute side by side only keep signals waiting.
TURN = threading.Lock()
PRICED = ["price", "bid", "ask", "priced_at"]
RULED = ["amount_step", "price_step", "min_amount", "min_cost", "taker", "maker", "is_tradable", "ruled_at"]


def watch(feed_id: int) -> None:
    """Look once, if nobody else does; an exchange that fails is asked less and less often, and harms no other."""
    now = timezone.now()
    if not _claim(feed_id, now):
        return
    feed = Feed.objects.get(pk=feed_id)
    if pause := waits.current(feed.exchange, feed.venue, now):
        _watch_for_exits(feed, pause, now)
        return
    try:
        instruments = _refresh(feed, now)
    except ExchangeError as error:
        _failed(feed, error, now)
        return
    _succeeded(feed, instruments, now)
    step_due(feed, instruments)


def _watch_for_exits(feed: Feed, pause: ExchangePause, now: datetime) -> None:
    """While the exchange wants to be left alone, ask for nothing but the prices that exits stand on, and seldom."""
    pairs = [] if pause.is_total else _pairs_to_leave(feed)
    look_at = min(now + GENTLE, pause.until) if pairs else pause.until
    Feed.objects.filter(pk=feed.pk).update(claim_until=None, look_at=look_at, trouble=Cause.RATE_LIMITED.value)
    if not pairs:
        return
    try:
        with waits.heeded(feed.exchange, feed.venue, gives_way=False):
            quotes = desks.ask(desks.desk_at(feed.exchange, feed.venue), lambda desk: desk.quotes(pairs))
    except ExchangeError:
        return
    wanted = Instrument.objects.filter(exchange=feed.exchange, venue=feed.venue, wanted_until__gt=now)
    instruments = {one.pair: one for one in wanted}
    _keep_quotes(instruments, quotes)
    step_due(feed, instruments)


def _pairs_to_leave(feed: Feed) -> list[str]:
    """Return the pairs of which something is to be closed, or may be at a stop loss."""
    here = Group.objects.open().filter(connection__exchange=feed.exchange, connection__venue=feed.venue)
    leaving = Q(close_asked_at__isnull=False) | Q(mode=GroupMode.CLOSING) | Q(bot__stop_loss__isnull=False)
    return list(here.filter(leaving).order_by("pair").values_list("pair", flat=True).distinct())


def _claim(feed_id: int, now: datetime) -> bool:
    free = Q(claim_until=None) | Q(claim_until__lt=now)
    due = Q(look_at=None) | Q(look_at__lte=now)
    return Feed.objects.filter(free, due, pk=feed_id).update(claim_until=now + settings.TRADING_LEASE) == 1


def _failed(feed: Feed, error: ExchangeError, now: datetime) -> None:
    first, last = BACK_OFF
    pause = min(first * 2 ** min(feed.failures, 10), last)
    cause = error.trouble.cause.value
    log.warning("feed_failed", exchange=feed.exchange, venue=feed.venue, cause=cause)
    pause = max(pause, timedelta(seconds=error.trouble.retry_after or 0))
    Feed.objects.filter(pk=feed.pk).update(
        claim_until=None, look_at=now + pause, failures=feed.failures + 1, trouble=cause
    )


def _succeeded(feed: Feed, instruments: Mapping[str, Instrument], now: datetime) -> None:
    pace = PACE if instruments else CALM
    Feed.objects.filter(pk=feed.pk).update(claim_until=None, look_at=now + pace, looked_at=now, failures=0, trouble="")


def step_due(feed: Feed, instruments: Mapping[str, Instrument]) -> None:
    """Step the bots of this exchange that are due, and hand their orders to other workers.

    Whom these prices are too old for is still due, and looked at with newer ones.
    """
    began = timezone.now()
    for ids in claims.due(feed.exchange, feed.venue, now=began):
        if timezone.now() - began > STEPPING:
            return
        for order in _step(ids, feed, instruments):
            wake.publish("strategies.send_order", order.pk)


def _step(ids: Sequence[int], feed: Feed, instruments: Mapping[str, Instrument]) -> list[Order]:
    with TURN:
        priority.SIGNALS.give_way()
        now = timezone.now()
        bots = claims.claim_due(ids, now=now)
        return stepping.step(bots, instruments, exchange=feed.exchange, venue=feed.venue, now=now)


def _refresh(feed: Feed, now: datetime) -> dict[str, Instrument]:
    """Return the wanted instruments with fresh prices; raises ExchangeError when there are none to be had."""
    if is_due_to_want(feed, now):
        want_what_bots_trade(feed, now)
    wanted = Instrument.objects.filter(exchange=feed.exchange, venue=feed.venue, wanted_until__gt=now)
    instruments = {one.pair: one for one in wanted}
    if not instruments:
        return {}
    series = _due_series(feed, now)
    answers = desks.ask_for_all(
        feed.exchange, feed.venue, lambda desk: _ask(desk, list(instruments.values()), series, now)
    )
    quotes, rules, candles = answers
    received = timezone.now()
    _keep_quotes(instruments, quotes)
    _keep_rules(instruments, rules, received)
    for one, found in zip(series, candles, strict=True):
        _keep_candles(one, found, received)
    return instruments


def is_due_to_want(feed: Feed, now: datetime) -> bool:
    """Say whether this is the first look of its half minute: however slow the looks are, each has one."""
    length = PAIRS_FOR.total_seconds()
    return feed.looked_at is None or feed.looked_at.timestamp() // length != now.timestamp() // length


Answers = tuple[dict[str, Quote], dict[str, Rules], list[list[Candle]]]


async def _ask(desk: Desk, instruments: Sequence[Instrument], series: Sequence[CandleSeries], now: datetime) -> Answers:
    """Ask for everything at once; candles are a courtesy: without them prices are no worse."""
    stale = [one.pair for one in instruments if one.ruled_at is None or now - one.ruled_at > RULES_FOR]
    pairs = [one.pair for one in instruments]
    rules = await desk.rules(stale) if stale else {}
    quotes, candles = await asyncio.gather(desk.quotes(pairs), asyncio.gather(*(_candles(desk, one) for one in series)))
    return quotes, rules, list(candles)


async def _candles(desk: Desk, series: CandleSeries) -> list[Candle]:
    count = MORE_CANDLES if series.rows_json else FIRST_CANDLES
    try:
        return await desk.candles(series.instrument.pair, series.frame, count)
    except ExchangeError:
        return []


def want_what_bots_trade(feed: Feed, now: datetime) -> None:
    """Keep the pairs of enabled bots and of open groups coming, and the candles that their rules stand on."""
    here = {"connection__exchange": feed.exchange, "connection__venue": feed.venue}
    bots = Bot.objects.filter(state=State.ENABLED, deleted_at=None, **here)
    stored = list(bots.order_by().values_list("pairs_json", "entry_source", "trend_frame").distinct())
    open_pairs = set(Group.objects.open().filter(**here).order_by().values_list("pair", flat=True).distinct())
    pairs = {pair for row in stored for pair in row[0]} | open_pairs
    frames = {(pair, RECOVERY_FRAME) for pair in open_pairs}
    for row_pairs, source, frame in stored:
        if source == EntrySource.TREND:
            frames |= {(pair, one) for pair in row_pairs for one in (frame, HIGHER[frame])}
    _want(feed, pairs, frames, now)


def _want(feed: Feed, pairs: set[str], frames: set[tuple[str, str]], now: datetime) -> None:
    until = now + WANTED_FOR
    rows = [Instrument(exchange=feed.exchange, venue=feed.venue, pair=pair, wanted_until=until) for pair in pairs]
    unique = ["exchange", "venue", "pair"]
    Instrument.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=["wanted_until"])
    known = Instrument.objects.filter(exchange=feed.exchange, venue=feed.venue, pair__in=pairs)
    ids = dict(known.values_list("pair", "pk"))
    series = [CandleSeries(instrument_id=ids[pair], frame=frame, wanted_until=until) for pair, frame in frames]
    CandleSeries.objects.bulk_create(
        series, update_conflicts=True, unique_fields=["instrument", "frame"], update_fields=["wanted_until"]
    )


def _due_series(feed: Feed, now: datetime) -> list[CandleSeries]:
    wanted = CandleSeries.objects.select_related("instrument").filter(
        instrument__exchange=feed.exchange, instrument__venue=feed.venue, wanted_until__gt=now
    )
    due = [one for one in wanted if one.read_at is None or now - one.read_at >= _candle_pace(one.frame)]
    return sorted(due, key=lambda one: one.read_at or one.instrument.wanted_until or now)[:CANDLES_AT_ONCE]


def _candle_pace(frame: str) -> timedelta:
    return max(FRAMES[frame] / 30, timedelta(seconds=5))


def _keep_quotes(instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]) -> None:
    changed = []
    for pair, quote in quotes.items():
        if one := instruments.get(pair):
            one.price, one.bid, one.ask, one.priced_at = quote.price, quote.bid, quote.ask, quote.at
            changed.append(one)
    Instrument.objects.bulk_update(changed, PRICED)


def _keep_rules(instruments: Mapping[str, Instrument], rules: Mapping[str, Rules], now: datetime) -> None:
    changed = []
    for pair, rule in rules.items():
        if one := instruments.get(pair):
            one.amount_step, one.price_step = rule.amount_step, rule.price_step
            one.min_amount, one.min_cost = rule.min_amount, rule.min_cost
            one.taker, one.maker, one.is_tradable, one.ruled_at = rule.taker, rule.maker, rule.is_active, now
            changed.append(one)
    Instrument.objects.bulk_update(changed, RULED)


def _keep_candles(series: CandleSeries, candles: Sequence[Candle], now: datetime) -> None:
    """Add what came to what was there; the newest CANDLES_KEPT stay."""
    CandleSeries.objects.filter(pk=series.pk).update(read_at=now)
    if not candles:
        return
    rows = {int(row[0]): row for row in series.rows_json}
    for candle in candles:
        start = int(candle.start.timestamp() * 1000)
        rows[start] = [start, *(plain(value) for value in (candle.open, candle.high, candle.low, candle.close))]
    kept = [rows[start] for start in sorted(rows)][-CANDLES_KEPT:]
    CandleSeries.objects.filter(pk=series.pk).update(rows_json=kept)
