"""Handle a signal at once: claim its bot, see that the price is fresh, decide, and send what was decided.

In a rush, those that wait are decided upon together; each is sent by the worker that was woken for it.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.utils import timezone

from connections import desks
from connections.crowds import HALF, crowd_of
from database.prepared import PreparedModels, PreparedRows, numbers, text, texts
from exchanges.errors import ExchangeError
from strategies import claims
from strategies.choices import BotState, HaltedBy, SignalWish
from strategies.execution import lookup, send
from strategies.models import Bot, Funds, Group, Order, Signal, journal, signals
from strategies.models.market import Instrument
from strategies.models.signals import SIGNAL_LIFETIME
from strategies.pairs import read_stored
from strategies.runner import snapshot, step
from workers import priority
from workers.batch import Together

log = structlog.get_logger(__name__)
# A bot that is just being stepped is free again within milliseconds; then the tick tries again.
TRIES, PAUSE_SECONDS = 25, 0.02
# An entry stands on a price that is no older.
PRICE_FRESH_FOR = timedelta(seconds=5)
# Until then a signal waits for books and prices that are on their way; later it is told what is missing.
GETS_READY_WITHIN = timedelta(seconds=30)


class Later(Enum):
    """Why nothing was decided about a signal yet: its turn has not come, or its price must be asked for first."""

    BUSY = "busy"
    OLD_PRICE = "old price"


Decided = list[Order] | Later
Key = tuple[int, bool]
Place = tuple[str, str]


@dataclass(frozen=True)
class Waiting:
    """A signal that waits, by its number, and of its bot what must be known before it is claimed."""

    signal: int
    bot: int
    pair: str
    received_at: datetime
    told_at: datetime | None
    wish: str
    state: str
    halted_by: str
    winding_down_at: datetime | None
    deleted_at: datetime | None
    pairs_json: Any
    connection: int
    exchange: str
    venue: str

    def refusal(self, now: datetime) -> str:
        """Return why it never may be acted upon, or "".

        A bot that waits for trouble to end hears what to close, and so does one that winds down.
        """
        if now - (self.told_at or self.received_at) > SIGNAL_LIFETIME:
            return "signal.stale"
        waits = self.state == BotState.HALTED and self.halted_by == HaltedBy.TROUBLE
        closes = self.wish == SignalWish.CLOSE
        if self.deleted_at or not (self.state == BotState.ENABLED or (waits and closes)):
            return "bot.not_running"
        return "bot.winding_down" if self.winding_down_at and not closes else ""

    def is_ready(self, funds: Mapping[int, Funds], instruments: Mapping[str, Instrument], now: datetime) -> bool:
        """Say whether a bot that was just enabled has its books and its pair's rules, or must do without by now."""
        books, instrument = funds.get(self.connection), instruments.get(self.pair)
        has_both = books is not None and books.is_reconciled(now) and instrument is not None and instrument.has_rules
        return has_both or now - self.received_at >= GETS_READY_WITHIN


def handle(signal_id: int) -> None:
    """Handle a waiting signal once; a bot that stays busy leaves it to the next try.

    Signals of one bot are handled in the order in which they came.
    """
    found: Decided = Later.BUSY
    is_priced = False
    with priority.SIGNALS.joined():
        for _ in range(TRIES):
            found = _DECIDED((signal_id, is_priced))
            if not isinstance(found, Later):
                break
            if found is Later.BUSY:
                time.sleep(PAUSE_SECONDS)
            else:
                _refresh_price(signal_id)
                is_priced = True
        # None also when the bot stayed busy, which the tick sees.
        orders = [] if isinstance(found, Later) else found
        placed = [(order, key) for order in orders if (key := send.place_intended(order))]
    for order, key in placed:
        lookup.ask(order, key=key)


def decide(keys: Sequence[Key]) -> dict[Key, Decided]:
    """Decide about signals together; returns the orders to send for each, none for what is no signal any more.

    A key is a signal's number, and whether its price was asked for: then one that is old all the same is decided upon.
    """
    now = timezone.now()
    priced = {signal_id for signal_id, is_priced in keys if is_priced}
    found: dict[int, Decided] = {signal_id: [] for signal_id, _ in keys}
    by_place: dict[Place, list[Waiting]] = defaultdict(list)
    for one in _waiting(found, now):
        by_place[one.exchange, one.venue].append(one)
        if one.signal in found:
            found[one.signal] = Later.BUSY
    for place, waits in by_place.items():
        if crowd_of(*place).is_full(HALF):
            # The tick comes back to what would only wait for the exchange; bots that are to close are not kept waiting.
            closing = {one.bot for one in waits if one.wish == SignalWish.CLOSE}
            found |= {one.signal: [] for one in waits if one.bot not in closing}
            waits = [one for one in waits if one.bot in closing]
        try:
            found |= _decide_at(place, waits, found, priced, now)
        except DatabaseError as error:
            if len(by_place) == 1:
                raise
            # What was written down for other places must be sent all the same; here the tick tries again.
            log.error("place_not_decided", exchange=place[0], kind=type(error).__name__)
    return {key: found[key[0]] for key in keys}


_DECIDED = Together(decide)


def _waiting(asked: Collection[int], now: datetime) -> list[Waiting]:
    """Return these signals, and those of the same bots and pairs that came before, where they may be acted upon.

    Those that never may are answered.
    """
    known = [Waiting(*row) for row in _WAITING.run(ids=asked)]
    pairs = {(one.bot, one.pair) for one in known if one.signal in asked}
    some = [one for one in known if (one.bot, one.pair) in pairs]
    refused = {one.signal: reason for one in some if (reason := one.refusal(now))}
    for one in some:
        if (reason := refused.get(one.signal, "")) and signals.answer(one.signal, reason, now=now):
            journal.write(Bot.objects.get(pk=one.bot), pair=one.pair, action="block", reason=reason, now=now)
    return [one for one in some if one.signal not in refused]


def _decide_at(
    place: Place, waits: Sequence[Waiting], asked: Collection[int], priced: Collection[int], now: datetime
) -> dict[int, Decided]:
    """Step the bots of one place whose turn it is, that have fresh prices and that nobody else has.

    Where a worker asks for a signal that is not its bot's first, the first is decided, and that worker sends its order;
    the tick goes on with the rest.
    """
    exchange, venue = place
    funds = snapshot.funds_of({one.connection for one in waits})
    pairs = {pair for one in waits for pair in (one.pair, *read_stored(one.pairs_json))}
    known = _INSTRUMENTS.run(exchange=exchange, venue=venue, pairs=pairs, bots={one.bot for one in waits})
    instruments = {one.pair: one for one in known}
    decided: dict[int, Decided] = {}
    first, askers = dict[int, Waiting](), dict[int, int]()
    for one in waits:
        if not one.is_ready(funds, instruments, now):
            # The tick comes back to it: no worker stands and waits for books.
            decided[one.signal] = []
        else:
            first.setdefault(one.bot, one)
            if one.signal in asked:
                askers.setdefault(one.bot, one.signal)
    turns = dict[int, int]()
    for bot, asker in askers.items():
        instrument = instruments.get(first[bot].pair)
        is_old = instrument and (instrument.priced_at is None or now - instrument.priced_at > PRICE_FRESH_FOR)
        if is_old and first[bot].signal not in priced:
            decided[asker] = Later.OLD_PRICE
        else:
            turns[bot] = first[bot].signal
    claimed = _claim(turns, now)
    bots = [signal.bot for signal in claimed.values()]
    at = {"exchange": exchange, "venue": venue}
    orders = step.step(bots, instruments, **at, now=now, signals=claimed, funds=funds)
    return decided | {askers[pk]: [order for order in orders if order.bot_id == pk] for pk in claimed}


def _claim(turns: Mapping[int, int], now: datetime) -> dict[int, Signal]:
    """Claim bots and return their signals that still wait, by bot: another worker may have handled one meanwhile."""
    bots = {bot.pk: bot for bot in claims.claim_some(turns, now=now)}
    claimed = {signal.bot_id: signal for signal in _SIGNALS.run(ids=[turns[bot] for bot in bots])}
    for pk, signal in claimed.items():
        signal.bot = bots[pk]
    claims.let_go([bot for pk, bot in bots.items() if pk not in claimed], now=now)
    return claimed


def _waiting_rows() -> QuerySet[Signal, Any]:
    of_bots = Signal.objects.filter(pk__in=numbers("ids")).values("bot")
    rows = Signal.objects.waiting().filter(bot__in=of_bots).order_by("pk")
    of_bot = ("wish", "bot__state", "bot__halted_by", "bot__winding_down_at", "bot__deleted_at", "bot__pairs_json")
    home = ("bot__connection", "bot__connection__exchange", "bot__connection__venue")
    return rows.values_list("pk", "bot", "pair", "received_at", "told_at", *of_bot, *home)


def _instrument_rows() -> QuerySet[Instrument]:
    """Return those of the pairs that the bots trade or still hold."""
    held = Group.objects.open().filter(bot__in=numbers("bots")).values("pair")
    here = Instrument.objects.filter(exchange=text("exchange"), venue=text("venue"))
    return here.filter(Q(pair__in=texts("pairs")) | Q(pair__in=held))


_WAITING, _INSTRUMENTS = PreparedRows(_waiting_rows), PreparedModels(_instrument_rows)
_SIGNALS = PreparedModels(lambda: Signal.objects.waiting().filter(pk__in=numbers("ids")))


def _refresh_price(signal_id: int) -> None:
    """Ask for the price and keep it; without an answer the engine sees that what we have is stale."""
    signal = Signal.objects.select_related("bot__connection").get(pk=signal_id)
    home, pair = signal.bot.connection, signal.pair
    try:
        quotes = desks.ask(home.exchange, home.venue, lambda desk: desk.quotes([pair]), waits_its_turn=True)
    except ExchangeError:
        return
    if quote := quotes.get(pair):
        values = {"price": quote.price, "bid": quote.bid, "ask": quote.ask, "priced_at": quote.at}
        Instrument.objects.filter(exchange=home.exchange, venue=home.venue, pair=pair).update(**values)
