"""Handle a signal at once: claim its bot, see that the price is fresh, decide, and send what was decided."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from connections.models import Connection
from exchanges.errors import ExchangeError
from strategies import claims, desks, journal, sending, stepping, wanting
from strategies.choices import SignalState, State
from strategies.funds import Funds
from strategies.instruments import Instrument
from strategies.models import Bot, Signal

# A bot that is just being stepped is free again within milliseconds; then the tick tries again.
TRIES, PAUSE_SECONDS = 25, 0.02
# Until then a signal waits for books and prices that are on their way; later it is told what is missing.
GETS_READY_WITHIN = timedelta(seconds=30)
# An entry stands on a price that is no older.
PRICE_FRESH_FOR = timedelta(seconds=5)


def handle(signal_id: int) -> None:
    """Handle a waiting signal once; a bot that is busy leaves it to the next try."""
    signal = Signal.objects.waiting().select_related("bot").filter(pk=signal_id).first()
    if signal is None:
        return
    now = timezone.now()
    if reason := _refusal(signal, now):
        journal.write(signal.bot, pair=signal.pair, action="block", reason=reason, now=now)
        finish(signal, reason)
    elif not _is_ready(signal, now) and now - signal.received_at < GETS_READY_WITHIN:
        return
    elif bot := _claim(signal.bot_id):
        _step(bot, signal)


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


def _step(bot: Bot, signal: Signal) -> None:
    connection = bot.connection
    instruments = wanting.known(connection.exchange, connection.venue, bot.pairs)
    _refresh_price(connection, instruments, signal.pair)
    orders = stepping.step(
        [bot],
        instruments,
        exchange=connection.exchange,
        venue=connection.venue,
        now=timezone.now(),
        signals={bot.pk: signal},
    )
    finish(signal, stepping_reason(bot, orders))
    for order in orders:
        sending.send(order)


def stepping_reason(bot: Bot, orders: list[int]) -> str:
    """Return what became of it: orders were written down, or the newest reason in the journal says why not."""
    if orders:
        return "order.intended"
    newest = bot.journal.order_by("-pk").values_list("reason", flat=True).first()
    return newest or "entry.no_signal"


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


def finish(signal: Signal, outcome: str) -> None:
    Signal.objects.waiting().filter(pk=signal.pk).update(
        state=SignalState.HANDLED, outcome=outcome, handled_at=timezone.now()
    )
