"""Planted keys: rows like all others that nobody works with. Who opens one opens what is nobody's."""

import hashlib
import hmac
import secrets
import uuid

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from connections.choices import MarketKind, Venue
from connections.models import Connection
from connections.secrets.storing import store_secret

HALF = 12


def make_api_key() -> str:
    """Return 24 hex digits as KuCoin gives them: the second half is the first one's digest under our own key."""
    first = secrets.token_hex(HALF // 2)
    return first + _rest(first)


def is_planted(api_key: str) -> bool:
    """Say whether an opened key is one that we planted: nothing that is stored tells it, but for a 1 in 2⁴⁸ chance."""
    first, rest = api_key[:HALF], api_key[HALF:]
    return hmac.compare_digest(rest.encode(), _rest(first).encode())


def plant(*, email: str, name: str) -> Connection:
    """Store a planted key with an account that is switched off, so that no worker ever comes by it.

    Raises IntegrityError where somebody has that address already, VaultError where nothing can be sealed.
    """
    with transaction.atomic():
        owner = User.objects.create_user(email, is_active=False)
        connection = Connection.objects.create(
            owner=owner, exchange="kucoin", venue=Venue.LIVE, market=MarketKind.SPOT, name=name
        )
        credentials = {
            "api_key": make_api_key(),
            "secret": str(uuid.uuid4()),
            "passphrase": secrets.token_urlsafe(HALF),
        }
        store_secret(connection, credentials, revision=connection.revision)
        audit.record("secret.planted", target=connection)
    return connection


def _rest(first: str) -> str:
    digest = hmac.new(settings.FINGERPRINT_KEY.encode(), f"planted:{first}".encode(), hashlib.sha256)
    return digest.hexdigest()[:HALF]
