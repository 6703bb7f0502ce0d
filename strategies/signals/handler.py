"""Handle a signal at once: claim its bot, see that the price is fresh, decide, and send what was decided.

In a rush, those that wait are decided upon together; each is sent by the worker that was woken for it.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

import structlog
from django.db import DatabaseError
from django.utils import timezone

from connections import desks
from database.prepared import PreparedModels, numbers
from exchanges.errors import ExchangeError
from strategies import claims
from strategies.execution import lookup, send
from strategies.models import Order, Signal
from strategies.models.market import Instrument
from strategies.runner import snapshot, step
from strategies.signals import queue
from strategies.signals.queue import Place, Waiting
from workers import priority
from workers.batch import Together

log = structlog.get_logger(__name__)
# A bot that is just being stepped is free again within milliseconds; then the tick tries again.
TRIES, PAUSE_SECONDS = 25, 0.02
# An entry stands on a price that is no older.
PRICE_FRESH_FOR = timedelta(seconds=5)


class Later(Enum):
    """Why nothing was decided about a signal yet: its turn has not come, or its price must be asked for first."""

    BUSY = "busy"
    OLD_PRICE = "old price"


Decided = list[Order] | Later
Key = tuple[int, bool]


def handle(signal_id: int) -> None:
    """Handle a waiting signal once; a bot that stays busy leaves it to the next try.

    Signals of one bot are handled in the order in which they came.
    """
    with priority.SIGNALS.joined():
        orders = _decide_in_turn(signal_id)
        if orders:
            priority.SIGNALS.acted()
        placed = [order for order in orders if send.place_intended(order)]
    for order in placed:
        lookup.ask(order)


def _decide_in_turn(signal_id: int) -> list[Order]:
    """Return the orders that are to be sent; none also when the bot stayed busy, which the tick sees."""
    is_priced = False
    for _ in range(TRIES):
        found = _DECIDED((signal_id, is_priced))
        if found is Later.BUSY:
            time.sleep(PAUSE_SECONDS)
        elif found is Later.OLD_PRICE:
            _refresh_price(signal_id)
            is_priced = True
        else:
            return found
    return []


def decide(keys: Sequence[Key]) -> dict[Key, Decided]:
    """Decide about signals together; returns the orders to send for each, none for what is no signal any more.

    A key is a signal's number, and whether its price was asked for: then one that is old all the same is decided upon.
    """
    now = timezone.now()
    priced = {signal_id for signal_id, is_priced in keys if is_priced}
    found: dict[int, Decided] = {signal_id: [] for signal_id, _ in keys}
    waits = queue.load(list(found), now=now)
    found |= {one.signal: Later.BUSY for one in waits if one.signal in found}
    by_place: dict[Place, list[Waiting]] = defaultdict(list)
    for one in waits:
        by_place[one.place].append(one)
    for place, some in by_place.items():
        try:
            found |= _decide_at(place, some, found.keys(), priced, now)
        except DatabaseError as error:
            if len(by_place) == 1:
                raise
            # What was written down for other places must be sent all the same; here the tick tries again.
            log.error("place_not_decided", exchange=place[0], kind=type(error).__name__)
    return {key: found[key[0]] for key in keys}


_DECIDED = Together(decide)


def _decide_at(
    place: Place, waits: Sequence[Waiting], asked: Collection[int], priced: Collection[int], now: datetime
) -> dict[int, Decided]:
    """Step the bots of one place whose turn it is, that have fresh prices and that nobody else has.

    Where a worker asks for a signal that is not its bot's first, the first is decided, and that worker sends its order;
    the tick goes on with the rest.
    """
    funds = snapshot.funds_of({one.connection for one in waits})
    instruments = queue.instruments_of(place, waits)
    decided: dict[int, Decided] = {}
    first, askers = dict[int, Waiting](), dict[int, int]()
    for one in waits:
        if one.gets_ready(funds, instruments, now):
            # The tick comes back to it: no worker stands and waits for books.
            decided[one.signal] = []
        else:
            first.setdefault(one.bot, one)
            if one.signal in asked:
                askers.setdefault(one.bot, one.signal)
    turns = {bot: first[bot] for bot in askers}
    last = {bot: instruments[one.pair].priced_at for bot, one in turns.items() if one.pair in instruments}
    old = {
        bot
        for bot, at in last.items()
        if turns[bot].signal not in priced and (at is None or now - at > PRICE_FRESH_FOR)
    }
    signals = _claim({bot: one.signal for bot, one in turns.items() if bot not in old}, now)
    bots, here = [signal.bot for signal in signals.values()], {"exchange": place[0], "venue": place[1]}
    orders = step.step(bots, instruments, **here, now=now, signals=signals, funds=funds)
    decided |= {askers[bot]: Later.OLD_PRICE for bot in old}
    for bot in signals:
        decided[askers[bot]] = [order for order in orders if order.bot_id == bot]
    return decided


def _claim(wanted: Mapping[int, int], now: datetime) -> dict[int, Signal]:
    """Claim bots and return their signals that still wait, by bot: another worker may have handled one meanwhile."""
    bots = {bot.pk: bot for bot in claims.claim_some(wanted, now=now)}
    signals = {}
    for signal in _SIGNALS.run(ids=[wanted[bot] for bot in bots]):
        signal.bot = bots[signal.bot_id]
        signals[signal.bot_id] = signal
    claims.let_go([bot for pk, bot in bots.items() if pk not in signals], [], now=now)
    return signals


_SIGNALS = PreparedModels(lambda: Signal.objects.waiting().filter(pk__in=numbers("ids")))


def _refresh_price(signal_id: int) -> None:
    """Ask for the price and keep it; without an answer the engine sees that what we have is stale."""
    signal = Signal.objects.select_related("bot__connection").get(pk=signal_id)
    home, pair = signal.bot.connection, signal.pair
    try:
        quotes = desks.ask(home.exchange, home.venue, lambda desk: desk.quotes([pair]))
    except ExchangeError:
        return
    if quote := quotes.get(pair):
        values = {"price": quote.price, "bid": quote.bid, "ask": quote.ask, "priced_at": quote.at}
        Instrument.objects.filter(exchange=home.exchange, venue=home.venue, pair=pair).update(**values)
