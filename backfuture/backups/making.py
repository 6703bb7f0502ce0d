"""Make a backup while everything runs, try it, and keep no more than is wanted.

Two parts: the database, in which every API key lacks what opens it, and the keys that do. The second is kept for days
only: an API key that was deleted is gone from every backup when the last of those is.
"""

import gzip
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.models import AuditLink, OutgoingMail, WebSession
from backfuture.backups import manifest as manifests
from backfuture.backups import postgres, sealed, sqlite
from backfuture.backups.manifest import Manifest
from backfuture.backups.sealed import BackupError
from connections.models import Secret
from connections.secrets import vault

# Sessions end with the machine, mails were sent by the other one; and what only speeds things up is made anew.
LEFT_OUT = {WebSession._meta.db_table, OutgoingMail._meta.db_table, settings.CACHES["default"]["LOCATION"]}
# The schema's own history is made by the migrations.
NOT_ROWS = LEFT_OUT | {"django_migrations"}
PREFIX, STAMP = "backfuture-", "%Y%m%dT%H%M%SZ"
# However old, the newest ones stay.
NEWEST_KEPT = 2


def backend() -> Any:
    return postgres if connection.vendor == "postgresql" else sqlite


def facts(name: str, now: datetime) -> Manifest:
    """Return what the database holds at the moment of the snapshot."""
    applied: dict[str, list[str]] = {}
    for app, migration in MigrationRecorder(connection).applied_migrations():
        applied.setdefault(app, []).append(migration)
    head = AuditLink.objects.order_by("-position").values_list("position", "digest").first()
    keys = {sealed_[3:11] for sealed_ in Secret.objects.values_list("sealed", flat=True)}
    return Manifest(
        name=name,
        made_at=now.isoformat(),
        vendor=connection.vendor,
        migrations={app: _last(app, names) for app, names in sorted(applied.items())},
        counts=counts(),
        head=head or (0, ""),
        vault_keys=sorted(keys),
        secrets=Secret.objects.count(),
    )


def _last(app: str, applied: Iterable[str]) -> list[str]:
    """Return an app's migrations that no other of its own stands upon."""
    from django.db.migrations.loader import MigrationLoader

    graph, names = MigrationLoader(connection).graph, set(applied)
    known = {name for name in names if (app, name) in graph.nodes}
    below = {parent.key[1] for name in known for parent in graph.node_map[app, name].parents if parent.key[0] == app}
    return sorted(known - below)


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(set(connection.introspection.table_names(cursor)) - NOT_ROWS):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of ours
            found[table] = cursor.fetchone()[0]
        return found


def sealer(new_key: Path | None, *, tell: Callable[[str], object]) -> vault.Sealer:
    """Return the backups' public half; a key is made where one is asked for, a try-out's with its first backup."""
    public = Path(settings.BACKUP_PUBLIC_KEY_FILE)
    if not settings.BACKUP_PUBLIC_KEY_FILE:
        raise BackupError("BACKUP_PUBLIC_KEY_FILE names no key to seal it to")
    if new_key is None and settings.EMBEDDED and not public.exists():
        new_key = public.with_name("backup")
    if new_key is not None:
        new_key.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = vault.add_key(new_key, public)
        tell(f"New key for backups: {new_key}/{name}.key. Keep it apart: without it none opens.")
    return vault.load_sealer(str(public))


def make(directory: Path, sealer: vault.Sealer, *, now: datetime) -> tuple[Path, sealed.FileKey]:
    """Write a backup; return where it is, and what its parts are sealed with. Unfinished, it has no manifest."""
    name = f"{PREFIX}{now.astimezone(UTC):{STAMP}}"
    place, key = directory / name, sealed.new_key()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        place.mkdir(mode=0o700)
    except FileExistsError:
        raise BackupError(f"{place} is there already") from None
    scratch = tempfile.TemporaryDirectory(prefix=".making-", dir=directory)
    with scratch, backend().snapshot(Path(scratch.name), LEFT_OUT):
        told = facts(name, now)
        with _part(place, "keys", sealer, key) as out:
            for text in Secret.objects.order_by("pk").values_list("sealed", flat=True).iterator(2000):
                out.write(f"{vault.token_of(text)} {vault.take_apart(text)[1]}\n".encode())
        with _part(place, "database", sealer, key) as out:
            backend().dump(out, NOT_ROWS)
    parts = {part: manifests.part(place / part) for part in (manifests.DATABASE, manifests.KEYS)}
    replace(told, parts=parts).write(place)
    return place, key


@contextmanager
def _part(place: Path, part: str, sealer: vault.Sealer, key: sealed.FileKey) -> Iterator[Any]:
    """Yield what a part is written to, packed and sealed; its end is written only when nothing went wrong."""
    about = {"backup": place.name, "part": part}
    # The packer wants a file that can be read as well, and never reads.
    out = sealed.SealedWriter(place / f"{part}.sealed", sealer, key, about=about)
    with out, gzip.GzipFile(fileobj=cast(IO[bytes], out), mode="wb", compresslevel=1) as packed:
        yield packed


def prune(directory: Path, *, now: datetime, days: int, keys_days: int, tell: Callable[[str], None]) -> None:
    """Take away backups that are older than wanted, and the keys of all that are older than keys may be.

    The newest stay whatever their age: a machine whose clock is wrong must not be left without any.
    """
    found = sorted(directory.glob(f"{PREFIX}*"), reverse=True)
    for place in found[NEWEST_KEPT:]:
        age = now - _made_at(place)
        if age > timedelta(days=days):
            shutil.rmtree(place)
            tell(f"{place.name} is over {days} days old: taken away.")
        elif age > timedelta(days=keys_days) and (place / manifests.KEYS).exists():
            (place / manifests.KEYS).unlink()
            tell(f"{place.name}: its keys are over {keys_days} days old: taken away.")


def _made_at(place: Path) -> datetime:
    try:
        return datetime.strptime(place.name.removeprefix(PREFIX), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return timezone.now()
