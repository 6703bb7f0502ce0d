"""A pass that is too old proves nothing, unless a new one came in between."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from connections.check import settle
from connections.models import Connection
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection

pytestmark = pytest.mark.django_db


def renew_the_others(connection_id: int, *, reason: str, is_temporary: bool) -> None:
    """Let checks of all other connections pass while the first one is being told of."""
    Connection.objects.exclude(pk=connection_id).update(passed_at=timezone.now())


def test_a_pass_that_is_renewed_meanwhile_does_not_lapse(settings: Settings) -> None:
    settings.WHEN_NOT_ONLINE = [f"{__name__}.renew_the_others"]
    owner, old = make_user(), timezone.now() - settings.PASS_LIFETIME - timedelta(minutes=1)
    for _ in range(2):
        make_connection(owner=owner, passed_at=old)

    settle.lapse_passes(timezone.now())

    assert sorted(Connection.objects.values_list("status", flat=True)) == ["online", "untested"]
