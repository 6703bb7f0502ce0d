"""Sessions: what the database keeps of them signs nobody in and tells nothing.

A row is found by the hash of the cookie's value, and what it holds (a code that waits, a link's token) is sealed by a
key that is made from the same value. The value has 165 bits of chance, so that a plain hash is enough.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from re import compile as pattern
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import Fernet, InvalidToken
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User, WebSession
from database import portions
from web.middleware import client_address

KEY = pattern(r"[a-z0-9]{32}")
SIGN_IN = "sign_in"
# From the sign-in, however busy; an operator's also when nothing is asked for so long; somebody's who is signing in.
LASTS, STAFF_IDLE, ANONYMOUS = timedelta(hours=12), timedelta(minutes=30), timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def device_of(agent: str) -> str:
    """Shorten what a browser says of itself: "Firefox on Linux"; it may say anything, so this is no proof."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


def end_of(signed_in_at: datetime | None, *, is_staff: bool, now: datetime) -> datetime:
    """Return when a session ends that is used now and not again."""
    if signed_in_at is None:
        return now + ANONYMOUS
    return min(signed_in_at + LASTS, now + STAFF_IDLE) if is_staff else signed_in_at + LASTS


class SessionStore(db.SessionStore):
    row: WebSession | None = None
    # The stubs leave it out.
    _get_or_create_session_key: Callable[[], str]

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        return WebSession

    @classmethod
    def clear_expired(cls) -> None:
        portions.delete(WebSession.objects.filter(expire_date__lt=timezone.now()))

    def _validate_session_key(self, key: str | None) -> bool:
        # Django asks the database for any eight characters; PostgreSQL fails on a NUL among them.
        return bool(key and KEY.fullmatch(key))

    def _get_session_from_db(self) -> WebSession | None:
        known = WebSession.objects.filter(session_key=hash_of(str(self.session_key)))
        self.row = known.filter(expire_date__gt=timezone.now()).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return WebSession.objects.filter(session_key=hash_of(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            WebSession.objects.filter(session_key=hash_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> WebSession:
        key, now, told = self._get_or_create_session_key(), timezone.now(), data.get(SIGN_IN, {})
        at = datetime.fromisoformat(told["at"]) if told else None
        return WebSession(
            session_key=hash_of(key),
            session_data=self.encode(data),
            expire_date=end_of(at, is_staff=told.get("is_staff", False), now=now),
            public_id=UUID(told["id"]) if told else uuid4(),
            user_id=int(data[SESSION_KEY]) if SESSION_KEY in data else None,
            signed_in_at=at,
            last_seen_at=now,
            address=told.get("address") or None,
            device=told.get("device", ""),
        )

    def encode(self, session_dict: dict[str, Any]) -> str:
        return self._box().encrypt(json.dumps(session_dict).encode()).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            contents: dict[str, Any] = json.loads(self._box().decrypt(session_data))
        except (InvalidToken, ValueError):
            return {}
        return contents

    def _box(self) -> Fernet:
        seed = f"what a session holds {self._get_or_create_session_key()}"
        return Fernet(urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()))


def begin(request: HttpRequest, user: User) -> None:
    """Keep with a session that has just been signed in where and when that was, and as what."""
    request.session[SIGN_IN] = {
        "id": str(uuid4()),
        "at": timezone.now().isoformat(),
        "address": client_address(request),
        "device": device_of(request.headers.get("User-Agent", "")),
        "is_staff": user.is_staff,
    }


def end_others(user: User, *, but: str | None) -> int:
    """End all of somebody's sessions except the one with this cookie."""
    others = WebSession.objects.filter(user=user)
    if but:
        others = others.exclude(session_key=hash_of(but))
    return others.delete()[0]


class SeenMiddleware:
    """Write down that a session is used, at most once a minute; a page that asks by itself is nobody's doing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now, asks_itself = timezone.now(), request.method == "GET" and request.headers.get("HX-Request") == "true"
        # The row is there once somebody has asked who this is.
        if not asks_itself and request.user.is_authenticated:
            row = getattr(request.session, "row", None)
            if row and now - row.last_seen_at > SEEN_EVERY:
                ends = end_of(row.signed_in_at, is_staff=request.user.is_staff, now=now)
                WebSession.objects.filter(pk=row.pk).update(last_seen_at=now, expire_date=ends)
        return self.get_response(request)
