"""POST /signals/<token>/ as the senders of alerts see it: JSON answers, no cookies, and no trace of the token."""

import io
import json
import threading
import time
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError
from django.db import connection as database
from django.test import Client, override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import AuditEvent
from strategies.models import Bot, Signal
from strategies.signals import inbox
from tests.strategies.factories import make_bot
from tests.web.payloads import PAYLOADS
from workers import wake

ALERT = {"pair": "BTC/USDT", "direction": "long"}
CANARY = "cAnArYtOkEn" + "x" * 32
LIMIT = 64 * 1024


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "publish", lambda task, row: None)


@pytest.fixture
def bot(db: None) -> Bot:
    return make_bot(signal_hash=inbox.hash_of(CANARY), signal_hint=CANARY[-4:], signal_since=timezone.now())


@pytest.fixture
def sender() -> Client:
    """Return a client without cookies and without a form token."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def post(sender: Client, body: Any = None, *, token: str = CANARY, kind: str = "text/plain", **more: Any) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(ALERT if body is None else body).encode()
    return sender.generic("POST", f"/signals/{token}/", sent, kind, **more)


@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "application/json", "multipart/form-data", "zq", ""])
def test_an_alert_is_accepted_whatever_type_it_says_it_has(sender: Client, bot: Bot, kind: str) -> None:
    answer = post(sender, kind=kind)

    assert answer.status_code == 202
    assert answer.json() == {"state": "accepted"}


def test_what_came_before_is_a_duplicate(sender: Client, bot: Bot) -> None:
    first, second = (post(sender, ALERT | {"id": "7"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == {"state": "duplicate"}
    assert Signal.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "The body is no JSON."),
        (b"\xff\xfe", 400, "The body is no JSON."),
        (b"[]", 400, "The body must be a JSON object."),
        ({"pair": "BTC/USDT"}, 422, "direction must be long, short or close."),
        (ALERT | {"pair": "ETH/USDT"}, 422, "This bot does not trade “ETH/USDT”. It trades BTC/USDT."),
        (ALERT | {"time": "2020-01-01T00:00:00Z"}, 422, "This alert is older than 300 seconds."),
        (b" " * (LIMIT + 1), 413, "The body is larger than 64 KiB."),
    ],
)
def test_a_refusal_is_one_plain_sentence(sender: Client, bot: Bot, body: Any, status: int, error: str) -> None:
    answer = post(sender, body)

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert not Signal.objects.exists()


def test_a_body_as_large_as_the_limit_is_read(sender: Client, bot: Bot) -> None:
    body = json.dumps(ALERT).encode()

    assert post(sender, body + b" " * (LIMIT - len(body))).status_code == 202


@pytest.mark.parametrize(("length", "status"), [("many", 400), ("-1", 400), ("9" * 5000, 413), ("1e3", 400)])
def test_a_length_that_is_none_is_refused(sender: Client, bot: Bot, length: str, status: int) -> None:
    answer = post(sender, CONTENT_LENGTH=length)

    assert answer.status_code == status
    assert "error" in answer.json()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("token", [CANARY, "unknown"])
def test_another_method_is_refused(sender: Client, bot: Bot, method: str, token: str) -> None:
    answer = sender.generic(method, f"/signals/{token}/")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/signals/unknown/", "/signals//", "/signals/", "/signals/a/b/", "/signals/%00/"])
def test_addresses_that_are_none_all_answer_alike(sender: Client, bot: Bot, path: str) -> None:
    answer = sender.generic("POST", path, json.dumps(ALERT).encode())

    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such address."})


def test_a_forgotten_slash_loses_no_alert(sender: Client, bot: Bot) -> None:
    assert sender.generic("POST", f"/signals/{CANARY}", json.dumps(ALERT).encode()).status_code == 202


def test_too_many_are_told_to_wait(sender: Client, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PER_MINUTE", 2)

    answers = [post(sender, ALERT | {"id": number}).status_code for number in range(4)]

    assert answers == [202, 202, 429, 429]


def test_over_plain_http_nothing_is_taken_and_nothing_is_led_away(sender: Client, bot: Bot, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    strict = Client(enforce_csrf_checks=True)

    plain, secure = post(strict), post(strict, secure=True)

    assert (plain.status_code, secure.status_code) == (403, 202)
    assert "Location" not in plain.headers
    assert "make a new one" in plain.json()["error"]


def test_a_wrong_host_is_refused(sender: Client, bot: Bot) -> None:
    answer = post(sender, headers={"Host": "evil.test"})

    assert (answer.status_code, answer.json()) == (400, {"error": "There is no such host here."})


def test_no_cookie_is_set_and_none_is_looked_at(sender: Client, bot: Bot) -> None:
    with database.execute_wrapper(_refuse_sessions):
        answer = post(sender, headers={"Cookie": "session=" + "a" * 32})

    assert answer.status_code == 202
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store, private"
    assert "Content-Security-Policy" in answer.headers


def _refuse_sessions(execute: Any, sql: str, *rest: Any) -> Any:
    assert "session" not in sql
    return execute(sql, *rest)


def test_a_database_that_is_away_is_told_in_json(sender: Client, bot: Bot) -> None:
    def away(*call: Any) -> Any:
        raise OperationalError("canary: server closed the connection")

    with database.execute_wrapper(away):
        answer = post(sender)

    assert (answer.status_code, answer.json()) == (503, {"error": "Our database is not answering. Send it again."})


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "kind", ["accepted", "refused", "unknown", "wrong host", "GET", "plain http", "broken", "deeper"]
)
def test_the_token_is_in_no_line_no_answer_and_no_trail(
    sender: Client,
    bot: Bot,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    kind: str,
    debug: bool,
) -> None:
    acts: dict[str, Any] = {
        "accepted": lambda: post(sender),
        "refused": lambda: post(sender, b"{}"),
        "unknown": lambda: post(sender, token=CANARY + "z"),
        "wrong host": lambda: post(sender, headers={"Host": "evil.test"}),
        "GET": lambda: sender.get(f"/signals/{CANARY}/?token={CANARY}"),
        "plain http": lambda: post(sender),
        "broken": lambda: post(sender),
        "deeper": lambda: sender.post(f"/signals/{CANARY}/more/"),
    }
    settings.SECURE_SSL_REDIRECT = kind == "plain http"
    if kind == "broken":
        monkeypatch.setattr(inbox, "receive", _break)

    with override_settings(DEBUG=debug):
        answer = acts[kind]()

    log = lines.getvalue()
    assert answer.status_code == {"accepted": 202, "refused": 422, "unknown": 404, "broken": 500}.get(
        kind, answer.status_code
    )
    assert "request_finished" in log or kind == "broken"
    for text in (log, answer.content.decode(), repr(answer.headers), str(list(AuditEvent.objects.values()))):
        assert CANARY not in text


def _break(*args: Any, **rest: Any) -> Any:
    raise RuntimeError("out of order")


@pytest.mark.django_db
def test_hostile_fields_break_nothing(sender: Client, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PER_MINUTE", 10**6)
    values = [payload.decode("utf-8", "replace") for payload in PAYLOADS]
    odd: list[Any] = [*values, "\ud800", 10**400, -1, 1e308, True, [], {}, [[[]]], {"a": {"b": []}}]
    bodies = [ALERT | {name: value} for name in (*ALERT, "price", "id", "time", "zq") for value in odd]

    statuses = {post(sender, body).status_code for body in bodies} | {
        post(sender, body).status_code for body in PAYLOADS
    }

    assert statuses <= {200, 202, 400, 422}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_twenty_at_the_same_moment_are_one() -> None:
    make_bot(signal_hash=inbox.hash_of(CANARY))
    gate, statuses = threading.Barrier(20), []

    def send() -> None:
        gate.wait()
        try:
            statuses.append(post(Client(enforce_csrf_checks=True), ALERT | {"id": "7"}).status_code)
        finally:
            database.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(statuses) == [200] * 19 + [202]
    assert Signal.objects.count() == 1


def test_a_broker_that_is_away_costs_the_sender_no_alert(
    sender: Client,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.undo()

    def away(*args: Any, **options: Any) -> None:
        raise BrokerError("refused")

    monkeypatch.setattr(current_app, "send_task", away)
    started = time.monotonic()

    with django_capture_on_commit_callbacks(execute=True):
        answer = post(sender)

    assert answer.status_code == 202
    assert time.monotonic() - started < 1
    assert Signal.objects.waiting().count() == 1
