"""Handle a signal at once: claim its bot, see that the price is fresh, decide, and send what was decided.

In a rush, those that wait are decided upon together; each is sent by whoever was woken for it.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from django.utils import timezone

from exchanges.errors import ExchangeError
from strategies import claims, desks, journal, noting, rush, sending, stepping, wanting
from strategies.choices import State
from strategies.instruments import Instrument
from strategies.models import Bot, Funds, Group, Order, Signal
from strategies.together import Together

# A bot that is just being stepped is free again within milliseconds; then the tick tries again.
TRIES, PAUSE_SECONDS = 25, 0.02
# Until then a signal waits for books and prices that are on their way; later it is told what is missing.
GETS_READY_WITHIN = timedelta(seconds=30)
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
    with rush.SIGNALS.joined():
        _handle(signal_id)


def _handle(signal_id: int) -> None:
    is_priced = False
    for _ in range(TRIES):
        found = _DECIDED((signal_id, is_priced))
        if found is Later.BUSY:
            time.sleep(PAUSE_SECONDS)
        elif found is Later.OLD_PRICE:
            _refresh_price(signal_id)
            is_priced = True
        else:
            return _send(found)
    return None


def _send(orders: list[Order]) -> None:
    for order in orders:
        sending.send_intended(order)


def decide(keys: Sequence[Key]) -> dict[Key, Decided]:
    """Decide about signals together; returns the orders to send for each, none for what is no signal any more.

    A key is a signal's number, and whether its price was asked for: then one that is old all the same is decided upon.
    """
    priced = {signal_id for signal_id, is_priced in keys if is_priced}
    found: dict[int, Decided] = {signal_id: [] for signal_id, _ in keys}
    waiting = _waiting(list(found))
    found |= {signal.pk: Later.BUSY for signal in waiting if signal.pk in found}
    turns = _turns(waiting, asked=found.keys())
    places: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    for signal in turns.values():
        places[signal.bot.connection.exchange, signal.bot.connection.venue].append(signal)
    decided: dict[int, Decided] = {}
    for (exchange, venue), signals in places.items():
        decided |= _decide_at(exchange, venue, signals, priced)
    found |= {asker: decided[signal.pk] for asker, signal in turns.items() if signal.pk in decided}
    return {key: found[key[0]] for key in keys}


def _turns(waiting: Sequence[Signal], *, asked: Collection[int]) -> dict[int, Signal]:
    """Return whose turn it is, one signal per bot, by the number of the first that was asked for.

    Whoever asks for a signal that is not its bot's first sends what is decided about the first; the tick goes on.
    """
    first: dict[int, Signal] = {}
    askers: dict[int, int] = {}
    for signal in waiting:
        first.setdefault(signal.bot_id, signal)
        if signal.pk in asked:
            askers.setdefault(signal.bot_id, signal.pk)
    return {asker: first[bot_id] for bot_id, asker in askers.items()}


_DECIDED = Together(decide)


def _waiting(signal_ids: Sequence[int]) -> list[Signal]:
    """Return these signals, and those of the same bots and pairs that came before, where they may be acted upon now.

    Those that never may are answered.
    """
    waiting, now = Signal.objects.waiting(), timezone.now()
    asked = set(waiting.filter(pk__in=signal_ids).values_list("bot", "pair"))
    alike = waiting.filter(bot__in={bot for bot, _ in asked}).select_related("bot__connection__owner").order_by("pk")
    rows = [signal for signal in alike if (signal.bot_id, signal.pair) in asked]
    ready = _ready_pairs(rows, now)
    kept = []
    for signal in rows:
        if reason := _refusal(signal, now):
            if noting.answer(signal, reason, now=now):
                journal.write(signal.bot, pair=signal.pair, action="block", reason=reason, now=now)
        elif (signal.bot_id, signal.pair) in ready or now - signal.received_at >= GETS_READY_WITHIN:
            kept.append(signal)
    return kept


def _ready_pairs(signals: Iterable[Signal], now: datetime) -> set[tuple[int, str]]:
    """Return bots and pairs whose books were compared and whose rules are known: just enabled, they are made ready."""
    homes = {signal.bot.connection_id: signal.bot.connection for signal in signals}
    compared = {row.connection_id for row in Funds.objects.filter(connection__in=homes) if row.is_reconciled(now)}
    places = {(home.exchange, home.venue) for home in homes.values()}
    pairs = {signal.pair for signal in signals}
    known = {
        (exchange, venue, pair)
        for exchange, venue in places
        for pair, one in wanting.known(exchange, venue, pairs).items()
        if one.has_rules
    }
    return {
        (signal.bot_id, signal.pair)
        for signal in signals
        if (home := signal.bot.connection).pk in compared and (home.exchange, home.venue, signal.pair) in known
    }


def _refusal(signal: Signal, now: datetime) -> str:
    if signal.is_stale(now):
        return "signal.stale"
    if signal.bot.deleted_at or signal.bot.state != State.ENABLED:
        return "bot.not_running"
    return ""


def _decide_at(exchange: str, venue: str, signals: Sequence[Signal], priced: set[int]) -> dict[int, Decided]:
    """Step the bots of one place that have fresh prices and that nobody else has, each with its signal."""
    now, found = timezone.now(), dict[int, Decided]()
    instruments = wanting.known(exchange, venue, _pairs(signals))
    ready = {}
    for signal in signals:
        if signal.pk in priced or not _is_old(instruments.get(signal.pair), now):
            ready[signal.bot_id] = signal
        else:
            found[signal.pk] = Later.OLD_PRICE
    bots = _claim(ready, now)
    orders = stepping.step(bots, instruments, exchange=exchange, venue=venue, now=now, signals=ready)
    for bot in bots:
        found[ready[bot.pk].pk] = [order for order in orders if order.bot_id == bot.pk]
    return found


def _claim(ready: Mapping[int, Signal], now: datetime) -> list[Bot]:
    """Claim the bots of signals that still wait: another worker may have handled one before we had its bot."""
    bots = claims.claim_some(list(ready), now=now)
    ids = [ready[bot.pk].pk for bot in bots]
    left = set(Signal.objects.waiting().filter(pk__in=ids).values_list("pk", flat=True))
    claims.let_go([bot for bot in bots if ready[bot.pk].pk not in left], [], now=now)
    return [bot for bot in bots if ready[bot.pk].pk in left]


def _pairs(signals: Sequence[Signal]) -> set[str]:
    """Return the pairs that the bots trade or still hold."""
    held = Group.objects.open().filter(bot__in=[signal.bot_id for signal in signals])
    return {pair for signal in signals for pair in signal.bot.pairs} | set(held.values_list("pair", flat=True))


def _is_old(one: Instrument | None, now: datetime) -> bool:
    return one is not None and (one.priced_at is None or now - one.priced_at > PRICE_FRESH_FOR)


def _refresh_price(signal_id: int) -> None:
    """Ask for the price and keep it; without an answer the engine sees that what we have is stale."""
    signal = Signal.objects.select_related("bot__connection").get(pk=signal_id)
    home, pair = signal.bot.connection, signal.pair
    try:
        quotes = desks.ask(desks.desk_at(home.exchange, home.venue), lambda desk: desk.quotes([pair]))
    except ExchangeError:
        return
    if quote := quotes.get(pair):
        values = {"price": quote.price, "bid": quote.bid, "ask": quote.ask, "priced_at": quote.at}
        Instrument.objects.filter(exchange=home.exchange, venue=home.venue, pair=pair).update(**values)
