"""Watch one exchange at one venue, then step the bots there with the prices that came."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from connections import desks
from connections.models import ExchangePause
from exchanges.errors import ExchangeError
from strategies import claims
from strategies.market import away, listing
from strategies.market.feed import PACE, claim, failed, keep_quotes, pairs_to_leave, refresh, succeeded
from strategies.models.market import Feed, Instrument
from strategies.runner import bands, step
from workers import priority, wake

# How often prices are asked for that exits stand on, while the exchange wants to be left alone.
GENTLE = timedelta(seconds=10)
# How long bots are stepped with the same prices.
STEPPING = timedelta(seconds=5)
# One portion at a time: deciding is computing, and threads that compute side by side only keep signals waiting.
TURN = threading.Lock()


def watch(feed_id: int) -> None:
    """Look once, if nobody else does; an exchange that fails is asked less and less often, and harms no other."""
    now = timezone.now()
    if not claim(feed_id, now):
        return
    feed = Feed.objects.get(pk=feed_id)
    pause = desks.pause_of(feed.exchange, feed.venue, now)
    if pause and not pause.let_probe(now):
        _watch_for_exits(feed, pause, now)
        return
    try:
        instruments = refresh(feed, now, gives_way=pause is None)
    except ExchangeError as error:
        failed(feed, error, now)
        return
    succeeded(feed, instruments, now)
    step_due(feed, instruments)
    if feed.is_due_to_want(now):
        listing.refresh(feed, now)


def _watch_for_exits(feed: Feed, pause: ExchangePause, now: datetime) -> None:
    """While the exchange is left alone, ask for nothing but the prices that exits stand on, and seldom."""
    pairs = [] if pause.is_total else pairs_to_leave(feed)
    look_at = max(min(now + GENTLE, pause.until) if pairs else pause.until, now + PACE)
    cause = pause.trouble(now).cause.value
    Feed.objects.filter(pk=feed.pk).update(claim_until=None, look_at=look_at, trouble=cause)
    if pause.is_away:
        away.tell(feed, now)
    if not pairs:
        return
    try:
        quotes = desks.ask(feed.exchange, feed.venue, lambda desk: desk.quotes(pairs), gives_way=False)
    except ExchangeError:
        return
    instruments = Instrument.objects.wanted(feed.exchange, feed.venue, now)
    keep_quotes(instruments, quotes)
    step_due(feed, instruments)


def step_due(feed: Feed, instruments: Mapping[str, Instrument]) -> None:
    """Step the bots of this exchange that are due or that these prices wake; other workers send their orders.

    A bot that finds these prices too old stays due, and the next look steps it with newer ones.
    """
    began = timezone.now()
    bands.wake_outside(feed.exchange, feed.venue, instruments, now=began)
    for ids in claims.due(feed.exchange, feed.venue, now=began):
        if timezone.now() - began > STEPPING:
            return
        with TURN:
            priority.SIGNALS.give_way()
            now = timezone.now()
            bots = claims.claim_due(ids, now=now)
            orders = step.step(bots, instruments, exchange=feed.exchange, venue=feed.venue, now=now)
        for order in orders:
            wake.publish("strategies.send_order", order.pk)
