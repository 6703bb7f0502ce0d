"""The questions every exchange asks of a signed request; each dialect asks them in its own order."""

import base64
import hashlib
import hmac

from practice.refusals import Reason, RefusedError
from practice.wire import Call
from practice.world import Key


def known_key(call: Call, slug: str, api_key: str) -> Key:
    """Return the key, deleted ones excepted."""
    key = call.world.key(slug, api_key)
    if key is None or key.state == "deleted":
        raise RefusedError(Reason.UNKNOWN_KEY)
    return key


def require_ip(call: Call, key: Key) -> None:
    if not key.allows(call.ip):
        raise RefusedError(Reason.IP, call.ip)


def require_time(call: Call, sent: str, behind: int, ahead: int) -> None:
    """Refuse a time that is not a number, or lies outside (now - behind, now + ahead)."""
    if not sent.isdecimal() or not call.now - behind <= int(sent) <= call.now + ahead:
        raise RefusedError(Reason.STALE_TIME)


def require_equal(sent: str, *expected: str, reason: Reason = Reason.BAD_SIGNATURE) -> None:
    if not any(hmac.compare_digest(sent.encode(), right.encode()) for right in expected):
        raise RefusedError(reason)


def sha256_hex(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sha256_base64(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
