from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import errors, flows
from connections.models import CheckRun, Connection, RunState, Secret, Status, Trigger
from connections.secrets import vault
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run, make_secret
from tests.connections.listening import ListenerError
from tests.connections.practising import KEYS, add

pytestmark = [pytest.mark.django_db, pytest.mark.services]
Capture = Callable[..., Any]
OTHER = {**KEYS, "api_key": "7705f5c311545b000157d3eb"}


def actions(connection: Connection) -> list[str]:
    events = AuditEvent.objects.filter(target=f"connection:{connection.public_id}").order_by("pk")
    return list(events.values_list("action", flat=True))


def everything_stored() -> str:
    rows = (Connection, Secret, CheckRun, AuditEvent)
    return repr([list(model.objects.values()) for model in rows])


def test_a_new_connection_is_stored_sealed_and_its_first_check_is_queued(
    published: list[Any], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        connection = add(name="KuCoin Spot Main")

    run = connection.runs.get()
    secret = connection.secrets.get()
    assert (run.state, run.attempt, run.revision, run.trigger) == (RunState.QUEUED, 1, 1, Trigger.ADDED)
    assert Connection.objects.get(pk=connection.pk).testing_run == run
    assert vault.SEALED.fullmatch(secret.sealed)
    assert connection.key_hint == KEYS["api_key"][-4:]
    assert published == [(run.pk, 1)]
    assert actions(connection) == ["connection.added"]
    assert not any(value in everything_stored() for value in KEYS.values())


def test_nothing_is_published_for_what_was_rolled_back(
    published: list[Any], django_capture_on_commit_callbacks: Capture
) -> None:
    def add_and_fail() -> None:
        with transaction.atomic():
            add()
            raise ListenerError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ListenerError):
        add_and_fail()

    assert (published, Connection.objects.count(), Secret.objects.count()) == ([], 0, 0)


def test_a_name_is_the_owners_own_in_any_spelling() -> None:
    owner = make_user()
    mine = add(owner, name="Main")

    with pytest.raises(errors.DuplicateNameError, match="“MAIN”"):
        add(owner, OTHER, name="MAIN")

    add(make_user(), name="Main")
    flows.delete_connection(mine, by=PRODUCT)
    add(owner, name="Main")
    assert Connection.objects.owned_by(owner).count() == 1


def test_a_key_serves_one_connection_per_market_and_venue() -> None:
    owner = make_user()
    mine = add(owner, name="First")

    with pytest.raises(errors.DuplicateKeyError, match="“First”"):
        add(owner, name="Second")

    add(owner, market="futures")
    add(owner, venue="live")
    add(owner, OTHER)
    add(make_user())
    assert Connection.objects.owned_by(owner).count() == 4
    flows.replace_secret(mine, credentials=KEYS, by=PRODUCT)  # its own key again, with a corrected secret


def test_a_replacement_may_not_be_another_connections_key() -> None:
    owner = make_user()
    add(owner, name="First")
    second = add(owner, OTHER)

    with pytest.raises(errors.DuplicateKeyError):
        flows.replace_secret(second, credentials=KEYS, by=PRODUCT)

    assert second.secrets.count() == 1


def test_nothing_is_stored_without_the_vaults_public_key(settings: Settings, tmp_path: Path) -> None:
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "none.pub")

    with pytest.raises(vault.VaultError) as caught:
        add()

    assert (Connection.objects.count(), CheckRun.objects.count()) == (0, 0)
    assert not any(value in str(caught.value) for value in KEYS.values())


def test_a_test_makes_the_next_attempt_and_says_who_asked() -> None:
    connection = make_connection(owner=make_user())

    run = flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)

    assert (run.attempt, run.revision, run.state) == (1, 1, RunState.QUEUED)
    assert actions(connection) == ["connection.test"]
    assert Connection.objects.get(pk=connection.pk).shown_status == "testing"


def test_starting_a_test_takes_six_statements(django_assert_num_queries: Any) -> None:
    """The row is locked, tests of this minute are counted, the event, keys that wait, the run, the row that has it."""
    connection = make_connection(owner=make_user())

    with django_assert_num_queries(6 + 2):  # and the two around them
        flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)


def test_a_test_by_itself_is_no_event_of_its_own() -> None:
    connection = make_connection(owner=make_user())

    flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)

    assert actions(connection) == []


def test_a_second_test_waits_for_the_first() -> None:
    connection = make_connection(owner=make_user())
    flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)

    for trigger in Trigger.values:
        with pytest.raises(errors.AlreadyTestingError):
            flows.start_check(connection, trigger=trigger, by=PRODUCT)

    assert connection.runs.count() == 1


def test_a_deleted_connection_is_not_tested_nor_changed() -> None:
    connection = make_connection(owner=make_user(), deleted=True, status=Status.UNTESTED)
    acts: list[Callable[[], object]] = [
        lambda: flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT),
        lambda: flows.replace_secret(connection, credentials=KEYS, by=PRODUCT),
        lambda: flows.discard_candidate(connection, by=PRODUCT),
        lambda: flows.delete_connection(connection, by=PRODUCT),
    ]

    for act in acts:
        with pytest.raises(errors.ConnectionGoneError):
            act()

    assert (connection.runs.count(), connection.secrets.count()) == (0, 0)


def test_tests_are_rationed_per_minute_but_not_the_schedules(settings: Settings) -> None:
    connection = make_connection(owner=make_user())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(settings.CHECKS_PER_MINUTE):
            make_run(connection=connection)

        with pytest.raises(errors.TooManyChecksError):
            flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
        with pytest.raises(errors.TooManyChecksError):
            flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)
        clock.shift(timedelta(seconds=61))
        run = flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)

    CheckRun.objects.filter(pk=run.pk).update(state=RunState.DONE)
    Connection.objects.filter(pk=connection.pk).update(testing_run=None)
    for _ in range(settings.CHECKS_PER_MINUTE):
        make_run(connection=Connection.objects.get(pk=connection.pk))
    assert flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)


def test_all_connections_are_tested_but_those_that_cannot_be() -> None:
    owner = make_user()
    for _ in range(3):
        make_connection(owner=owner)
    make_run(connection=make_connection(owner=owner), state=RunState.RUNNING)
    make_connection(owner=owner, deleted=True, status=Status.UNTESTED)
    make_connection(owner=make_user())

    assert flows.start_checks(Connection.objects.owned_by(owner), by=PRODUCT) == flows.Started(
        count=3, refused={"A test is already running.": 1}
    )


def test_a_new_name_is_kept_or_refused_whole() -> None:
    owner = make_user()
    one, _ = make_connection(owner=owner, name="One"), make_connection(owner=owner, name="Two")

    flows.rename_connection(one, name="Uno", by=PRODUCT)
    with pytest.raises(errors.DuplicateNameError):
        flows.rename_connection(one, name="two", by=PRODUCT)

    assert (one.name, Connection.objects.get(pk=one.pk).name) == ("Uno", "Uno")
    assert actions(one) == ["connection.renamed"]


def test_a_replacement_waits_beside_the_key_in_use_and_is_tested_at_once() -> None:
    connection = make_connection(owner=make_user())

    run = flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)

    fresh = Connection.objects.get(pk=connection.pk)
    assert (fresh.revision, fresh.status, fresh.testing_run) == (1, Status.ONLINE, run)
    assert (run.revision, run.trigger) == (2, Trigger.REPLACED)
    assert fresh.candidate is not None
    assert fresh.candidate.key_hint == KEYS["api_key"][-4:]
    assert fresh.is_proven(timezone.now())
    assert run.is_of_candidate


def test_a_second_replacement_takes_the_place_of_the_first_and_its_number_is_never_used_again() -> None:
    connection = make_connection(owner=make_user())

    first = flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)
    second = flows.replace_secret(connection, credentials=OTHER, by=PRODUCT)
    flows.discard_candidate(connection, by=PRODUCT)
    third = flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)

    first.refresh_from_db()
    assert (first.state, second.revision, third.revision) == (RunState.SUPERSEDED, 3, 4)
    assert sorted(connection.secrets.values_list("revision", flat=True)) == [1, 4]


def test_a_waiting_replacement_is_what_a_trader_tests_and_the_schedule_tests_the_key_in_use() -> None:
    connection = make_connection(owner=make_user())
    make_secret(connection=connection, api_key="new", revision=2)

    by_trader = flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    Connection.objects.filter(pk=connection.pk).update(testing_run=None)
    by_itself = flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)

    assert (by_trader.revision, by_itself.revision) == (2, 1)


def test_a_discarded_replacement_is_destroyed_and_its_check_stopped() -> None:
    connection = make_connection(owner=make_user())
    run = flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)

    flows.discard_candidate(connection, by=PRODUCT)

    run.refresh_from_db()
    fresh = Connection.objects.get(pk=connection.pk)
    assert (run.state, fresh.is_testing, fresh.candidate) == (RunState.SUPERSEDED, False, None)
    assert (fresh.status, fresh.secrets.get().revision) == (Status.ONLINE, 1)
    assert actions(connection) == ["connection.key_replaced", "connection.key_discarded"]


def test_discarding_leaves_a_check_of_the_key_in_use_alone() -> None:
    connection = make_connection(owner=make_user())
    make_secret(connection=connection, api_key="new", revision=2)
    run = flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)

    flows.discard_candidate(connection, by=PRODUCT)

    assert Connection.objects.get(pk=connection.pk).testing_run == run


def test_a_deleted_connection_loses_its_keys_and_its_bots_in_one_transaction(heard: list[Any]) -> None:
    connection = make_connection(owner=make_user(), account_uid="1", next_check_at=timezone.now())
    run = flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)

    flows.delete_connection(connection, by=PRODUCT)

    run.refresh_from_db()
    fresh = Connection.objects.get(pk=connection.pk)
    assert (fresh.secrets.count(), fresh.testing_run, run.state) == (0, None, RunState.SUPERSEDED)
    assert (fresh.status, fresh.account_uid, fresh.next_check_at) == (Status.UNTESTED, "", None)
    assert fresh.deleted_at is not None
    assert heard == [(connection.pk, "connection.deleted")]
    assert actions(connection)[-1] == "connection.deleted"


def test_a_listener_that_fails_undoes_a_deletion(settings: Settings) -> None:
    settings.WHEN_NOT_ONLINE = ("tests.connections.listening.fail",)
    connection = make_connection(owner=make_user())

    with pytest.raises(ListenerError):
        flows.delete_connection(connection, by=PRODUCT)

    fresh = Connection.objects.get(pk=connection.pk)
    assert (fresh.deleted_at, fresh.status, fresh.secrets.count()) == (None, Status.ONLINE, 1)
    assert actions(connection) == []


def test_the_trail_holds_no_values() -> None:
    connection = add(name="canary-name")
    flows.replace_secret(connection, credentials=OTHER, by=PRODUCT)
    flows.rename_connection(connection, name="canary-other-name", by=PRODUCT)
    flows.delete_connection(connection, by=PRODUCT)

    trail = repr(list(AuditEvent.objects.values()))

    assert "canary" not in trail
    assert not any(value in trail for value in (*KEYS.values(), *OTHER.values()))
