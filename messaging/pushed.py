"""The way out to browsers, by the push services of their makers (RFC 8030, 8291, 8292); only a worker imports it.

What a browser gets is encrypted for it, so that its push service carries what it cannot read. The service learns who
sends by a token that is signed with our push key.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import requests
import structlog
from apprise.utils.pem import ApprisePEMController
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

from messaging.apprised import CONNECT_SECONDS, READ_SECONDS
from messaging.services import BROWSER, browser_key, decoded, encoded

log = structlog.get_logger(__name__)
# Services take 4,096 bytes with all that encryption adds.
MOST_BYTES = 3000
# A token may be valid for a day.
TOKEN_SECONDS = 12 * 60 * 60
# Whatever a service asks for: after a day a message is no news any more.
LONGEST_REST = timedelta(hours=6)
# It encrypts with what the browser told, and is given no key of ours.
_ENCRYPTION = ApprisePEMController(path="")
TAKEN, GONE, LATER = {200, 201, 202, 204}, {404, 410}, {429, 500, 502, 503, 504}


@dataclass(frozen=True, kw_only=True)
class Push:
    """What is shown, and for how long and how urgently the service tries.

    Of those with one `topic` a browser shows the newest alone, also where it was away when the others came.
    """

    title: str
    text: str
    page: str
    topic: str
    lasts: timedelta
    urgency: str

    @property
    def payload(self) -> bytes:
        """Return it as the browser's worker reads it, its text shortened until it fits."""
        told = {"title": self.title, "body": self.text, "url": self.page, "tag": self.topic}
        while len(raw := json.dumps(told, ensure_ascii=False).encode()) > MOST_BYTES and told["body"]:
            told["body"] = told["body"][: len(told["body"]) * 9 // 10].rstrip("…") + "…" * (len(told["body"]) > 10)
        return raw


@dataclass(frozen=True, kw_only=True)
class PushAnswer:
    """`trouble` is why it did not arrive, or ""; `rest` how long the service wants to be left alone."""

    trouble: str = ""
    rest: timedelta = timedelta(0)


class _Signed(requests.auth.AuthBase):
    """Says by a token who sends. As an object of its own, so that no password file of the machine replaces it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        point = _key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        request.headers["Authorization"] = f"vapid t={_token(self.origin)},k={encoded(point)}"
        return request


def send(told: Mapping[str, str], push: Push) -> PushAnswer:
    """Send it to the browser that told this of itself."""
    endpoint = told.get("endpoint", "")
    # It was looked at when it was kept, too: what is kept may come from a database that somebody else wrote.
    if not re.fullmatch(BROWSER.parts[0].pattern, endpoint):
        return PushAnswer(trouble="not_taken")
    parts = urlsplit(endpoint)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(max(0, int(push.lasts.total_seconds()))),
        "Urgency": push.urgency,
        "Topic": push.topic,
    }
    try:
        body = _ENCRYPTION.encrypt_webpush(push.payload, browser_key(told["p256dh"]), decoded(told["auth"]))
        with requests.post(
            endpoint,
            data=body,
            headers=headers,
            auth=_Signed(f"{parts.scheme}://{parts.netloc}"),
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,  # what it says beside its status is not read
        ) as answer:
            return _judged(answer)
    except requests.RequestException:
        return PushAnswer(trouble="busy")
    except (OSError, ValueError, KeyError) as error:  # no push key here, or what is kept is no browser's
        log.error("push_not_made", kind=type(error).__name__)
        return PushAnswer(trouble="not_taken")


def _judged(answer: requests.Response) -> PushAnswer:
    if answer.status_code in TAKEN:
        return PushAnswer()
    if answer.status_code in GONE:
        return PushAnswer(trouble="gone")
    log.warning("push_not_taken", host=urlsplit(answer.url).hostname, status=answer.status_code)
    if answer.status_code not in LATER:
        return PushAnswer(trouble="not_taken")
    return PushAnswer(trouble="busy", rest=_rest(answer.headers.get("Retry-After", "")))


def _rest(text: str) -> timedelta:
    """Return what Retry-After asks for, in seconds or as a moment; what cannot be read asks for nothing."""
    if text.isdecimal() and len(text) < 10:
        return min(timedelta(seconds=int(text)), LONGEST_REST)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    return min(until - datetime.now(UTC), LONGEST_REST) if until.tzinfo else timedelta(0)


def _token(origin: str) -> str:
    """Return what says to a push service who sends, how long that holds, and where to complain (RFC 8292)."""
    is_public = settings.PUBLIC_URL.startswith("https://")
    contact = settings.PUBLIC_URL if is_public else f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    claims = {"aud": origin, "exp": int(time.time()) + TOKEN_SECONDS, "sub": contact}
    told = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    numbers = decode_dss_signature(_key().sign(told.encode(), ec.ECDSA(SHA256())))
    return f"{told}.{encoded(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(Path(settings.PUSH_PRIVATE_KEY_FILE).read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the push key is of another kind")
    return key
