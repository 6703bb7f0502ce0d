"""The address a bot's signals come to, and what becomes of an alert that arrives there."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit, sudo
from accounts.by import By
from accounts.models import User
from connections import proof
from database.prepared import PreparedInsert, PreparedRows, moment, text
from exchanges.proven import printable
from strategies.choices import Direction, EntrySource, SignalWish
from strategies.errors import BotGoneError, RefusedError
from strategies.models import Bot, RefusedAlert, Signal
from strategies.models.signals import REFUSED_KEPT, REFUSED_LENGTH, SIGNAL_LIFETIME
from strategies.pairs import read_stored
from strategies.signals.alert import Alert, SignalError, read
from workers import wake

PER_MINUTE = 60
AHEAD = timedelta(seconds=60)


def make_address(bot: Bot, *, by: By) -> str:
    """Return a new token for the bot's signals, shown this once; the old one ends here.

    Raises GoneError, RefusedError, or for a live bot what sudo.allow raises.
    """
    token = secrets.token_urlsafe(32)
    address = {"signal_hash": hash_of(token), "signal_hint": token[-4:], "signal_since": timezone.now()}
    with transaction.atomic():
        # As it is now: only a holder of the owner's row moves a bot to another connection.
        owner = User.objects.hold(bot.connection.owner)
        if not owner.is_proven:
            raise RefusedError(proof.OWNER_NOT_PROVEN)
        fresh = Bot.objects.filter(pk=bot.pk, deleted_at=None).select_related("connection").first()
        if fresh is None:
            raise BotGoneError(gettext("This bot was deleted."))
        if not fresh.connection.is_practice:
            sudo.allow(sudo.SIGNAL_ADDRESS, owner, by=by)
        Bot.objects.filter(pk=bot.pk).update(**address)
        audit.record("bot.signal_address", target=bot, by=by)
    return token


def end_addresses(owner: User, *, by: By) -> None:
    """End the address of each of the owner's bots: alerts that still come there find nobody."""
    for bot in Bot.objects.owned_by(owner).exclude(signal_hash=None).order_by("pk"):
        end_address(bot, by=by)


def end_address(bot: Bot, *, by: By) -> None:
    """End the address of a bot's signals; twice is once."""
    with transaction.atomic():
        if Bot.objects.filter(pk=bot.pk).exclude(signal_hash=None).update(**Bot.NO_ADDRESS):
            audit.record("bot.signal_address_ended", target=bot, by=by)


def address_of(token: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('signal', args=[token])}"


def hash_of(token: str) -> str:
    """Return what is stored of a token: it has 256 bits of chance, so that a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


@dataclass(frozen=True)
class Addressee:
    """The bot that an address belongs to, as far as an alert's answer depends on it.

    `lately` and `of_owner` are the alerts of the last minute that were taken, of the bot and of all its owner's.
    """

    bot: int
    pairs: Sequence[str]
    entry_source: str
    lately: int
    of_owner: int


def find_bot(token: str, *, now: datetime) -> Addressee:
    """Return whose address this is, in one statement; raises SignalError.

    Which of the reasons for 404 it was is nobody's business, and a token is looked up by its hash: how long that takes
    says nothing about it.
    """
    rows = _REACHED.run(hash=hash_of(token), since=now - timedelta(minutes=1))
    if not rows:
        raise SignalError(404, "There is no such address.")
    ((bot, pairs, entry_source, lately, of_owner),) = rows
    return Addressee(bot, read_stored(pairs), entry_source, lately or 0, of_owner or 0)


def _reaching() -> QuerySet[Bot, Any]:
    lately = Signal.objects.filter(bot=OuterRef("pk")).since(moment("since")).order_by()
    counted = lately.values("bot").annotate(count=Count("pk")).values("count")
    reachable = Bot.objects.filter(signal_hash=text("hash"), deleted_at=None, connection__owner__is_active=True)
    # By the bots, whose index leads to each one's latest.
    siblings = Bot.objects.filter(connection__owner=OuterRef(OuterRef("connection__owner"))).values("pk")
    of_owner = Signal.objects.filter(bot__in=siblings).since(moment("since")).order_by()
    all_counted = of_owner.annotate(all=Value(1)).values("all").annotate(count=Count("pk")).values("count")
    return reachable.values_list("pk", "pairs_json", "entry_source", Subquery(counted), Subquery(all_counted))


_REACHED = PreparedRows(_reaching)


def receive(token: str, body: bytes, *, now: datetime) -> Signal | None:
    """Store an alert and wake a worker; None when it came before. Raises SignalError."""
    bot = find_bot(token, now=now)
    try:
        return _take_in(bot, body, now)
    except SignalError as error:
        _keep_refused(bot.bot, error, body.decode(errors="replace").replace(token, "…"), now)
        raise


def send_test(bot: Bot, *, pair: str, by: By) -> None:
    """Let a practice bot receive an alert that nobody had to set up; from here on it goes every alert's way.

    It needs no fresh sign-in: with invented money it widens nothing. A live bot takes none, for what it would buy is
    real: there the first alert is the test. Raises SignalError.
    """
    now = timezone.now()
    if not bot.connection.is_practice:
        raise SignalError(403, gettext("A test signal would buy with real money here. Send an alert that you mean."))
    if not bot.opens_groups:
        raise SignalError(409, gettext("The bot is not enabled, so that nothing would happen. Enable it first."))
    lately = Signal.objects.since(now - timedelta(minutes=1))
    reached = Addressee(
        bot.pk,
        bot.pairs,
        bot.entry_source,
        lately=lately.filter(bot=bot).count(),
        of_owner=lately.filter(bot__connection__owner=bot.connection.owner_id).count(),
    )
    wish = SignalWish.SHORT if bot.direction == Direction.SHORT else SignalWish.LONG
    alert = {"pair": pair, "direction": wish.value, "id": f"test {secrets.token_hex(8)}"}
    with transaction.atomic():
        audit.record("bot.test_signal", target=bot, by=by)
        _take_in(reached, json.dumps(alert).encode(), now)


def _take_in(bot: Addressee, body: bytes, now: datetime) -> Signal | None:
    alert = _read(bot, body, now)
    columns = {name: value for name, value in vars(alert).items() if name != "key_before"}
    if alert.key_before and Signal.objects.filter(bot=bot.bot, key=alert.key_before).exists():
        return None
    signal = Signal(bot_id=bot.bot, received_at=now, **columns)
    try:
        # One statement, and a transaction of its own where it stands in no other.
        _KEPT.run([signal])
    except IntegrityError:
        return None
    wake.after_commit("strategies.handle_signal", signal.pk)
    return signal


_KEPT = PreparedInsert(Signal)


def _read(bot: Addressee, body: bytes, now: datetime) -> Alert:
    """Return what an alert asks of a bot; raises SignalError, also when too many alerts came."""
    if bot.lately >= PER_MINUTE:
        raise SignalError(429, f"More than {PER_MINUTE} alerts in a minute: wait a minute.")
    if bot.of_owner >= settings.SIGNALS_PER_USER:
        raise SignalError(429, f"More than {settings.SIGNALS_PER_USER} alerts in a minute for all bots: wait a minute.")
    alert = read(body, now=now, among=bot.pairs)
    if alert.told_at and now - alert.told_at > SIGNAL_LIFETIME:
        raise SignalError(422, f"This alert is older than {SIGNAL_LIFETIME.seconds} seconds.")
    if alert.told_at and alert.told_at - now > AHEAD:
        raise SignalError(422, "This alert's time lies in the future.")
    if bot.entry_source != EntrySource.WEBHOOK and alert.wish != SignalWish.CLOSE:
        raise SignalError(422, "This bot enters by its own rule; only close is taken from alerts.")
    return alert


def _keep_refused(bot: int, error: SignalError, told: str, now: datetime) -> None:
    """Let the owner read what came and what was answered; a flood of them, and a fault of ours, keep nothing."""
    mine = RefusedAlert.objects.filter(bot=bot)
    with suppress(DatabaseError):
        if mine.filter(received_at__gt=now - timedelta(minutes=1)).count() >= REFUSED_KEPT:
            return
        shown = printable(told, most=REFUSED_LENGTH)
        RefusedAlert.objects.create(bot_id=bot, received_at=now, status=error.status, answer=str(error), body=shown)
        newest = mine.order_by("-pk").values_list("pk", flat=True)[:REFUSED_KEPT]
        mine.exclude(pk__in=list(newest)).delete()
