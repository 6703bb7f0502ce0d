"""What the owner of the tables may do with the trail, by commands."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts import audit, tasks
from accounts.models import AuditEvent, AuditLink
from accounts.trail import append_only, sealing
from accounts.trail.verify import verify

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def trail(settings: Settings, tmp_path: Path) -> Path:
    """Give five events, three of them of another year."""
    path = tmp_path / "anchor.jsonl"
    settings.AUDIT_ANCHOR_FILE = str(path)
    for days in (500, 450, 401, 300, 0):
        event = AuditEvent(action=f"test.d{days}", outcome="ok", at=timezone.now() - timedelta(days=days))
        event.mac = audit.mark(event)
        AuditEvent.objects.bulk_create([event])
    tasks.seal()
    return path


def broken(path: Path) -> object:
    return verify(sealing.anchors(path.read_text().splitlines())).broken


def test_what_is_old_is_cut_and_the_rest_stays_true(trail: Path) -> None:
    assert broken(trail) is None

    call_command("cut_audit")

    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "test.d300",
        "test.d0",
        "audit.cut",
    ]
    assert AuditLink.objects.earliest("position").position == 4
    assert broken(trail) is None
    tasks.seal()
    assert broken(trail) is None
    call_command("cut_audit")
    assert AuditEvent.objects.filter(action="audit.cut").count() == 1


def test_a_beginning_that_was_cut_without_the_command_is_found(trail: Path) -> None:
    with append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE action = 'test.d500'")
        cursor.execute("DELETE FROM accounts_auditlink WHERE position = 1")

    assert broken(trail) is not None


def test_the_last_year_is_never_cut(trail: Path) -> None:
    with pytest.raises(CommandError, match="400 days"):
        call_command("cut_audit", "--older-than", "399")

    assert AuditEvent.objects.count() == 5


@pytest.mark.skipif(connection.vendor == "postgresql", reason="there it has roles")
def test_without_roles_none_is_granted_anything() -> None:
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("grant_app_role", "app")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
@pytest.mark.parametrize("role", ["app; DROP TABLE x", "App", "", "a-b"])
def test_a_name_that_is_none_is_refused(role: str) -> None:
    with pytest.raises(CommandError, match="A role's name"):
        call_command("grant_app_role", role)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
def test_the_applications_role_only_adds_to_the_trail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("this role makes no others")
        cursor.execute("CREATE ROLE app_of_a_test")
        call_command("grant_app_role", "app_of_a_test")
        may = "SELECT has_table_privilege('app_of_a_test', %s, %s)"
        for table in append_only.TABLES:
            for right, expected in (("INSERT", True), ("SELECT", True), ("UPDATE", False), ("DELETE", False)):
                cursor.execute(may, [table, right])
                assert cursor.fetchone()[0] is expected, (table, right)
            cursor.execute(may, [table, "TRUNCATE"])
            assert cursor.fetchone()[0] is False
        cursor.execute(may, ["connections_connection", "UPDATE"])
        assert cursor.fetchone()[0] is True
