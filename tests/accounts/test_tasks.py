from datetime import datetime
from importlib import import_module

import pytest
from django.conf import settings

from accounts import tasks
from accounts.guard import limits
from accounts.models import Bucket
from tests.accounts.factories import make_user, sign_in

pytestmark = pytest.mark.django_db


def test_sessions_that_have_ended_are_swept(client):
    sign_in(client, make_user())
    engine = import_module(settings.SESSION_ENGINE)
    old = engine.SessionStore()
    old.set_expiry(-1)
    old.save()
    sessions = engine.SessionStore.get_model_class().objects
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
