"""What strangers make in bulk is gone with its time, and nobody who writes meanwhile waits long for the sweep."""

import os
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.guard import limits
from accounts.models import Bucket, WebSession
from database import portions
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db
COUNTERS, SESSIONS = 100_000, 2_000
MANY_COUNTERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
INSERT INTO accounts_bucket (key, empty_at, told_at) SELECT 'b:' || n, 1, 0 FROM numbers
"""


def test_a_hundred_thousand_rows_of_visitors_are_swept_in_portions(client):
    sign_in(client, make_user())
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    ended = timezone.now() - timedelta(seconds=1)
    told = {"session_data": "", "expire_date": ended, "last_seen_at": ended}
    sessions.objects.bulk_create(sessions(session_key=f"{n:064x}", public_id=uuid4(), **told) for n in range(SESSIONS))
    Bucket.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(MANY_COUNTERS, [COUNTERS])
    Bucket.objects.create(key="full", empty_at=2**62, told_at=0)
    deleted: list[int] = []

    def count(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("DELETE"):
            deleted.append(len(params))
        return run(sql, params, many, context)

    with connection.execute_wrapper(count):
        tasks.sweep()

    assert sessions.objects.count() == 1
    assert [bucket.key for bucket in Bucket.objects.all()] == ["full"]
    assert client.get("/account/").status_code == 200
    assert len(deleted) >= (COUNTERS + SESSIONS) / portions.ROWS
    assert max(deleted) <= portions.ROWS


def sign_up(client: Client) -> object:
    return client.post("/account/signup/", {"email": "nobody@example.test", "password1": PASSWORD})


# What strangers may send as often as they like.
ASKED: list[Callable[[Client], object]] = [
    lambda client: client.get("/account/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"}),
    lambda client: client.post("/account/2fa/webauthn/login/", {"credential": "{}"}),
    lambda client: client.get("/account/login/?next=/bots/"),
    lambda client: client.post("/account/login/", {"login": "nobody@example.test", "password": "wrong"}),
    lambda client: client.post("/account/password/reset/", {"email": "nobody@example.test"}),
    lambda client: client.get("/account/confirm-email/"),
    lambda client: client.get("/account/password/reset/key/1-abc-def/"),
    lambda client: client.post("/account/logout/"),
    lambda client: client.get("/account/undo/abc/"),
]


def test_strangers_leave_no_session_behind():
    for ask in ASKED:
        ask(Client())

    assert not WebSession.objects.exists()


@pytest.mark.skipif(not os.environ.get("LONG"), reason="ten thousand requests")
def test_ten_thousand_requests_of_strangers_leave_few_sessions_behind():
    for number in range(10_000):
        (*ASKED, sign_up)[number % (len(ASKED) + 1)](Client())

    # Those who sign up wait for a code: as many in an hour as one network may be.
    assert WebSession.objects.count() <= limits.SIGN_UP.burst + limits.SIGN_UP.hourly
