"""What a worker needs before its first task: the vault's private keys, a lasting database, ccxt already imported."""

import os
import sys

from django.conf import settings
from django.db.models.functions import Substr

from backfuture import checks, durability
from backfuture.messages import KEYLESS
from connections.models import Secret, VaultKey
from connections.secrets import vault
from exchanges.wire import ccxt_object, pace


def prepare() -> None:
    """Open the vault and load ccxt; raises SystemExit when settings, keys or the database are not fit for it."""
    checks.refuse_unsafe()
    try:
        if os.environ.get("WORKER_KIND") not in KEYLESS:
            check_ring()
    except vault.VaultError as error:
        sys.exit(f"This worker cannot open stored keys and does not start: {error}.")
    if found := durability.forgetful_setting():
        sys.exit(
            f"The database is set to {found}: in a crash it may forget what it has committed, and an order whose intent"
            " is forgotten would be sent again. This worker does not start until that is set back."
        )
    if not settings.EMBEDDED and (powers := durability.powers_of_role()):
        sys.exit(
            f"The database's role may too much ({', '.join(powers)}), and this worker does not start with it:"
            " give it the application's role (./run grant_app_role, docs/deployment.md)."
        )
    ccxt_object.preload()
    pace.keep_by(settings.REDIS_URL)


def check_ring() -> None:
    """Raise VaultError unless the ring opens what is sealed now and everything that was sealed before."""
    opener = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)
    sealer = vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE)
    # The database is asked only when the files fit each other.
    missing = {sealer.key_id} - opener.ring.keys()
    if not missing:
        # v1.<key id>.…: a constraint of the table keeps this shape.
        sealed = Secret.objects.annotate(key_id=Substr("sealed", 4, 8))
        missing = set(sealed.values_list("key_id", flat=True).distinct()) - opener.ring.keys()
        VaultKey.objects.note("held_at", opener.ring)
        VaultKey.objects.note("missed_at", missing)
    if missing:
        raise vault.VaultKeyMissingError(f"vault key {', '.join(sorted(missing))} is missing")
