"""Open a stored key, in a worker, for the length of one call; every opening is in the audit trail."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts import audit
from connections.models import Connection, Secret
from connections.secrets import vault
from database.prepared import PreparedRows, number
from exchanges.values import Credentials


@cache
def opener() -> vault.Opener:
    """Read the private keys once per worker; raises VaultError when there is none."""
    return vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)


def open_key(connection: Connection, revision: int, *, purpose: str) -> Credentials:
    """Return the key in clear; raises VaultError, SealBrokenError when this secret is gone or was tampered with."""
    rows = _SEALED.run(connection=connection.pk, revision=revision)
    if not rows:
        raise vault.SealBrokenError("the secret is gone")
    ((sealed,),) = rows
    opened = opener().open(sealed, connection.seal_context(revision))
    audit.record("secret.opened", target=connection, outcome=purpose)
    return Credentials(api_key=opened["api_key"], secret=opened["secret"], passphrase=opened.get("passphrase", ""))


def _sealed() -> QuerySet[Secret, Any]:
    return Secret.objects.filter(connection=number("connection"), revision=number("revision")).values_list("sealed")


_SEALED = PreparedRows(_sealed)
