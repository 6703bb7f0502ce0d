"""The trail only grows, whatever asks the database."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.by import By
from accounts.models import AuditEvent, AuditLink
from accounts.trail import append_only, sealing
from tests.accounts.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        return True
    return False


@pytest.fixture
def event() -> AuditEvent:
    audit.record("a.b")
    sealing.seal(timezone.now())
    return AuditEvent.objects.get()


@pytest.mark.parametrize(
    "change",
    ["outcome = 'forged'", "action = 'c.d'", "at = '2020-01-01'", "mac = ''", "id = id + 1000", "actor_label = 'x'"],
)
def test_the_database_refuses_to_change_an_event(event: AuditEvent, change: str) -> None:
    assert refused(f"UPDATE accounts_auditevent SET {change}")  # noqa: S608 - a change of ours

    assert AuditEvent.objects.get() == event


def test_the_database_refuses_to_delete_one(event: AuditEvent) -> None:
    assert refused("DELETE FROM accounts_auditevent")
    assert refused("DELETE FROM accounts_auditlink")
    assert refused("UPDATE accounts_auditlink SET digest = 'x'")

    assert (AuditEvent.objects.count(), AuditLink.objects.count()) == (1, 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has REPLACE")
@pytest.mark.parametrize(
    "forged",
    [
        "REPLACE INTO accounts_auditevent SELECT * FROM accounts_auditevent",
        "INSERT OR REPLACE INTO accounts_auditlink SELECT position, event_id, 'x', sealed_at FROM accounts_auditlink",
        "REPLACE INTO accounts_auditlink SELECT position + 1, event_id, 'x', sealed_at FROM accounts_auditlink",
        "REPLACE INTO accounts_auditlink SELECT position, event_id + 1, 'x', sealed_at FROM accounts_auditlink",
    ],
)
def test_the_database_refuses_to_put_another_in_the_place_of_one(event: AuditEvent, forged: str) -> None:
    assert refused(forged)

    assert AuditEvent.objects.get() == event
    assert AuditLink.objects.get().digest != "x"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_the_database_refuses_to_empty_the_table(event: AuditEvent) -> None:
    assert refused("TRUNCATE accounts_auditevent CASCADE")
    assert refused("TRUNCATE accounts_auditlink")


def test_an_account_that_goes_is_forgotten_and_its_label_stays() -> None:
    user = make_user()
    audit.record("a.b", by=By(user=user))

    user.delete()

    event = AuditEvent.objects.get()
    assert event.actor_id is None
    assert event.mac == audit.mark(event)
    assert refused("UPDATE accounts_auditevent SET actor_id = 1")


def test_what_is_lifted_is_put_back(event: AuditEvent) -> None:
    with append_only.lifted(connection):
        assert not refused("UPDATE accounts_auditevent SET outcome = 'forged'")

    assert refused("UPDATE accounts_auditevent SET outcome = 'again'")
