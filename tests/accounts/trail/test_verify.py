"""The chain tells every change of the trail, and where it is."""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from accounts import audit, tasks
from accounts.models import AuditEvent, AuditLink
from accounts.trail import append_only, chain, sealing
from accounts.trail.verify import verify

pytestmark = [pytest.mark.django_db, pytest.mark.services]
EVENTS = 12


@pytest.fixture
def anchored(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "anchor.jsonl"
    settings.AUDIT_ANCHOR_FILE = str(path)
    return path


@pytest.fixture
def trail(anchored: Path) -> Path:
    for number in range(EVENTS):
        audit.record(f"test.{number}", outcome="ok\r\n\x1b[31m")
    tasks.seal()
    return anchored


def read(path: Path) -> list[sealing.Anchor]:
    return list(sealing.anchors(path.read_text().splitlines()))


def tamper(sql: str, *values: Any) -> None:
    """Act as somebody with all rights in the database and none in the file."""
    with append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute(sql, values)


def at(position: int) -> AuditEvent:
    return AuditEvent.objects.get(pk=AuditLink.objects.get(position=position).event_id)


def edit(place: int) -> int:
    column = random.Random(place).choice(["outcome", "action", "target", "actor_label", "request_id"])
    tamper(f"UPDATE accounts_auditevent SET {column} = 'forged' WHERE id = %s", at(place).pk)  # noqa: S608 - a column of ours
    return place


def move_in_time(place: int) -> int:
    tamper("UPDATE accounts_auditevent SET at = %s WHERE id = %s", timezone.now() - timedelta(days=1), at(place).pk)
    return place


def delete(place: int) -> int:
    tamper("DELETE FROM accounts_auditevent WHERE id = %s", at(place).pk)
    return place


def delete_with_its_link(place: int) -> int:
    event = at(place).pk
    tamper("DELETE FROM accounts_auditevent WHERE id = %s", event)
    tamper("DELETE FROM accounts_auditlink WHERE event_id = %s", event)
    return place


def swap(place: int) -> int:
    first, second = at(place).pk, at(place % EVENTS + 1).pk
    for old, new in ((first, 10**9), (second, first), (10**9, second)):
        tamper("UPDATE accounts_auditlink SET event_id = %s WHERE event_id = %s", new, old)
    return min(place, place % EVENTS + 1)


def rewrite(place: int) -> int:
    """Delete an event and make the rest of the chain anew, as it would have been without it."""
    delete_with_its_link(place)
    links, digest = list(AuditLink.objects.order_by("position")), chain.START
    tamper("DELETE FROM accounts_auditlink")
    for position, link in enumerate(links, 1):
        mac = AuditEvent.objects.get(pk=link.event_id).mac
        digest = chain.link(digest, position=position, event_id=link.event_id, mac=mac)
        AuditLink.objects.create(position=position, event_id=link.event_id, digest=digest, sealed_at=link.sealed_at)
    return EVENTS


def cut_the_tail(place: int) -> int:
    events = list(AuditLink.objects.filter(position__gte=place).values_list("event_id", flat=True))
    for event in events:
        tamper("DELETE FROM accounts_auditevent WHERE id = %s", event)
    tamper("DELETE FROM accounts_auditlink WHERE position >= %s", place)
    return place


def insert(place: int) -> int:
    AuditEvent.objects.bulk_create([AuditEvent(action="made.up", outcome="ok", mac=at(place).mac)])
    return EVENTS + 1


def backdate(place: int) -> int:
    """Replay a true event of another day: its mark is right, and it has no place in the chain."""
    old = AuditEvent(action="made.up", outcome="ok", at=timezone.now() - timedelta(days=30))
    old.mac = audit.mark(old)
    AuditEvent.objects.bulk_create([old])
    return EVENTS + 1


WAYS = (edit, move_in_time, delete, delete_with_its_link, swap, rewrite, cut_the_tail, insert, backdate)


def test_an_untouched_trail_is_true(trail: Path) -> None:
    report = verify(read(trail))

    assert (report.events, report.head, report.broken) == (EVENTS, EVENTS, None)


@pytest.mark.parametrize("place", [1, 2, EVENTS // 2, EVENTS])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_change_is_found_at_its_place(trail: Path, way: Callable[[int], int], place: int) -> None:
    expected = way(place)

    broken = verify(read(trail)).broken

    assert broken is not None
    if way is rewrite:
        assert "written anew" in broken.why or "cut off" in broken.why
    elif way is cut_the_tail or way is delete_with_its_link:
        assert broken.position <= max(expected, 1)
    else:
        assert broken.position == expected


def test_what_happens_after_the_seal_is_chained_by_the_next(trail: Path) -> None:
    audit.record("later")

    assert verify(read(trail)).broken is None
    assert sealing.seal(timezone.now()) == 1
    assert verify(read(trail)).head == EVENTS + 1


def test_an_event_whose_transaction_ended_late_gets_a_later_place(trail: Path) -> None:
    late = AuditEvent(pk=AuditEvent.objects.earliest("pk").pk - 1, action="late", outcome="ok")
    late.mac = audit.mark(late)
    AuditEvent.objects.bulk_create([late])

    assert sealing.seal(timezone.now()) == 1
    assert AuditLink.objects.get(event_id=late.pk).position == EVENTS + 1
    assert verify(read(trail)).broken is None


def test_the_command_says_where_and_ends_with_an_error(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    assert json.loads(capsys.readouterr().out)["broken_at"] is None
    edit(5)

    with pytest.raises(CommandError, match="position 5"):
        call_command("verify_audit")

    assert json.loads(capsys.readouterr().out)["broken_at"] == 5


def test_the_command_does_not_pass_for_lack_of_anchors(anchored: Path) -> None:
    with pytest.raises(CommandError, match="no file of anchors"):
        call_command("verify_audit")


def test_an_anchor_is_private_and_comes_again_only_after_minutes_and_news(trail: Path) -> None:
    now = timezone.now()
    assert trail.stat().st_mode & 0o777 == 0o600
    assert [one.position for one in read(trail)] == [EVENTS]

    assert not sealing.anchor(now)
    assert not sealing.anchor(now + timedelta(minutes=5))
    audit.record("later")
    sealing.seal(now)
    assert sealing.anchor(now + timedelta(minutes=5))

    assert [one.position for one in read(trail)] == [EVENTS, EVENTS + 1]


def test_a_line_that_a_crash_cut_off_is_no_anchor(trail: Path) -> None:
    with trail.open("a") as file:
        file.write('{"at": "2026-')

    assert [one.position for one in read(trail)] == [EVENTS]
    assert verify(read(trail)).broken is None


def test_the_sealer_raises_an_alarm_where_the_chain_is_not_what_it_was(
    trail: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cut_the_tail(6)

    sealing.anchor(timezone.now() + timedelta(minutes=5))

    assert "audit.broken" in caplog.text


def test_one_event_is_one_line_whatever_is_in_it(trail: Path) -> None:
    assert all("\n" not in link.digest for link in AuditLink.objects.all())
    assert len(trail.read_text().splitlines()) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_writers_make_no_fork_and_do_not_wait_for_each_other(anchored: Path) -> None:
    each, failed = 50, list[str]()

    def write(writer: int) -> None:
        try:
            for number in range(each):
                audit.record("writer", outcome=f"{writer}.{number}")
                if number % 10 == 0:
                    sealing.seal(timezone.now())
        except Exception as error:
            failed.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    tasks.seal()

    report = verify(read(anchored))
    assert failed == []
    assert (report.events, report.broken) == (8 * each, None)
    rate: Any = 8 * each / seconds
    sys.stdout.write(f"{settings.DATABASES['default']['ENGINE']}: {rate:.0f} events/s by 8 writers that seal too\n")
