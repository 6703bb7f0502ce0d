from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections import proof
from connections.models import Connection, RunState, Status
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def refusal(**fields: Any) -> str:
    found = proof.refuse_bots(make_connection(owner=make_user(), **fields), timezone.now())
    return found.code if found else ""


def test_a_connection_that_is_online_with_a_fresh_pass_carries_bots() -> None:
    assert refusal() == ""


def test_each_reason_against_bots_has_a_code_and_a_sentence() -> None:
    old = timezone.now() - timedelta(hours=25)

    assert refusal(deleted=True, status=Status.UNTESTED) == "connection.deleted"
    assert refusal(status=Status.UNTESTED) == "connection.untested"
    assert refusal(status=Status.ERROR) == "connection.error"
    assert refusal(passed_at=old) == "connection.stale"
    assert refusal(revision=2, passed_revision=1) == "connection.stale"
    assert all(text.endswith(".") for text in proof.REFUSALS.values())


def test_no_bot_is_enabled_while_a_test_is_under_way() -> None:
    connection = make_connection(owner=make_user())
    make_run(connection=connection, state=RunState.QUEUED)

    found = proof.refuse_bots(Connection.objects.get(pk=connection.pk), timezone.now())

    assert found is not None
    assert found.code == "connection.testing"


@pytest.mark.django_db(transaction=True)
def test_the_row_that_decides_is_the_one_in_the_database() -> None:
    from django.db import transaction

    connection = make_connection(owner=make_user())
    Connection.objects.filter(pk=connection.pk).update(status=Status.ERROR)

    with transaction.atomic():
        assert proof.lock_connection(connection.pk).status == Status.ERROR
