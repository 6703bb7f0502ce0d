"""What an alert says: its JSON read and checked field by field, without looking at anything else."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from exchanges.proven import printable
from strategies import pairs
from strategies.choices import SignalWish

LONGEST_ID = 61
LONGEST_NUMBER = 40
# Of what was sent and of what would have been right, as much as helps.
LONGEST_PAIR, MOST_SHOWN = 32, 5
# Without id and time the same body within this time is one alert, sent again.
SAME_WITHIN_SECONDS = 10
SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")
MILLISECONDS = re.compile(r"[0-9]{12,15}")


class SignalError(Exception):
    """An alert that cannot be used; `status` is HTTP's, the message is for the person that set the alert up."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What an alert says, read and checked. `key` makes it count once; `key_before` would have a moment earlier."""

    key: str
    key_before: str
    pair: str
    wish: str
    price: Decimal | None
    told_at: datetime | None


def read(body: bytes, *, now: datetime, among: Sequence[str]) -> Alert:
    """Read an alert's JSON for a bot that trades `among`; unknown fields are ignored. Raises SignalError."""
    try:
        fields = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        raise SignalError(400, "The body is no JSON.") from None
    if not isinstance(fields, dict):
        raise SignalError(400, "The body must be a JSON object.")
    wish = str(fields.get("direction", "")).strip().lower()
    if wish not in SignalWish.values:
        raise SignalError(422, "direction must be long, short or close.")
    key, key_before = _keys(fields, body, now)
    return Alert(
        key=key,
        key_before=key_before,
        pair=_pair(fields.get("pair"), among),
        wish=wish,
        price=_price(fields.get("price")),
        told_at=_time(fields.get("time")),
    )


def _keys(fields: Mapping[str, Any], body: bytes, now: datetime) -> tuple[str, str]:
    told = fields.get("id")
    if not _is_empty(told):
        return f"id:{_id(told)}", ""
    if not _is_empty(fields.get("time")):
        return _key_of(body), ""
    slot = int(now.timestamp()) // SAME_WITHIN_SECONDS
    return _key_of(b"%d " % slot + body), _key_of(b"%d " % (slot - 1) + body)


def _key_of(text: bytes) -> str:
    return "body:" + hashlib.sha256(text).hexdigest()[:40]


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _id(told: object) -> str:
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    if not text or len(text) > LONGEST_ID or not text.isprintable():
        raise SignalError(422, f"id must be a text of at most {LONGEST_ID} characters.")
    return text


def _pair(value: object, among: Sequence[str]) -> str:
    pair = pairs.named(value, among) if isinstance(value, str) else None
    if pair is None:
        what = "pair must be a text."
        if isinstance(value, str) and value:
            what = f"This bot does not trade “{printable(value, most=LONGEST_PAIR)}”."
            what = what if value.isprintable() else "There is an invisible character in pair."
        shown = ", ".join(among[:MOST_SHOWN]) + (" …" if len(among) > MOST_SHOWN else "")
        raise SignalError(422, f"{what} It trades {shown}." if among else what)
    return pair


def _number(value: object, what: str) -> str:
    """Return a number as text, whether it was sent as one or as text; a bool is none."""
    text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not text or len(text) > LONGEST_NUMBER:
        raise SignalError(422, what)
    return text


def _price(value: object) -> Decimal | None:
    if _is_empty(value):
        return None
    what = "price must be a number above 0."
    try:
        price = Decimal(_number(value, what))
    except InvalidOperation:
        raise SignalError(422, what) from None
    if not price.is_finite() or not Decimal("1e-18") <= price <= Decimal("1e18"):
        raise SignalError(422, what)
    return price


def _time(value: object) -> datetime | None:
    """Read TradingView's {{timenow}} (ISO, UTC), or seconds or milliseconds since 1970."""
    if _is_empty(value):
        return None
    what = "time must be like 2026-01-31T12:00:00Z, or seconds since 1970."
    text = _number(value, what)
    try:
        if MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
        if SECONDS.fullmatch(text):
            return datetime.fromtimestamp(float(text), tz=UTC)
        moment = datetime.fromisoformat(text)
        # Compared and stored in UTC, where the first and the last day of the calendar may not exist.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise SignalError(422, what) from None
