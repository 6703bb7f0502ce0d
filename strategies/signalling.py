"""The address a bot's signals come to, and what becomes of an alert that arrives there."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from strategies import pairs, waking
from strategies.choices import EntrySource, SignalWish
from strategies.models import Bot, Signal
from strategies.signals import SIGNAL_LIFETIME

PER_MINUTE = 60
AHEAD = timedelta(seconds=60)
LONGEST_ID = 64
# Without an id of its own the same body within this time is one alert, sent again.
SAME_WITHIN_SECONDS = 10


class SignalError(Exception):
    """An alert that cannot be used; `status` is HTTP's, the message is for whoever set the alert up."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What an alert says, read and checked. `key` makes it count once."""

    key: str
    pair: str
    wish: str
    price: Decimal | None
    told_at: datetime | None


def make_address(bot: Bot, *, request: HttpRequest | None = None) -> str:
    """Return a new token for the bot's signals, shown this once; the old one ends here."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Bot.objects.filter(pk=bot.pk).update(
            signal_hash=hash_of(token), signal_hint=token[-4:], signal_since=timezone.now()
        )
        audit.record("bot.signal_address", actor=bot.connection.owner, target=bot, request=request)
    return token


def hash_of(token: str) -> str:
    """Return what is stored of a token: it has 256 bits of chance, so that a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def receive(token: str, body: bytes, *, now: datetime) -> Signal | None:
    """Store an alert and wake a worker; None when it came before. Raises SignalError."""
    bot = Bot.objects.filter(signal_hash=hash_of(token), deleted_at=None).select_related("connection__owner").first()
    if bot is None or not bot.connection.owner.is_active:
        raise SignalError(404, "There is no such address.")
    alert = read(body, now=now)
    _check(bot, alert, now)
    try:
        with transaction.atomic():
            signal = Signal.objects.create(bot=bot, received_at=now, **vars(alert))
            waking.after_commit("handle_signal", signal.pk)
    except IntegrityError:
        return None
    return signal


def _check(bot: Bot, alert: Alert, now: datetime) -> None:
    if alert.told_at and now - alert.told_at > SIGNAL_LIFETIME:
        raise SignalError(422, "This alert is older than 300 seconds.")
    if alert.told_at and alert.told_at - now > AHEAD:
        raise SignalError(422, "This alert's time lies in the future.")
    if alert.pair not in bot.pairs:
        raise SignalError(422, "This bot does not trade that pair.")
    if bot.entry_source != EntrySource.WEBHOOK and alert.wish != SignalWish.CLOSE:
        raise SignalError(422, "This bot enters by its own rule; only close is taken from alerts.")
    if Signal.objects.filter(bot=bot).since(now - timedelta(minutes=1)).count() >= PER_MINUTE:
        raise SignalError(429, "Too many alerts in a minute.")


def read(body: bytes, *, now: datetime) -> Alert:
    """Read an alert's JSON; fields that we do not know are ignored. Raises SignalError."""
    fields = _object(body)
    wish = str(fields.get("direction", "")).strip().lower()
    if wish not in SignalWish.values:
        raise SignalError(422, "direction must be long, short or close.")
    return Alert(
        key=_key(fields, body, now),
        pair=_pair(fields.get("pair")),
        wish=wish,
        price=_price(fields.get("price")),
        told_at=_time(fields.get("time")),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise SignalError(400, "The body is no JSON.") from None
    if not isinstance(fields, dict):
        raise SignalError(400, "The body must be a JSON object.")
    return fields


def _key(fields: Mapping[str, Any], body: bytes, now: datetime) -> str:
    told = fields.get("id")
    if told is None or told == "":
        moment = "" if fields.get("time") else str(int(now.timestamp()) // SAME_WITHIN_SECONDS)
        return "body:" + hashlib.sha256(moment.encode() + body).hexdigest()[:40]
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    if not text or len(text) > LONGEST_ID - 3 or not text.isprintable():
        raise SignalError(422, "id must be a text of at most 61 characters.")
    return f"id:{text}"


def _pair(value: object) -> str:
    try:
        (pair,) = pairs.read_pairs(value if isinstance(value, str) else "")
    except (pairs.PairsError, ValueError):
        raise SignalError(422, "pair must be one pair, like BTC/USDT.") from None
    return pair


def _price(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        price = Decimal(str(value)[:40])
    except InvalidOperation:
        raise SignalError(422, "price must be a number.") from None
    if not price.is_finite() or not Decimal("1e-18") <= price <= Decimal("1e18"):
        raise SignalError(422, "price must be a number above 0.")
    return price


def _time(value: object) -> datetime | None:
    """Read TradingView's {{timenow}} (ISO, UTC), or seconds or milliseconds since 1970."""
    if value is None or value == "":
        return None
    text = str(value).strip()[:40]
    try:
        if text.isascii() and text.isdigit():
            seconds = int(text) / (1000 if len(text) > 11 else 1)
            return datetime.fromtimestamp(seconds, tz=UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise SignalError(422, "time must be like 2026-01-31T12:00:00Z, or seconds since 1970.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
