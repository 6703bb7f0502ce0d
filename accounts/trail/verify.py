"""Walk the whole trail and say where it stops being true."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.models import AuditEvent, AuditLink
from accounts.trail import chain
from accounts.trail.sealing import LATEST_COMMIT, Anchor

AT_ONCE = 2000


@dataclass(frozen=True)
class Break:
    """The first place at which the trail is not what was written."""

    position: int
    why: str


@dataclass(frozen=True)
class TrailReport:
    events: int
    head: int
    broken: Break | None


def verify(anchors: Iterable[Anchor]) -> TrailReport:
    """Compare every event with its mark, its link, the link before, and the anchors; stop at the first that differs."""
    outside = {one.position: one.digest for one in anchors}
    position, digest, count = 0, chain.START, 0
    for link, event in _rows():
        if count == 0:
            position, digest = _start(link)
        position += 1
        if broken := _compare(link, event, position=position, previous=digest, anchored=outside):
            return TrailReport(count, position, broken)
        digest, count = link.digest, count + 1
    if beyond := [place for place in outside if place > position]:
        why = f"anchored up to {max(beyond)}, but the chain ends at {position}: its end was cut off"
        return TrailReport(count, position, Break(position + 1, why))
    return TrailReport(count, position, _outside_the_chain(position))


def _rows() -> Iterator[tuple[AuditLink, AuditEvent | None]]:
    links, last = AuditLink.objects.order_by("position"), -1
    while some := list(links.filter(position__gt=last)[:AT_ONCE]):
        events = AuditEvent.objects.in_bulk([link.event_id for link in some])
        yield from ((link, events.get(link.event_id)) for link in some)
        last = some[-1].position


def _start(first: AuditLink) -> tuple[int, str]:
    """Return what stands before the first link: the start of time, or what a cut by the command left signed."""
    for cut in AuditEvent.objects.filter(action="audit.cut").order_by("-pk"):
        position, _, digest = cut.target.partition(":")
        if position == str(first.position - 1) and cut.mac == audit.mark(cut):
            return first.position - 1, digest
    return 0, chain.START


def _compare(
    link: AuditLink, event: AuditEvent | None, *, position: int, previous: str, anchored: dict[int, str]
) -> Break | None:
    if link.position != position:
        return Break(position, "the link is missing")
    if event is None:
        return Break(position, f"event {link.event_id} is gone")
    if event.mac != audit.mark(event):
        return Break(position, f"event {event.pk} was changed, or made up, outside the product")
    expected = chain.link(previous, position=position, event_id=event.pk, mac=event.mac)
    if link.digest != expected:
        return Break(position, f"the link of event {event.pk} was changed, or moved")
    if anchored.get(position, link.digest) != link.digest:
        return Break(position, "the chain was written anew: the anchor says otherwise")
    return None


def _outside_the_chain(position: int) -> Break | None:
    """Look at events without a link: none is old, and each bears our mark."""
    head = AuditLink.objects.order_by("-position").first()
    sealed_until: datetime | None = head.sealed_at - LATEST_COMMIT if head else None
    chained = AuditLink.objects.values("event_id")
    for event in AuditEvent.objects.exclude(pk__in=chained).order_by("pk").iterator():
        if event.mac != audit.mark(event):
            return Break(position + 1, f"event {event.pk} was made up outside the product")
        if sealed_until is not None and event.at < sealed_until:
            return Break(position + 1, f"event {event.pk} is older than the chain's end and not in it")
    return None
