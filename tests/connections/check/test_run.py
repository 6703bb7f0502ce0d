import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import flows
from connections.check import observe, settle
from connections.check import run as checking
from connections.check.verdict import Verdict, judge
from connections.models import CheckRun, Connection, RunState, Secret, Status
from connections.secrets import opening, vault
from exchanges.spec import Ask, Question
from exchanges.wire.ask import Interview
from exchanges.wire.session import LOOP
from tests.connections.practising import KEYS, add, add_tryout, check_again, codes, online, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("heard")]


def asked(rig: "Rig") -> int:
    return int(rig.control("GET", "requests")["count"])


def actions(connection: Connection) -> list[str]:
    events = AuditEvent.objects.filter(target=f"connection:{connection.public_id}").order_by("pk")
    return list(events.values_list("action", flat=True))


@pytest.mark.parametrize("exchange", ["mexc", "kucoin"])
def test_a_good_key_comes_online_with_its_proof(rig: "Rig", exchange: str) -> None:
    connection = add_tryout(rig, exchange=exchange)
    before = timezone.now()

    run = work(connection)

    assert (run.state, run.verdict, connection.status) == (RunState.DONE, "online", Status.ONLINE)
    assert run.steps[0].state == "passed"
    assert {step.state for step in run.steps} <= {"passed", "warned"}
    assert (connection.passed_revision, connection.testing_run, connection.shown_run) == (1, None, run)
    assert connection.is_proven(timezone.now())
    assert connection.account_uid
    assert connection.next_check_at is not None
    assert connection.next_check_at > before
    assert run.evidence.account_uid == connection.account_uid
    assert (run.requests, run.evidence.seen_ip) == (asked(rig), "")
    assert run.elapsed_ms is not None
    assert actions(connection) == ["connection.added", "secret.opened", "connection.checked"]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("withdraw", "right.withdraw"),
        ("read_only", "right.trade_missing"),
        ("wrong_ip", "ip.not_allowed"),
        ("wrong_secret", "key.secret_wrong"),
        ("garbage", "reach.unreadable"),
        ("restricted", "account.restricted"),
    ],
)
def test_a_bad_key_ends_in_error_with_its_reason(rig: "Rig", heard: list[Any], case: str, code: str) -> None:
    connection = add_tryout(rig, case, exchange="mexc")

    run = work(connection)

    assert (connection.status, connection.trouble, codes(run)) == (Status.ERROR, code, [code])
    assert (connection.passed_at, connection.shown_run) == (None, run)
    assert heard == [(connection.pk, code)]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let what follows a first answer be asked only when this is set: no check ends before somebody looked."""
    ask, is_shown = Interview.ask, threading.Event()

    async def ask_when_shown(self: Interview, question: Question, answers: dict[Ask, Any]) -> Any:
        if answers:
            await asyncio.to_thread(is_shown.wait, 10)
        return await ask(self, question, answers)

    monkeypatch.setattr(Interview, "ask", ask_when_shown)
    return is_shown


def test_the_steps_of_a_check_are_shown_while_it_runs(rig: "Rig", shown: threading.Event) -> None:
    connection = add_tryout(rig)
    run = connection.runs.get()
    CheckRun.objects.take(run.pk, timezone.now())
    run.refresh_from_db()
    credentials = opening.open_key(run.connection, run.revision, purpose="test")
    seen = []

    for _ in checking._follow(run, credentials, timezone.now()):
        row = CheckRun.objects.get(pk=run.pk)
        assert row.lease_until is not None
        assert row.lease_until > timezone.now()
        seen.append([step.state for step in row.steps])
        shown.set()

    assert seen[-1] == ["passed"] * 5
    assert len(seen) >= 2


def test_a_message_that_comes_twice_does_nothing(rig: "Rig") -> None:
    connection = add_tryout(rig)
    run = work(connection)
    before, count = Connection.objects.values().get(pk=connection.pk), asked(rig)

    for _ in range(10):
        checking.run_check(run.pk, run.attempt)

    assert Connection.objects.values().get(pk=connection.pk) == before
    assert asked(rig) == count


@pytest.mark.parametrize("attempt", [0, 2, -1, 10**15])
def test_a_message_with_another_attempt_does_nothing(rig: "Rig", attempt: int) -> None:
    connection = add_tryout(rig)
    run = connection.runs.get()

    checking.run_check(run.pk, attempt)

    run.refresh_from_db()
    assert (run.state, asked(rig)) == (RunState.QUEUED, 0)
    assert work(connection).verdict == "online"


def test_a_message_for_a_run_that_is_gone_does_nothing(rig: "Rig") -> None:
    checking.run_check(999_999, 1)

    assert asked(rig) == 0


def test_an_owner_who_was_switched_off_meanwhile_is_not_served(rig: "Rig") -> None:
    connection = add_tryout(rig)
    connection.owner.is_active = False
    connection.owner.save(update_fields=["is_active"])

    run = work(connection)

    assert (run.state, run.verdict, connection.is_testing) == (RunState.SUPERSEDED, "", False)
    assert asked(rig) == 0
    assert actions(connection) == ["connection.added", "connection.check_dropped"]


@pytest.mark.parametrize("act", ["delete", "replace", "discard"])
def test_a_check_that_was_overtaken_before_it_began_asks_nothing(rig: "Rig", act: str) -> None:
    connection = add_tryout(rig)
    run = connection.runs.get()
    if act == "delete":
        flows.delete_connection(connection, by=PRODUCT)
    else:
        flows.replace_secret(connection, credentials=KEYS, by=PRODUCT)

    checking.run_check(run.pk, run.attempt)

    run.refresh_from_db()
    assert (run.state, asked(rig)) == (RunState.SUPERSEDED, 0)


def _stale(rig: "Rig", change: Callable[[CheckRun], object]) -> tuple[Connection, dict[str, Any], dict[str, Any]]:
    """Let a worker finish a check that `change` has taken from it; return the rows before and after it writes."""
    connection = add_tryout(rig)
    run = connection.runs.get()
    CheckRun.objects.take(run.pk, timezone.now())
    run = CheckRun.objects.select_related("connection__owner").get(pk=run.pk)
    *_, facts = checking._follow(run, opening.open_key(run.connection, run.revision, purpose="test"), timezone.now())
    change(run)
    before = _rows(run)
    settle.settle(run, facts, judge(facts))
    return connection, before, _rows(run)


def _rows(run: CheckRun) -> dict[str, Any]:
    connections, runs = Connection.objects.values(), CheckRun.objects.values()
    return {"connection": connections.get(pk=run.connection_id), "run": runs.get(pk=run.pk)}


CHANGES: dict[str, Callable[[CheckRun], object]] = {
    "given to another worker": lambda run: CheckRun.objects.filter(pk=run.pk).update(reissues=1),
    "waiting again": lambda run: CheckRun.objects.filter(pk=run.pk).update(state=RunState.QUEUED),
    "over": lambda run: CheckRun.objects.filter(pk=run.pk).update(state=RunState.DONE),
    "key replaced": lambda run: flows.replace_secret(run.connection, credentials=KEYS, by=PRODUCT),
    "connection deleted": lambda run: flows.delete_connection(run.connection, by=PRODUCT),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_late_worker_writes_nothing(rig: "Rig", change: str) -> None:
    connection, before, after = _stale(rig, CHANGES[change])

    assert after == before
    assert "connection.checked" not in actions(connection)


def test_a_run_that_is_taken_away_stops_asking(rig: "Rig") -> None:
    connection = add_tryout(rig)
    run = connection.runs.get()
    CheckRun.objects.take(run.pk, timezone.now())
    run = CheckRun.objects.select_related("connection__owner").get(pk=run.pk)
    rig.fault("hang", slug="kucoin", path="/api/v1/user/api-key")

    facts = checking._follow(run, opening.open_key(run.connection, run.revision, purpose="test"), timezone.now())
    next(facts)
    flows.delete_connection(connection, by=PRODUCT)
    rest = list(facts)

    assert rest == []


@pytest.fixture
def fresh_opener() -> Iterator[None]:
    opening.opener.cache_clear()
    yield
    opening.opener.cache_clear()


def test_a_missing_vault_key_says_nothing_about_the_traders_key(
    rig: "Rig", settings: Settings, tmp_path: Path, fresh_opener: None
) -> None:
    connection = online(rig)
    count = asked(rig)
    opening.opener.cache_clear()
    vault.make_keypair(tmp_path)
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path / "vault")

    run = check_again(connection)

    assert (codes(run), run.verdict) == (["reach.unfinished"], "temporary")
    assert (connection.status, connection.trouble) == (Status.ONLINE, "reach.unfinished")
    assert asked(rig) == count
    assert [step.state for step in run.steps] == ["failed"]


def test_an_unreadable_ring_is_no_fault_of_the_trader(settings: Settings, tmp_path: Path, fresh_opener: None) -> None:
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path)

    assert codes(work(add())) == ["reach.unfinished"]


def _tamper(connection: Connection) -> None:
    other = Secret.objects.exclude(connection=connection).get()
    Secret.objects.filter(connection=connection).update(sealed=other.sealed)


def test_a_secret_of_another_row_is_not_used(rig: "Rig", heard: list[Any]) -> None:
    connection = online(rig)
    add_tryout(rig)
    _tamper(connection)
    count = asked(rig)

    run = check_again(connection)

    assert (codes(run), connection.status) == (["key.unsealable"], Status.ERROR)
    assert asked(rig) == count
    assert heard == [(connection.pk, "key.unsealable")]
    assert "Replace key" in run.findings[0].hint


def test_a_secret_that_is_gone_is_not_used(rig: "Rig") -> None:
    connection = add_tryout(rig)
    connection.secrets.all().delete()

    assert codes(work(connection)) == ["key.unsealable"]


def test_a_check_that_could_not_be_finished_judges_nothing() -> None:
    judgement = checking.unfinished()

    assert judgement.verdict is Verdict.TEMPORARY
    assert "says nothing about your key" in judgement.findings[0].text


def test_a_check_that_never_ends_is_given_up_soon_after_its_deadline_and_says_nothing(
    rig: "Rig", settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = online(rig)
    settings.CHECK_DEADLINE = timedelta(0)
    monkeypatch.setattr(observe, "GRACE_SECONDS", 0)
    monkeypatch.setattr(observe, "HEARTBEAT_SECONDS", 0.01)
    stands, goes_on = threading.Event(), threading.Event()

    async def stand() -> None:
        stands.set()
        goes_on.wait(20)

    standing = LOOP.submit(stand())
    stands.wait(20)
    try:
        check_again(connection)
    finally:
        goes_on.set()
        standing.result(20)

    run = connection.shown_run
    assert run is not None
    assert (codes(run), connection.status, connection.trouble) == (["reach.unfinished"], "online", "reach.unfinished")
