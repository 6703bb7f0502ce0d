"""Seal every stored secret anew with the newest vault key, while everything works: in batches, safe to stop anywhere.

Runs where the private keys are. What the web seals meanwhile is sealed with the key of its public file; a row that it
replaces or deletes between our reading and writing is left to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Substr

from accounts import audit
from connections.models import Secret
from connections.secrets import vault

AT_ONCE = 200


@dataclass(frozen=True)
class Rotated:
    """How far it is: `done` were sealed anew, `broken` do not open and stay as they are."""

    done: int
    broken: int
    left: int


def key_ids() -> dict[str, int]:
    """Return how many secrets each vault key has sealed."""
    # v1.<key id>.…: a constraint of the table keeps this shape.
    sealed = Secret.objects.annotate(key_id=Substr("sealed", 4, 8)).values("key_id")
    return {row["key_id"]: row["count"] for row in sealed.annotate(count=Count("pk")).order_by("key_id")}


def rotate(opener: vault.Opener, sealer: vault.Sealer) -> Iterator[Rotated]:
    """Seal what other keys have sealed anew; yield after each batch, which is one transaction.

    Started again after a crash it goes on with what is left: which key sealed a secret stands in the secret.
    """
    done, broken, last = 0, 0, 0
    others = Secret.objects.exclude(sealed__startswith=f"v1.{sealer.key_id}.").select_related("connection__owner")
    while rows := list(others.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        with transaction.atomic():
            for row in rows:
                context = row.connection.seal_context(row.revision)
                try:
                    anew = opener.wrap_anew(row.sealed, context, sealer)
                except vault.SealBrokenError:
                    audit.record("secret.tampered", target=row.connection, outcome="refused")
                    broken += 1
                    continue
                # Only what was read: the row may have been destroyed meanwhile.
                done += Secret.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=anew)
        last = rows[-1].pk
        yield Rotated(done, broken, others.filter(pk__gt=last).count())
    audit.record("vault.rotated", target=sealer.key_id, outcome=f"{done} sealed, {broken} broken")
    yield Rotated(done, broken, others.count() - broken)


def ring() -> tuple[vault.Opener, vault.Sealer]:
    """Read both halves; raises VaultError where this process has none, or not the key that seals now."""
    opener = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)
    sealer = vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE)
    if missing := ({sealer.key_id} | key_ids().keys()) - opener.ring.keys():
        raise vault.VaultKeyMissingError(f"vault key {', '.join(sorted(missing))} is missing")
    return opener, sealer
