"""Keys on their way in: sealed to the public key, and never twice."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext

from accounts.models import User
from connections.errors import DuplicateKeyError
from connections.models import Connection, Secret
from connections.secrets import vault


def store_secret(connection: Connection, credentials: Mapping[str, str], *, revision: int) -> None:
    sealer = vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE)
    Secret.objects.create(
        connection=connection,
        revision=revision,
        sealed=sealer.seal(credentials, connection.seal_context(revision)),
        key_hint=credentials["api_key"][-4:],
        key_fingerprint=fingerprint_of(connection, credentials),
    )


def fingerprint_of(connection: Connection, credentials: Mapping[str, str]) -> str:
    owner = str(connection.owner.public_id)
    return vault.fingerprint(credentials["api_key"], owner=owner, key=settings.FINGERPRINT_KEY)


def refuse_duplicate_key(connection: Connection, credentials: Mapping[str, str]) -> None:
    """One key serves one connection per market; re-entering a connection's own key (a corrected secret) is fine.

    Holds the owner until the transaction ends: of two that come at once, the second sees the first.
    """
    User.objects.select_for_update(no_key=True).get(pk=connection.owner_id)
    same = Secret.objects.filter(
        key_fingerprint=fingerprint_of(connection, credentials),
        connection__owner=connection.owner,
        connection__exchange=connection.exchange,
        connection__venue=connection.venue,
        connection__market=connection.market,
        connection__deleted_at=None,
    ).exclude(connection__pk=connection.pk)
    if other := same.select_related("connection").first():
        text = gettext("Your connection “%(name)s” already uses this key.")
        raise DuplicateKeyError(text % {"name": other.connection.name})
