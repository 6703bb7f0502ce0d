"""A key is opened for one call; each opening is counted, and what stands in its way has an alarm of its own."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings as real
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent
from connections import desks
from connections.models import Connection, KeyOpening, Secret
from connections.secrets import opening, openings, vault
from connections.secrets.storing import store_secret
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection

pytestmark = [pytest.mark.django_db, pytest.mark.services]
KEY = {"api_key": "canary-key-0815", "secret": "canary-secret-0815"}


@pytest.fixture
def connection() -> Connection:
    made = make_connection(owner=make_user())
    made.secrets.all().delete()
    store_secret(made, KEY, revision=made.revision)
    return made


@pytest.fixture(autouse=True)
def fresh_quota() -> Iterator[None]:
    opening.quota.cache_clear()
    yield
    opening.quota.cache_clear()


def told(action: str) -> list[str]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk").values_list("outcome", flat=True))


def open_it(connection: Connection, purpose: str = "compare") -> None:
    opening.open_key(connection, connection.revision, purpose=purpose)


def test_each_opening_is_counted_and_the_first_of_an_hour_is_told_at_once(connection: Connection) -> None:
    for purpose in ("compare", "compare", "order", "compare"):
        open_it(connection, purpose)

    assert dict(KeyOpening.objects.values_list("purpose", "count")) == {"compare": 3, "order": 1}
    assert told("secret.opened") == ["compare", "order"]


def test_an_hour_that_is_over_is_told_as_one_sum(connection: Connection) -> None:
    for _ in range(3):
        open_it(connection)
    now = timezone.now()

    openings.tell_sums(now)
    assert told("secret.openings") == []
    for _ in range(2):
        openings.tell_sums(now + timedelta(hours=1, minutes=3))

    assert told("secret.openings") == ["compare 3"]
    assert AuditEvent.objects.get(action="secret.openings").target == f"connection:{connection.public_id}"


def test_a_sum_that_grew_meanwhile_waits_for_the_next_look(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_it(connection)
    iterate = type(KeyOpening.objects.all()).__iter__

    def grow(rows: object) -> Iterator[KeyOpening]:
        for row in list(iterate(rows)):  # type: ignore[arg-type]  # a query set
            KeyOpening.objects.update(count=row.count + 1)
            yield row

    with monkeypatch.context() as patch:
        patch.setattr(type(KeyOpening.objects.all()), "__iter__", grow)
        openings.tell_sums(timezone.now() + timedelta(hours=2))
    assert told("secret.openings") == []

    openings.tell_sums(timezone.now() + timedelta(hours=2))
    assert told("secret.openings") == ["compare 2"]


def test_sums_are_kept_for_more_than_a_year(connection: Connection) -> None:
    open_it(connection)
    openings.tell_sums(timezone.now() + timedelta(hours=2))

    openings.tell_sums(timezone.now() + timedelta(days=390))
    assert KeyOpening.objects.count() == 1
    openings.tell_sums(timezone.now() + timedelta(days=402))
    assert KeyOpening.objects.count() == 0


def test_another_worker_that_counts_the_first_at_the_same_time_makes_it_no_second_first(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_it(connection)
    run, answers = opening._ONE_MORE.run, iter([0])
    monkeypatch.setattr(opening._ONE_MORE, "run", lambda **which: next(answers, None) is None and run(**which))

    open_it(connection)

    assert KeyOpening.objects.get().count == 2
    assert told("secret.opened") == ["compare"]


def test_what_cannot_be_counted_is_not_opened(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**which: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(opening._ONE_MORE, "run", full)

    with pytest.raises(OSError, match="full"):
        open_it(connection)


def spoil(connection: Connection) -> None:
    other = make_connection(owner=connection.owner)
    other.secrets.all().delete()
    store_secret(other, KEY, revision=1)
    Secret.objects.filter(connection=connection).update(sealed=other.secrets.get().sealed)


def lose_the_key(connection: Connection) -> None:
    made = make_connection(owner=connection.owner)
    Secret.objects.filter(connection=connection).update(sealed=made.secrets.get().sealed)


@pytest.mark.parametrize(
    ("act", "error", "alarm"),
    [
        (spoil, vault.SealBrokenError, "secret.tampered"),
        (lose_the_key, vault.VaultKeyMissingError, "vault.key_missing"),
    ],
)
def test_tamper_and_loss_are_two_alarms(
    connection: Connection,
    caplog: pytest.LogCaptureFixture,
    act: Callable[[Connection], None],
    error: type[Exception],
    alarm: str,
) -> None:
    act(connection)

    for _ in range(3):
        with pytest.raises(error):
            open_it(connection)

    assert told(alarm) == ["refused"]
    assert told("secret.opened") == []
    assert KeyOpening.objects.get(purpose=alarm).count == 3
    assert caplog.text.count(alarm) == 3
    missing = Secret.objects.get(connection=connection).sealed[3:11]
    assert (missing in caplog.text) == (alarm == "vault.key_missing")
    assert "canary" not in caplog.text


def test_every_swap_of_fifty_rows_is_refused_and_in_the_trail() -> None:
    owner, rows = make_user(), []
    for _ in range(50):
        made = make_connection(owner=owner)
        made.secrets.all().delete()
        store_secret(made, KEY, revision=1)
        rows.append(made)
    sealed = [row.secrets.get().sealed for row in rows]
    for number, row in enumerate(rows):
        row.secrets.update(sealed=sealed[number - 1])

    for row in rows:
        with pytest.raises(vault.SealBrokenError):
            open_it(row)

    assert set(AuditEvent.objects.filter(action="secret.tampered").values_list("target", flat=True)) == {
        f"connection:{row.public_id}" for row in rows
    }


def test_a_secret_that_was_destroyed_is_no_alarm(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    connection.secrets.all().delete()

    with pytest.raises(vault.SecretGoneError):
        open_it(connection)

    assert "alarm" not in caplog.text
    assert not KeyOpening.objects.exists()


def test_a_process_that_opens_far_too_many_keys_raises_an_alarm_and_then_stops(
    connection: Connection, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.KEY_OPENINGS_PER_SECOND, settings.KEY_OPENINGS_AT_ONCE = 0, 6

    for _ in range(3):
        open_it(connection)
    assert "vault.surge" not in caplog.text
    for _ in range(3):
        open_it(connection)
    assert caplog.text.count("vault.surge") == 1
    with pytest.raises(vault.VaultBusyError):
        open_it(connection)
    with pytest.raises(desks.KeyClosedError):
        desks.open_key(connection, purpose="look-up")


def test_orders_are_never_refused_by_the_quota(connection: Connection, settings: Settings) -> None:
    settings.KEY_OPENINGS_PER_SECOND, settings.KEY_OPENINGS_AT_ONCE = 0, 2

    for _ in range(5):
        open_it(connection, "order")

    assert KeyOpening.objects.get(purpose="order").count == 5


def test_the_quota_fills_again_and_its_alarm_rings_once_a_minute() -> None:
    now, rung = [0.0], list[float]()
    quota = opening.Quota(rate=2, burst=4, clock=lambda: now[0])

    def take() -> float:
        return quota.take(alarm=lambda: rung.append(now[0]))

    assert [take() for _ in range(6)] == [4, 3, 2, 1, 0, 0]
    now[0] = 0.25
    assert take() == 0
    now[0] = 0.5
    assert take() == 1
    now[0] = 61
    assert [take() for _ in range(3)] == [4, 3, 2]
    assert rung == [0.0, 61]


def test_the_quota_of_an_installation_is_far_above_what_bots_need() -> None:
    assert real.KEY_OPENINGS_PER_SECOND >= 100
    assert real.KEY_OPENINGS_AT_ONCE >= 20 * real.KEY_OPENINGS_PER_SECOND
