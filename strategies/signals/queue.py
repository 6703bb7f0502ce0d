"""Signals that wait, and what must be known of their bots before these are claimed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from database.prepared import PreparedModels, PreparedRows, numbers, text, texts
from strategies.choices import BotState, HaltedBy, SignalWish
from strategies.models import Bot, Funds, Group, Signal, journal, signals
from strategies.models.market import Instrument
from strategies.models.signals import is_stale
from strategies.pairs import read_stored

# Until then a signal waits for books and prices that are on their way; later it is told what is missing.
GETS_READY_WITHIN = timedelta(seconds=30)
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
    deleted_at: datetime | None
    pairs_json: Any
    connection: int
    exchange: str
    venue: str

    @property
    def place(self) -> Place:
        return self.exchange, self.venue

    @property
    def is_heard(self) -> bool:
        """Say whether its bot runs; one that waits for trouble to end hears what it should close."""
        waits = self.state == BotState.HALTED and self.halted_by == HaltedBy.TROUBLE
        closes = waits and self.wish == SignalWish.CLOSE
        return self.deleted_at is None and (self.state == BotState.ENABLED or closes)

    def gets_ready(self, funds: Mapping[int, Funds], instruments: Mapping[str, Instrument], now: datetime) -> bool:
        """Say whether a bot that was just enabled waits for its books and its pair's rules, and still may."""
        books, instrument = funds.get(self.connection), instruments.get(self.pair)
        is_ready = books is not None and books.is_reconciled(now) and instrument is not None and instrument.has_rules
        return not is_ready and now - self.received_at < GETS_READY_WITHIN


def load(signal_ids: Sequence[int], *, now: datetime) -> list[Waiting]:
    """Return these signals, and those of the same bots and pairs that came before, where they may be acted upon.

    Those that never may are answered.
    """
    known = [Waiting(*row) for row in _WAITING.run(ids=signal_ids)]
    asked = {(one.bot, one.pair) for one in known if one.signal in signal_ids}
    return [one for one in known if (one.bot, one.pair) in asked and not _is_refused(one, now)]


def _waiting_rows() -> QuerySet[Signal, Any]:
    of_bots = Signal.objects.filter(pk__in=numbers("ids")).values("bot")
    rows = Signal.objects.waiting().filter(bot__in=of_bots).order_by("pk")
    of_bot = ("wish", "bot__state", "bot__halted_by", "bot__deleted_at", "bot__pairs_json")
    home = ("bot__connection", "bot__connection__exchange", "bot__connection__venue")
    return rows.values_list("pk", "bot", "pair", "received_at", "told_at", *of_bot, *home)


_WAITING = PreparedRows(_waiting_rows)


def _is_refused(one: Waiting, now: datetime) -> bool:
    """Answer a signal that never may be acted upon."""
    reason = "" if one.is_heard else "bot.not_running"
    if is_stale(received_at=one.received_at, told_at=one.told_at, now=now):
        reason = "signal.stale"
    if reason and signals.answer(one.signal, reason, now=now):
        journal.write(Bot.objects.get(pk=one.bot), pair=one.pair, action="block", reason=reason, now=now)
    return bool(reason)


def instruments_of(place: Place, waiting: Iterable[Waiting]) -> dict[str, Instrument]:
    """Return those of the pairs that the bots trade or still hold."""
    bots = {one.bot for one in waiting}
    pairs = {pair for one in waiting for pair in (one.pair, *read_stored(one.pairs_json))}
    found = _INSTRUMENTS.run(exchange=place[0], venue=place[1], pairs=pairs, bots=bots)
    return {one.pair: one for one in found}


def _instrument_rows() -> QuerySet[Instrument]:
    held = Group.objects.open().filter(bot__in=numbers("bots")).values("pair")
    here = Instrument.objects.filter(exchange=text("exchange"), venue=text("venue"))
    return here.filter(Q(pair__in=texts("pairs")) | Q(pair__in=held))


_INSTRUMENTS = PreparedModels(_instrument_rows)
