"""The questions every exchange asks of a signed request; each dialect asks them in its own order."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from practice.http.wire import is_moment
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

if TYPE_CHECKING:
    from practice.http.wire import Call


def known_key(call: "Call", slug: str, api_key: str) -> Key:
    """Return the key, deleted ones excepted."""
    key = call.world.key(slug, api_key)
    if key is None or key.state == "deleted":
        raise RefusedError(Reason.UNKNOWN_KEY)
    return key


def require_ip(call: "Call", key: Key) -> None:
    if not key.allows(call.ip):
        raise RefusedError(Reason.IP, call.ip)


def require_time(call: "Call", sent: str, behind: int, ahead: int) -> None:
    """Refuse a time that is not a number, or lies outside (now - behind, now + ahead)."""
    if not is_moment(sent) or not call.now - behind <= int(sent) <= call.now + ahead:
        raise RefusedError(Reason.STALE_TIME)


def require_equal(sent: str, *expected: str, reason: Reason = Reason.BAD_SIGNATURE) -> None:
    if not any(hmac.compare_digest(_bytes(sent), _bytes(right)) for right in expected):
        raise RefusedError(reason)


def _bytes(text: str) -> bytes:
    """Encode what a caller sent, who may send bytes that are no UTF-8."""
    return text.encode(errors="replace")


def sha256_hex(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), _bytes(text), hashlib.sha256).hexdigest()


def sha256_base64(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), _bytes(text), hashlib.sha256).digest()).decode()
