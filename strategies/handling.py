"""Handle a signal at once: claim its bot, see that the price is fresh, decide, and send what was decided."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from connections.models import Connection
from exchanges.errors import ExchangeError
from strategies import claims, desks, journal, noting, sending, stepping, wanting
from strategies.choices import State
from strategies.funds import Funds
from strategies.instruments import Instrument
from strategies.models import Bot, Group, Signal

# A bot that is just being stepped is free again within milliseconds; then the tick tries again.
TRIES, PAUSE_SECONDS = 25, 0.02
# Until then a signal waits for books and prices that are on their way; later it is told what is missing.
GETS_READY_WITHIN = timedelta(seconds=30)
# An entry stands on a price that is no older.
PRICE_FRESH_FOR = timedelta(seconds=5)


def handle(signal_id: int) -> None:
    """Handle a waiting signal once; a bot that is busy leaves it to the next try.

    Signals of one bot and pair are handled in the order in which they came.
    """
    signal, now = _first_before(signal_id), timezone.now()
    if signal is None:
        return
    if reason := _refusal(signal, now):
        if noting.answer(signal, reason, now=now):
            journal.write(signal.bot, pair=signal.pair, action="block", reason=reason, now=now)
        return
    if not _is_ready(signal, now) and now - signal.received_at < GETS_READY_WITHIN:
        return
    instruments = _instruments(signal)
    if bot := _claim(signal.bot_id):
        _step(bot, signal, instruments)


def _first_before(signal_id: int) -> Signal | None:
    """Return the first waiting signal of the same bot and pair; None when this one waits no more."""
    waiting = Signal.objects.waiting()
    asked = waiting.filter(pk=signal_id).first()
    if asked is None:
        return None
    alike = waiting.filter(bot=asked.bot_id, pair=asked.pair)
    return alike.select_related("bot__connection__owner").order_by("pk").first()


def _is_ready(signal: Signal, now: datetime) -> bool:
    """Say whether books were compared and the pair is known: a bot enabled this moment is still being made ready."""
    home = signal.bot.connection
    funds = Funds.objects.filter(connection=home).first()
    one = wanting.known(home.exchange, home.venue, [signal.pair]).get(signal.pair)
    return funds is not None and funds.is_reconciled(now) and one is not None and one.has_rules


def _refusal(signal: Signal, now: datetime) -> str:
    if signal.is_stale(now):
        return "signal.stale"
    if signal.bot.deleted_at or signal.bot.state != State.ENABLED:
        return "bot.not_running"
    return ""


def _claim(bot_id: int) -> Bot | None:
    for _ in range(TRIES):
        if bot := claims.claim_one(bot_id, now=timezone.now()):
            return bot
        time.sleep(PAUSE_SECONDS)
    return None


def _instruments(signal: Signal) -> dict[str, Instrument]:
    """Return what is known of the pairs that the bot trades or still holds, with a fresh price of the signal's own."""
    bot, connection = signal.bot, signal.bot.connection
    held = Group.objects.open().filter(bot=bot).values_list("pair", flat=True)
    instruments = wanting.known(connection.exchange, connection.venue, {*bot.pairs, *held})
    _refresh_price(connection, instruments, signal.pair)
    return instruments


def _step(bot: Bot, signal: Signal, instruments: dict[str, Instrument]) -> None:
    """Step the bot with the signal, unless another worker has handled it while we waited for the bot."""
    now, connection = timezone.now(), bot.connection
    if not Signal.objects.waiting().filter(pk=signal.pk).exists():
        claims.let_go([bot], [], now=now)
        return
    orders = stepping.step(
        [bot],
        instruments,
        exchange=connection.exchange,
        venue=connection.venue,
        now=now,
        signals={bot.pk: signal},
    )
    for order in orders:
        sending.send(order)


def _refresh_price(connection: Connection, instruments: dict[str, Instrument], pair: str) -> None:
    """Ask for the price if the one we have is old; without an answer the engine sees that it is stale."""
    one, now = instruments.get(pair), timezone.now()
    if one is None or (one.priced_at and now - one.priced_at <= PRICE_FRESH_FOR):
        return
    try:
        quotes = desks.ask(desks.desk_at(connection.exchange, connection.venue), lambda desk: desk.quotes([pair]))
    except ExchangeError:
        return
    if quote := quotes.get(pair):
        one.price, one.bid, one.ask, one.priced_at = quote.price, quote.bid, quote.ask, quote.at
