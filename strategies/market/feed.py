"""Ask one exchange at one venue for quotes, rules and candles of all that its bots trade, and keep them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connections import desks
from database import commits
from database.prepared import PreparedSave
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError
from exchanges.values import Candle, Quote, Rules
from strategies.choices import GroupMode
from strategies.market import away, standing_still
from strategies.market.wanted import want_what_bots_trade
from strategies.models import Bot, Group
from strategies.models.market import CANDLES_KEPT, CandleSeries, Feed, Instrument
from workers.backoff import backoff

log = structlog.get_logger(__name__)
# The clock wakes what is due once a second. A look begins a moment after it, and must be due at its next beat: with a
# whole second every other beat would find it not yet due.
PACE, CALM = timedelta(seconds=0.7), timedelta(seconds=1.7)
RULES_FOR = timedelta(hours=1)
# After failures in a row, and at most.
BACK_OFF = (timedelta(seconds=2), timedelta(seconds=30))
FIRST_CANDLES, MORE_CANDLES = CANDLES_KEPT, 5
CANDLES_AT_ONCE = 10
PRICED = ["price", "bid", "ask", "priced_at", "moved_at", "stands_since"]
# What a group that waits is measured by.
DECIDED_UPON = ["amount_step", "min_amount", "min_cost", "taker", "is_tradable", "unlisted_since"]
RULED = [*DECIDED_UPON, "price_step", "maker", "ruled_at"]


def pairs_to_leave(feed: Feed) -> list[str]:
    """Return the pairs of which something is to be closed, or may be at a stop loss."""
    here = Group.objects.open().filter(connection__exchange=feed.exchange, connection__venue=feed.venue)
    leaving = Q(close_asked_at__isnull=False) | Q(mode=GroupMode.CLOSING)
    leaving |= Q(sell_to__isnull=False)
    leaving |= Q(bot__stop_loss__isnull=False) | Q(own_stop_loss__isnull=False)
    return list(here.filter(leaving).order_by("pair").values_list("pair", flat=True).distinct())


def claim(feed_id: int, now: datetime) -> bool:
    free = Q(claim_until=None) | Q(claim_until__lt=now)
    due = Q(look_at=None) | Q(look_at__lte=now)
    # No disk is waited for, here and below: what is lost with the machine's power is asked for again.
    with commits.asynchronous():
        return Feed.objects.filter(free, due, pk=feed_id).update(claim_until=now + settings.TRADING_LEASE) == 1


def failed(feed: Feed, error: ExchangeError, now: datetime) -> None:
    pause = backoff(feed.failures + 1, *BACK_OFF)
    cause = error.trouble.cause.value
    log.warning("feed_failed", exchange=feed.exchange, venue=feed.venue, cause=cause)
    pause = max(pause, timedelta(seconds=error.trouble.retry_after or 0))
    Feed.objects.filter(pk=feed.pk).update(
        claim_until=None, look_at=now + pause, failures=feed.failures + 1, trouble=cause
    )
    away.tell(feed, now)


def succeeded(feed: Feed, instruments: Mapping[str, Instrument], now: datetime) -> None:
    pace = PACE if instruments else CALM
    with commits.asynchronous():
        Feed.objects.filter(pk=feed.pk).update(
            claim_until=None, look_at=now + pace, looked_at=now, failures=0, trouble=""
        )
    if feed.trouble:
        away.end(feed)


def refresh(feed: Feed, now: datetime, *, gives_way: bool = True) -> dict[str, Instrument]:
    """Return the wanted instruments with fresh prices; raises ExchangeError when there are none to be had."""
    held = want_what_bots_trade(feed, now) if feed.is_due_to_want(now) else set[str]()
    instruments = Instrument.objects.wanted(feed.exchange, feed.venue, now)
    if not instruments:
        return {}
    doubted = [pair for pair in held if (known := instruments.get(pair)) and known.is_in_doubt(now)]
    wanted = list(instruments.values())
    candles_here = CandleSeries.objects.filter(instrument__exchange=feed.exchange, instrument__venue=feed.venue)
    old = [one for one in candles_here.filter(wanted_until__gt=now).select_related("instrument") if one.is_old(now)]
    series = sorted(old, key=lambda one: one.read_at or one.instrument.wanted_until or now)[:CANDLES_AT_ONCE]
    told = desks.ask(
        feed.exchange, feed.venue, lambda desk: _ask(desk, wanted, doubted, series, now), gives_way=gives_way
    )
    quotes, rules, unlisted, candles, minutes = told
    received = timezone.now()
    keep_quotes(instruments, quotes)
    _keep_rules(instruments, rules, unlisted, received)
    for pair, found in zip(doubted, minutes, strict=True):
        doubtful = instruments[pair]
        if standing_still.stands(doubtful.price, doubtful.moved_at, found, received) and not doubtful.stands_since:
            doubtful.stands_since = received
            doubtful.save(update_fields=["stands_since"])
            _wake(doubtful)
    for one, found in zip(series, candles, strict=True):
        one.keep(found, now)
    return instruments


Answers = tuple[dict[str, Quote], dict[str, Rules], set[str], list[list[Candle]], list[list[Candle]]]


async def _ask(
    desk: Desk, instruments: Sequence[Instrument], doubted: Sequence[str], series: Sequence[CandleSeries], now: datetime
) -> Answers:
    """Ask for everything at once; candles and doubts are a courtesy: without them prices are no worse."""
    stale = [one.pair for one in instruments if one.ruled_at is None or now - one.ruled_at > RULES_FOR]
    pairs = [one.pair for one in instruments]
    rules = await desk.rules(stale) if stale else {}
    counts = [MORE_CANDLES if one.rows_json else FIRST_CANDLES for one in series]
    wanted = [(one.instrument.pair, one.frame, count) for one, count in zip(series, counts, strict=True)]
    wanted += [(pair, standing_still.FRAME, standing_still.CANDLES) for pair in doubted]
    quotes, candles = await asyncio.gather(
        desk.quotes(pairs), asyncio.gather(*(_candles(desk, *one) for one in wanted))
    )
    unlisted = set[str]()
    if doubted:
        with suppress(ExchangeError):
            again, unlisted = await desk.look_again(doubted)
            rules |= again
    return quotes, rules, unlisted, candles[: len(series)], candles[len(series) :]


async def _candles(desk: Desk, pair: str, frame: str, count: int) -> list[Candle]:
    try:
        return await desk.candles(pair, frame, count)
    except ExchangeError:
        return []


def keep_quotes(instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]) -> None:
    changed = []
    for pair, quote in quotes.items():
        if one := instruments.get(pair):
            if (one.price, one.bid, one.ask) != (quote.price, quote.bid, quote.ask):
                one.price, one.bid, one.ask, one.moved_at = quote.price, quote.bid, quote.ask, quote.at
                one.stands_since = None
            one.priced_at = quote.at
            changed.append(one)
    with commits.asynchronous():
        _PRICED.run_each(changed)


# Each second for each exchange, and nobody else can write on SQLite meanwhile: put into words once.
_PRICED = PreparedSave(Instrument, PRICED)


def _keep_rules(
    instruments: Mapping[str, Instrument], rules: Mapping[str, Rules], unlisted: Collection[str], now: datetime
) -> None:
    changed = []
    for pair in [*rules, *unlisted]:
        if one := instruments.get(pair):
            before = [getattr(one, name) for name in DECIDED_UPON]
            if rule := rules.get(pair):
                one.amount_step, one.price_step = rule.amount_step, rule.price_step
                one.min_amount, one.min_cost = rule.min_amount, rule.min_cost
                one.taker, one.maker, one.is_tradable, one.ruled_at = rule.taker, rule.maker, rule.is_active, now
            one.unlisted_since = now if pair in unlisted else None
            changed.append(one)
            if before != [getattr(one, name) for name in DECIDED_UPON]:
                _wake(one)
    Instrument.objects.bulk_update(changed, RULED)


def _wake(instrument: Instrument) -> None:
    """Let the bots be looked at that hold a group of the pair: something else than its price has changed."""
    here = {"connection__exchange": instrument.exchange, "connection__venue": instrument.venue}
    groups = Group.objects.open().filter(pair=instrument.pair, **here)
    Bot.objects.filter(pk__in=groups.values("bot")).wake_all()
