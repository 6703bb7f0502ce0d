"""Put events into the chain, a few seconds after they happened, and write its newest link to a file outside.

Nobody who records an event waits for this. Events come in the order in which the sealer finds them: an id that is
smaller and whose transaction ends later simply gets a later place.
"""

import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import AuditEvent, AuditLink
from accounts.trail import chain
from workers import alarms

log = structlog.get_logger(__name__)
AT_ONCE = 2000
# Of PostgreSQL's advisory locks: one sealer at a time, without a row that anybody else waits for.
LOCK = 6_011_011
# No transaction lives so long (backfuture/environment.py ends it after half a minute).
LATEST_COMMIT = timedelta(minutes=10)
ANCHOR_EVERY = timedelta(minutes=4)
NEWEST_BYTES = 1024


@dataclass(frozen=True)
class Anchor:
    """What the newest link was at a moment, as it was told to the world outside the database."""

    position: int
    digest: str
    at: datetime
    # What was anchored behind this position before is of a time that a restore from a backup has lost.
    is_restored: bool = False


def unsealed(head: AuditLink | None) -> Any:
    """Return events without a link, oldest first, that may have been committed since the newest link was made."""
    events = AuditEvent.objects.filter(~Exists(AuditLink.objects.filter(event_id=OuterRef("pk"))))
    if head is not None:
        events = events.filter(at__gte=head.sealed_at - LATEST_COMMIT)
    return events.order_by("pk")


def seal(now: datetime) -> int:
    """Chain what was committed and is not in the chain yet; return how many, 0 while another worker does it."""
    sealed = 0
    while (count := _seal_some(now)) is not None:
        sealed += count
        if count < AT_ONCE:
            break
    return sealed


@transaction.atomic
def _seal_some(now: datetime) -> int | None:
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return None
    head = AuditLink.objects.order_by("-position").first()
    position, digest = (head.position, head.digest) if head else (0, chain.START)
    links = []
    for event in unsealed(head)[:AT_ONCE]:
        position += 1
        digest = chain.link(digest, position=position, event_id=event.pk, mac=event.mac)
        links.append(AuditLink(position=position, event_id=event.pk, digest=digest, sealed_at=now))
    AuditLink.objects.bulk_create(links, batch_size=500)
    return len(links)


def anchors(lines: Iterable[str]) -> Iterator[Anchor]:
    """Read anchors; a line that a crash cut off in its middle is none."""
    for line in lines:
        try:
            found = json.loads(line)
            position, digest, at = int(found["position"]), str(found["digest"]), str(found["at"])
            is_restored = hmac.compare_digest(str(found.get("restored", "")), _restored_mark(position, digest, at))
            yield Anchor(position, digest, datetime.fromisoformat(at), is_restored)
        except (ValueError, KeyError, TypeError):
            alarms.ring("audit.broken", "audit_anchor_unreadable")


def in_force(lines: Iterable[str]) -> list[Anchor]:
    """Return the anchors that the trail must still agree with: a restore ends those of the time that it lost."""
    kept: list[Anchor] = []
    for one in anchors(lines):
        if one.is_restored:
            kept = [before for before in kept if before.position <= one.position]
        kept.append(one)
    return kept


def anchor_restored(now: datetime) -> None:
    """Say in the file of anchors that the trail goes on from its present end, whatever was anchored behind it."""
    head = AuditLink.objects.order_by("-position").values_list("position", "digest").first()
    position, digest = head or (0, chain.START)
    if settings.AUDIT_ANCHOR_FILE:
        at = now.isoformat()
        told = {"at": at, "position": position, "digest": digest}
        _append(Path(settings.AUDIT_ANCHOR_FILE), {**told, "restored": _restored_mark(position, digest, at)})


def _restored_mark(position: int, digest: str, at: str) -> str:
    """Return what nobody can write who only has the database and the file."""
    text = json.dumps(["restored", position, digest, at])
    return hmac.new(f"audit:{settings.FINGERPRINT_KEY}".encode(), text.encode(), "sha256").hexdigest()


def _append(path: Path, told: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{json.dumps(told)}\n")
        file.flush()
        os.fsync(file.fileno())


def anchor(now: datetime) -> bool:
    """Write the newest link to the file outside the database and to the log, every few minutes.

    Somebody who changes the database must change this file too, on another disk and in the past.
    """
    head = AuditLink.objects.order_by("-position").first()
    path = Path(settings.AUDIT_ANCHOR_FILE) if settings.AUDIT_ANCHOR_FILE else None
    last = _last(path) if path else None
    if head is None or (last is not None and now - last.at < ANCHOR_EVERY):
        return False
    if last is not None:
        there = AuditLink.objects.filter(position=last.position, digest=last.digest)
        if last.position and not there.exists():
            # It is no longer what it was when it was anchored.
            alarms.ring("audit.broken", "audit_broken", position=last.position, head=head.position)
        if last.position >= head.position:
            return False
    if path is not None:
        _append(path, {"at": now.isoformat(), "position": head.position, "digest": head.digest})
    log.info("audit_anchor", position=head.position, digest=head.digest)
    return True


def _last(path: Path) -> Anchor | None:
    """Return the newest anchor without reading years of them."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - NEWEST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    # Where the reading begins in the middle of a line, that line is not the newest.
    return next(iter(anchors(reversed(lines[-2:]))), None)
