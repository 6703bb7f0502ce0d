from datetime import datetime, timedelta
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.guard import limits
from accounts.models import Bucket, User
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db


def test_sessions_that_have_ended_are_swept(client):
    sign_in(client, make_user())
    engine = import_module(settings.SESSION_ENGINE)
    old = engine.SessionStore()
    old.save()
    sessions = engine.SessionStore.get_model_class().objects
    sessions.filter(user=None).update(expire_date=timezone.now())
    assert sessions.count() == 2

    tasks.sweep()

    assert sessions.count() == 1
    assert client.get("/account/").status_code == 200


def test_a_part_that_fails_does_not_keep_the_others(monkeypatch):
    def fail(now: datetime) -> None:
        raise ValueError

    limits.take(limits.ACCOUNT, "ada")
    Bucket.objects.update(empty_at=0)
    monkeypatch.setattr(tasks, "SWEEPING", (fail, limits.forget_empty))

    tasks.sweep()

    assert not Bucket.objects.exists()


def test_accounts_that_strangers_asked_for_and_nobody_proved_are_swept(client):
    client.post("/account/signup/", {"email": "held@example.test", "password1": PASSWORD})
    old = timezone.now() - timedelta(days=2)
    kept = [make_user(date_joined=old), make_user(date_joined=old, is_proven=False, has_factor=False, password="a b c")]
    used = User.objects.create(email="used@example.test", password="!", date_joined=old, last_login=old)
    EmailAddress.objects.create(user=used, email=used.email, primary=True)
    tasks.sweep()
    assert User.objects.filter(email="held@example.test").exists()
    User.objects.filter(email="held@example.test").update(date_joined=old)

    tasks.sweep()

    assert set(User.objects.values_list("pk", flat=True)) == {used.pk, *(user.pk for user in kept)}


def test_who_asks_again_is_not_swept(client):
    for _ in range(2):
        client.post("/account/signup/", {"email": "held@example.test", "password1": PASSWORD})
        first = User.objects.get().date_joined
        User.objects.update(date_joined=timezone.now() - timedelta(days=2))
    Client().post("/account/signup/", {"email": "held@example.test", "password1": PASSWORD})

    tasks.sweep()

    assert User.objects.get().date_joined >= first
