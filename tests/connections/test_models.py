from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from connections.models import CheckRun, Connection, RunState, Secret, Status, Trigger
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run, make_secret

pytestmark = [pytest.mark.django_db, pytest.mark.services]
PLAIN = ("canary-secret", '{"api_key": "canary"}', "", "v1", "v1.abc.def.ghi", "v2.aaaaaaaa.b.c", "v1.aaaaaaaa.b.c d")


def refused(act: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


@pytest.mark.parametrize("text", PLAIN)
def test_the_database_takes_no_plain_secret(text: str) -> None:
    secret = make_connection(owner=make_user()).secrets.get()

    refused(lambda: Secret.objects.filter(pk=secret.pk).update(sealed=text))
    refused(lambda: Secret(connection=secret.connection, revision=9, sealed=text, key_hint="abcd").save())


@pytest.mark.parametrize("text", PLAIN)
def test_not_even_by_hand(text: str) -> None:
    make_connection(owner=make_user())

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE connections_secret SET sealed = %s", [text])

    refused(write)


def test_no_connection_is_online_without_a_pass() -> None:
    row = make_connection(owner=make_user(), status=Status.UNTESTED)

    refused(lambda: Connection.objects.filter(pk=row.pk).update(status=Status.ONLINE))
    refused(lambda: Connection.objects.filter(pk=row.pk).update(status="fine"))


def test_no_deleted_connection_is_online() -> None:
    row = make_connection(owner=make_user())

    refused(lambda: Connection.objects.filter(pk=row.pk).update(deleted_at=timezone.now()))


def test_a_revision_and_an_attempt_come_once() -> None:
    row = make_connection(owner=make_user())
    run = make_run(connection=row)

    refused(lambda: make_secret(connection=row))
    refused(lambda: CheckRun.objects.create(connection=row, attempt=run.attempt, revision=1, trigger=Trigger.USER))


@pytest.mark.parametrize(
    ("change", "is_proven"),
    [
        ({}, True),
        ({"status": Status.ERROR}, False),
        ({"passed_revision": 2}, False),
        ({"passed_revision": None}, False),
        ({"passed_at": timezone.now() - timedelta(hours=24)}, False),
        ({"passed_at": timezone.now() - timedelta(hours=22)}, True),
    ],
)
def test_a_pass_counts_for_its_secret_and_for_a_day(change: dict[str, Any], is_proven: bool) -> None:
    row = make_connection(owner=make_user())
    Connection.objects.filter(pk=row.pk).update(**change)
    row.refresh_from_db()

    assert row.is_proven(timezone.now()) is is_proven


def test_what_is_shown_of_a_connection() -> None:
    row = make_connection(owner=make_user(), status=Status.ERROR)
    old = make_secret(connection=row, api_key="…new1", revision=2)
    make_run(connection=row)
    waiting = make_run(connection=row, state=RunState.QUEUED)
    row = Connection.objects.get(pk=row.pk)

    assert (row.shown_status, row.status, row.is_testing, row.testing_run) == ("testing", "error", True, waiting)
    assert (row.candidate, str(old)) == (old, "••••new1")
    assert row.secret is not None
    assert row.key_hint == row.secret.key_hint
    assert row.pass_ends_at is None
    assert row.is_practice
    assert str(waiting) == "check 2"


def test_a_connection_without_a_key_shows_no_hint() -> None:
    row = make_connection(owner=make_user(), deleted=True, status=Status.UNTESTED)

    assert (row.key_hint, row.secret, row.candidate, row.candidate_run) == ("", None, None, None)


def test_a_run_that_nobody_takes_says_so() -> None:
    row = make_connection(owner=make_user())
    run = make_run(connection=row, state=RunState.QUEUED, queued_at=timezone.now() - timedelta(seconds=6))

    assert run.is_waiting
    assert not make_run(connection=row, state=RunState.RUNNING).is_waiting
    assert not make_run(connection=row, state=RunState.QUEUED).is_waiting


def test_the_finding_to_act_on_is_the_worst_that_is_no_mere_information() -> None:
    row = make_connection(owner=make_user())
    info, bad = (
        {"code": code, "level": level, "text": "t", "hint": "h"} for code, level in (("i", "info"), ("b", "blocker"))
    )

    assert make_run(connection=row, findings_json=[info]).worst is None
    worst = make_run(connection=row, findings_json=[bad, info]).worst
    assert worst is not None
    assert worst.code == "b"


def test_a_run_is_taken_once() -> None:
    run = make_run(connection=make_connection(owner=make_user()), state=RunState.QUEUED)
    now = timezone.now()

    assert [CheckRun.objects.take(run.pk, now) for _ in range(2)] == [True, False]


def test_a_run_is_saved_only_by_the_worker_that_has_it() -> None:
    run = make_run(connection=make_connection(owner=make_user()), state=RunState.RUNNING)
    other = CheckRun.objects.get(pk=run.pk)
    CheckRun.objects.filter(pk=run.pk).update(reissues=1)

    assert not run.save_if_mine(verdict="online")
    other.refresh_from_db()
    assert other.save_if_mine(state=RunState.DONE)
    assert not other.save_if_mine(verdict="online")
    assert CheckRun.objects.get(pk=run.pk).verdict == ""


def test_due_connections_are_alive_idle_and_ordered_by_their_time() -> None:
    now = timezone.now()
    sleeper = make_user(is_active=False)
    late, later = (make_connection(owner=make_user(), next_check_at=now - timedelta(minutes=n)) for n in (1, 9))
    make_connection(owner=sleeper, next_check_at=now - timedelta(minutes=5))
    make_connection(owner=make_user(), next_check_at=now + timedelta(seconds=1))
    make_connection(owner=make_user(), next_check_at=None)
    make_connection(owner=make_user(), deleted=True, status=Status.UNTESTED, next_check_at=now)
    busy = make_connection(owner=make_user(), next_check_at=now - timedelta(minutes=5))
    make_run(connection=busy, state=RunState.RUNNING)

    assert list(Connection.objects.due(now)) == [later, late]


def test_old_scheduled_runs_are_forgotten_and_what_people_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connections.models.SCHEDULED_RUNS_KEPT", 2)
    row = make_connection(owner=make_user())
    asked = make_run(connection=row, trigger=Trigger.USER)
    scheduled = [make_run(connection=row, trigger=Trigger.SCHEDULE) for _ in range(4)]
    under_way = make_run(connection=row, trigger=Trigger.SCHEDULE, state=RunState.QUEUED)

    row.runs.forget_old()

    kept = {asked.pk, scheduled[2].pk, scheduled[3].pk, under_way.pk}
    assert kept <= set(row.runs.values_list("pk", flat=True))
    assert not row.runs.filter(pk__in=[scheduled[0].pk, scheduled[1].pk]).exists()


def test_tests_that_somebody_asked_for_long_ago_go_but_not_the_one_that_is_shown() -> None:
    row = make_connection(owner=make_user())
    now = timezone.now()
    old, young, shown = (make_run(connection=row, queued_at=now - timedelta(days=days)) for days in (91, 89, 95))

    CheckRun.objects.forget_asked(now)

    assert row.shown_run == shown
    assert set(CheckRun.objects.values_list("pk", flat=True)) == {young.pk, shown.pk} != {old.pk}
