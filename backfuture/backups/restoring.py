"""Bring a backup back into an empty database: whole, verified and up to date, or not at all."""

import gzip
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from accounts.models import AuditLink
from accounts.trail import sealing
from accounts.trail.verify import verify
from backfuture.backups import making
from backfuture.backups import manifest as manifests
from backfuture.backups.manifest import Manifest
from backfuture.backups.sealed import BackupError, FileKey, SealedReader
from backfuture.local import places
from connections.models import Connection, Secret
from connections.secrets import vault

Ring = FileKey | Mapping[str, X25519PrivateKey]
AT_ONCE = 2000


@dataclass(frozen=True)
class Unpacked:
    """`gone` API keys are not among the keys: they were deleted since, and nobody opens them any more. `opened` is None
    where the vault's private keys are not here to try it."""

    rows: int
    events: int
    gone: int
    opened: int | None


def check_files(directory: Path, keys: Path) -> Manifest:
    """Return the manifest of a backup whose parts are whole; raises BackupError. Older keys than its own are refused.

    Newer ones are not only as good: what was deleted since is not among them.
    """
    manifest = manifests.read(directory)
    manifests.check_part(directory, manifests.DATABASE, manifest)
    of_keys = manifests.read(keys)
    manifests.check_part(keys, manifests.KEYS, of_keys)
    if of_keys.made_at < manifest.made_at:
        raise BackupError("these keys are older than the backup: some of its API keys would be missing")
    return manifest


def newest_keys(backup: Path) -> Path:
    """Return the newest backup beside it that has keys: in those, what was deleted since is missing."""
    beside = sorted(backup.resolve().parent.glob(f"{making.PREFIX}*/{manifests.KEYS}"))
    return beside[-1].parent if beside else backup


def refuse_running() -> None:
    """Raise BackupError while `./run up` runs in this directory."""
    if settings.EMBEDDED and settings.VAR_DIR.exists() and places.take_lock(settings.VAR_DIR / "up.lock") is None:
        raise BackupError("it is running here: stop ./run up first")


def refuse_full() -> None:
    """Raise BackupError unless the database is empty: nothing is ever restored over what is there."""
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise BackupError("the database is not empty: restore into a new one, nothing is ever overwritten")


def refuse_other_keys(manifest: Manifest) -> None:
    """Raise BackupError unless the vault's keys are here that the backup's API keys were sealed with."""
    try:
        held = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR).ring.keys()
    except vault.VaultError as error:
        raise BackupError(f"{error}: put the installation's keys here first") from None
    if missing := sorted(set(manifest.vault_keys) - held):
        raise BackupError(f"vault key {', '.join(missing)} is missing: without it no stored API key opens again")


def unpack(directory: Path, keys: Path, ring: Ring, *, manifest: Manifest) -> Unpacked:
    """Fill the empty database in use, bring it up to date, and compare it with what the backup says of itself."""
    if manifest.vendor != connection.vendor:
        raise BackupError(f"it is of {manifest.vendor}, and the database here is {connection.vendor}")
    with _opened(directory / manifests.DATABASE, ring) as source:
        _or_spoiled(lambda: making.backend().load(source, manifest))
        if source.read(1):
            raise BackupError("the database goes on behind its end")
    if (found := making.counts()) != dict(manifest.counts):
        other = sorted(name for name in manifest.counts if found.get(name) != manifest.counts[name])
        raise BackupError(f"the rows of {', '.join(other) or 'a table'} are not as many as were backed up")
    with _opened(keys / manifests.KEYS, ring) as source:
        wrapped = dict(line.decode().split() for line in source)
    gone = _join(wrapped)
    making.backend().count_on()
    call_command("migrate", verbosity=0)
    events = _check_trail(manifest)
    return Unpacked(rows=sum(found.values()), events=events, gone=gone, opened=_open_all())


@contextmanager
def _opened(path: Path, ring: Ring) -> Iterator[gzip.GzipFile]:
    about = {"backup": path.parent.name, "part": path.name.removesuffix(".sealed")}
    with path.open("rb") as file:
        source = cast(IO[bytes], SealedReader(file, ring, about=about))
        with gzip.GzipFile(fileobj=source, mode="rb") as unpacked:
            yield unpacked


def _or_spoiled(act: Callable[[], None]) -> None:
    try:
        act()
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise BackupError(f"the database cannot be unpacked ({type(error).__name__})") from None


def _join(wrapped: Mapping[str, str]) -> int:
    """Give each API key back what opens it; take away those that are not to be opened again, and count them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, sealed FROM connections_secret")
        rows = cursor.fetchall()
        known = [(pk, text, wrapped.get(vault.token_of(text))) for pk, text in rows]
        cursor.executemany(
            "UPDATE connections_secret SET sealed = %s WHERE id = %s",
            [(vault.put_together(text, key), pk) for pk, text, key in known if key],
        )
        gone = [(pk,) for pk, _, key in known if not key]
        cursor.executemany("DELETE FROM connections_secret WHERE id = %s", gone)
    return len(gone)


def _check_trail(manifest: Manifest) -> int:
    """Return how many events the trail has; raises BackupError where it is not what was written."""
    position, digest = manifest.head
    if position and not AuditLink.objects.filter(position=position, digest=digest).exists():
        raise BackupError("the audit trail does not end where it ended when it was backed up")
    path = Path(settings.AUDIT_ANCHOR_FILE) if settings.AUDIT_ANCHOR_FILE else None
    lines = path.read_text().splitlines() if path and path.exists() else []
    # What was anchored after the backup is lost with it.
    report = verify(one for one in sealing.in_force(lines) if one.position <= position)
    if report.broken:
        raise BackupError(f"the audit trail is broken at position {report.broken.position}: {report.broken.why}")
    return report.events


def _open_all() -> int | None:
    """Open every API key of the database once, and forget it at once; raises BackupError when one does not open."""
    try:
        opener = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)
    except vault.VaultError:
        return None
    opened = 0
    for row in Secret.objects.select_related("connection__owner").order_by("pk").iterator(AT_ONCE):
        try:
            opener.open(row.sealed, Connection.seal_context(row.connection, row.revision))
        except vault.VaultKeyMissingError as error:
            raise BackupError(f"{error}") from None
        except vault.SealBrokenError:
            # Broken before it was backed up, too: it is left as it is, and the worker rings its alarm.
            continue
        opened += 1
    return opened


def try_out(place: Path, key: FileKey) -> Unpacked | None:
    """Restore a backup that was just made into a place of its own; None where no database may be made for that."""
    manifest = check_files(place, place)
    scratch = tempfile.TemporaryDirectory(prefix=".trying-", dir=place.parent)
    with scratch, making.backend().room(Path(scratch.name)) as is_there:
        return unpack(place, place, key, manifest=manifest) if is_there else None
