"""How often something may be tried: leaky buckets in a table that forgets nothing before its time.

A bucket takes `burst` tries at once and leaks `hourly` of them an hour. Within any hour that is less than the sum of
both, whatever the moment: a counter that starts anew on the hour would let twice its figure through around it.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import connection
from django.db.models import F

from accounts.models import Bucket
from database import portions

HOUR = 60 * 60 * 1000
IPV6_PREFIX = 64


@dataclass(frozen=True)
class Limit:
    name: str
    burst: int
    hourly: float

    @property
    def step(self) -> int:
        """Return how many milliseconds one try takes to leak out."""
        return round(HOUR / self.hourly)

    def key(self, of: object) -> str:
        # A digest: what people type for an address, and the ids of sessions, are nothing to keep in clear.
        return f"{self.name}:{hashlib.sha256(str(of).encode()).hexdigest()[:48]}"


# Guesses at a password: at most 10 in any hour reach the hasher for one account, and 20 from one network.
ACCOUNT = Limit("guess.account", burst=6, hourly=5)
NETWORK = Limit("guess.network", burst=12, hourly=9)
# Browsers that the owner signed in with before, and sessions that are open, are counted apart from strangers.
DEVICE = Limit("guess.device", burst=6, hourly=5)
SESSION = Limit("guess.session", burst=6, hourly=5)
# allauth counts three wrong codes in the session, of which those that come at once know nothing.
CODE = Limit("guess.code", burst=10, hourly=10)
FACTOR = Limit("guess.factor", burst=6, hourly=5)
# Nobody guesses a passkey, so wrong answers are not refused: this is how many of them the trail is told.
PASSKEY_TOLD = Limit("told.passkey", burst=3, hourly=3)
# A question that a passkey answered is remembered for longer than its cookie lasts (accounts/person/passkeys.py).
QUESTION = Limit("once.question", burst=1, hourly=6)
# Pages that make rows or mails.
SIGN_UP = Limit("page.sign_up", burst=10, hourly=10)
RESET = Limit("page.reset", burst=10, hourly=10)
EMAIL = Limit("page.email", burst=10, hourly=10)
# Mails to addresses that anybody may name: at most 3 in any hour to one, and to one without an account one a day.
MAIL_TO = Limit("mail.to", burst=3, hourly=1)
MAIL_UNKNOWN = Limit("mail.unknown", burst=1, hourly=1 / 24)
MAIL_NETWORK = Limit("mail.network", burst=10, hourly=10)
MAIL_OWN = Limit("mail.own", burst=5, hourly=5)
# Glimpses back while a bot's settings are typed: each costs a worker some tenths of a second, three at most.
GLIMPSE = Limit("page.glimpse", burst=60, hourly=600)

# One statement: of tries that come at once, each sees what the one before it left.
_TAKE = """
INSERT INTO accounts_bucket (key, empty_at, told_at) VALUES (%(key)s, %(now)s + %(step)s, 0)
ON CONFLICT (key) DO UPDATE
SET empty_at = CASE WHEN accounts_bucket.empty_at < %(now)s THEN %(now)s ELSE accounts_bucket.empty_at END + %(step)s
WHERE accounts_bucket.empty_at <= %(now)s + %(room)s
RETURNING empty_at
"""


def take(limit: Limit, of: object) -> bool:
    """Count one more try of this key; False, and nothing is counted, when it would be one too many."""
    values: dict[str, str | int] = {
        "key": limit.key(of),
        "now": _now(),
        "step": limit.step,
        "room": (limit.burst - 1) * limit.step,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return cursor.fetchone() is not None


def give_back(limit: Limit, of: object) -> None:
    """Take back one try that was counted and was none: the password was right, or nobody looked at it."""
    Bucket.objects.filter(key=limit.key(of)).update(empty_at=F("empty_at") - limit.step)


def is_first_refusal(limit: Limit, of: object) -> bool:
    """Say so once an hour for each key, so that those who try on cannot fill the audit trail."""
    now = _now()
    return Bucket.objects.filter(key=limit.key(of), told_at__lte=now - HOUR).update(told_at=now) == 1


def network_of(address: str) -> str:
    """Return what one customer of a provider has: an IPv4 address, or the /64 of an IPv6 one."""
    if not address:
        return "unknown"  # a unix socket: all that come by it share one bucket
    ip = ip_address(address)
    if not isinstance(ip, IPv6Address):
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, IPV6_PREFIX), strict=False))


def forget_empty(now: datetime) -> None:
    """Delete the buckets that are empty again, and of which the trail has told longer ago than it may tell again."""
    moment = round(now.timestamp() * 1000)
    portions.delete(Bucket.objects.filter(empty_at__lt=moment, told_at__lt=moment - HOUR))


def _now() -> int:
    return round(time.time() * 1000)
