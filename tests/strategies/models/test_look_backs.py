"""Rows that one worker at a time has."""

from datetime import timedelta

import pytest
from django.utils import timezone

from strategies.models import LookBack
from tests.strategies.factories import make_bot

NOW = timezone.now()
LEASE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def make_row(**fields: object) -> LookBack:
    return LookBack.objects.create(bot=make_bot(), months=1, until=NOW, **fields)


def test_of_two_workers_that_read_the_same_row_one_has_it() -> None:
    row = make_row()
    mine = LookBack.objects.filter(pk=row.pk)

    assert mine.claim(row.claim_until, NOW + LEASE)
    assert not mine.claim(row.claim_until, NOW + 2 * LEASE)
    row.refresh_from_db()
    assert row.claim_until == NOW + LEASE


def test_a_row_is_free_once_its_worker_is_silent_for_too_long() -> None:
    waiting, held, lost = (make_row(claim_until=at) for at in (None, NOW + LEASE, NOW - LEASE))

    assert set(LookBack.objects.free(NOW)) == {waiting, lost}
    assert held in LookBack.objects.free(NOW + 2 * LEASE)
