from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import wording
from accounts.by import By
from accounts.freeze import LASTS, Because, FrozenError, freeze, freeze_of, refuse_while_frozen
from accounts.models import AuditEvent, User
from tests.accounts.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def user():
    return make_user()


def asked_again(user):
    with transaction.atomic():
        refuse_while_frozen(user)


def test_nothing_is_refused_of_an_account_that_nobody_froze(user):
    asked_again(user)

    assert freeze_of(user) is None


@pytest.mark.parametrize("because", Because)
def test_a_frozen_account_is_refused_with_the_time_and_the_reason(user, because):
    freeze(user, because, by=By(user=user, address="192.0.2.1"))

    with pytest.raises(FrozenError, match=r"frozen until [0-9:]+ UTC on .*, because ") as refused:
        asked_again(user)
    assert str(wording.FROZEN[because]) in str(refused.value)
    event = AuditEvent.objects.get(action="account.frozen")
    assert (event.outcome, event.address) == (because, "192.0.2.1")


def test_it_is_the_row_in_the_database_that_counts(user):
    stale = User.objects.get(pk=user.pk)
    freeze(user, Because.UNDONE)

    with pytest.raises(FrozenError):
        asked_again(stale)


def test_a_freeze_ends_by_itself(user):
    freeze(user, Because.PASSWORD_RESET)
    User.objects.update(frozen_until=timezone.now() - timedelta(seconds=1))

    asked_again(user)


def test_a_second_reason_begins_the_day_anew(user):
    freeze(user, Because.PASSWORD_RESET)
    User.objects.update(frozen_until=timezone.now() + timedelta(hours=1))
    freeze(user, Because.FACTOR_CHANGED)

    found = freeze_of(User.objects.get(pk=user.pk))

    assert found
    assert found.because == Because.FACTOR_CHANGED
    assert found.until > timezone.now() + LASTS - timedelta(minutes=1)


def test_a_freeze_belongs_to_the_change_that_it_follows(user):
    with transaction.atomic():
        freeze(user, Because.ADDRESS_CHANGED)
        transaction.set_rollback(True)

    assert freeze_of(User.objects.get(pk=user.pk)) is None
