"""Passkeys: no guess at anything else keeps their owner out, and garbage is a wrong answer."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.test import Client

from accounts.models import AuditEvent, User
from tests.accounts.factories import PASSWORD, add_totp, make_user, sign_in

pytestmark = pytest.mark.django_db
EMAIL, LOGIN = "ada@example.test", "/account/login/"
BY_PASSKEY, CONFIRM = "/account/2fa/webauthn/login/", "/account/2fa/reauthenticate/"

ASKED_BY_SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def coded(text: bytes) -> str:
    return urlsafe_b64encode(text).decode().rstrip("=")


def answer(handle: bytes = b"1") -> dict[str, Any]:
    asked = json.dumps({"type": "webauthn.get", "challenge": coded(b"x" * 32), "origin": "http://testserver"})
    told = {"clientDataJSON": asked.encode(), "authenticatorData": b"a" * 37, "signature": b"s", "userHandle": handle}
    response = {name: coded(value) for name, value in told.items()}
    return {"type": "public-key", "id": coded(b"q"), "rawId": coded(b"q"), "response": response}


GARBAGE = [
    "",
    "{",
    "[]",
    "5",
    "{}",
    '{"response": 5}',
    '{"id": "a", "rawId": "a", "response": {"userHandle": "a"}}',
    '{"a":' * 5000 + "1" + "}" * 5000,
    json.dumps(answer(b"\xff\x00")),
    json.dumps(answer("é".encode())),
    json.dumps(answer(b"9" * 40)),
]


@pytest.fixture
def ada() -> User:
    return make_user(email=EMAIL, password=PASSWORD)


def test_a_passkey_signs_in_whatever_was_guessed_from_its_network(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone", "credential": {}})
    for _ in range(15):
        Client().post(LOGIN, {"login": EMAIL, "password": "wrong"})
        Client().post(BY_PASSKEY, {"credential": "{}"})
    owner = Client()
    assert "Too many tries" in owner.post(LOGIN, {"login": EMAIL, "password": PASSWORD}).content.decode()
    monkeypatch.setattr(auth, "parse_authentication_response", lambda response: response)
    monkeypatch.setattr(auth, "extract_user_from_response", lambda response: ada)
    monkeypatch.setattr(auth, "complete_authentication", lambda user, response: passkey)
    owner.get(BY_PASSKEY, headers=ASKED_BY_SCRIPT)

    owner.post(BY_PASSKEY, {"credential": json.dumps(answer())})

    assert owner.get("/account/").status_code == 200


@pytest.fixture
def right(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every answer be right for a question that is there."""
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone", "credential": {}})
    monkeypatch.setattr(auth, "parse_authentication_response", lambda response: response)
    monkeypatch.setattr(auth, "extract_user_from_response", lambda response: ada)
    monkeypatch.setattr(auth, "complete_authentication", lambda user, response: auth.get_state() and passkey)


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_question_is_answered_once(right: None) -> None:
    owner, thief = Client(), Client()
    owner.get(BY_PASSKEY, headers=ASKED_BY_SCRIPT)
    cookie = owner.cookies["question"].value

    for person in (owner, thief):
        person.cookies["question"] = cookie
        person.post(BY_PASSKEY, {"credential": json.dumps(answer())})

    assert is_signed_in(owner)
    assert not is_signed_in(thief)


def test_an_answer_without_its_question_is_wrong(right: None) -> None:
    asked = Client()
    asked.get(BY_PASSKEY, headers=ASKED_BY_SCRIPT)
    forged = asked.cookies["question"].value[:-1] + "_"

    for cookie in ("", "x", forged):
        client = Client()
        client.cookies["question"] = cookie
        client.post(BY_PASSKEY, {"credential": json.dumps(answer())})
        assert not is_signed_in(client)


def test_a_question_grows_old(right: None) -> None:
    client = Client()
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=6), tick=False):
        client.get(BY_PASSKEY, headers=ASKED_BY_SCRIPT)
    client.post(BY_PASSKEY, {"credential": json.dumps(answer())})

    assert not is_signed_in(client)


def test_codes_are_guessed_a_few_times_in_one_session_and_others_go_on(ada: User) -> None:
    add_totp(ada)
    thief, owner = (sign_in(Client(), ada, age=31 * 60) for _ in range(2))

    tries = [thief.post(CONFIRM, {"code": f"{number:06}"}).status_code for number in range(12)]

    assert tries.count(200) <= 10
    assert tries[-1] == 429
    assert owner.post(CONFIRM, {"code": "000000"}).status_code == 200


@pytest.mark.parametrize("page", ["login", "reauthenticate", "add"])
@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_a_wrong_answer(ada: User, page: str, garbage: str) -> None:
    client = Client(raise_request_exception=False)
    if page != "login":
        sign_in(client, ada)
    client.get(f"/account/2fa/webauthn/{page}/", headers={"X-Requested-With": "XMLHttpRequest"})

    code = client.post(f"/account/2fa/webauthn/{page}/", {"credential": garbage, "name": "x"}).status_code

    assert code in {200, 302}
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("page", ["login", "reauthenticate"])
def test_wrong_answers_are_in_the_trail_and_do_not_flood_it(ada: User, page: str) -> None:
    client = Client()
    if page != "login":
        Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone", "credential": {}})
        sign_in(client, ada)

    for _ in range(12):
        client.post(f"/account/2fa/webauthn/{page}/", {"credential": json.dumps(answer())})

    told = set(AuditEvent.objects.filter(action="account.factor_failed").values_list("outcome", "target", "address"))
    assert told == {("refused", "limit:told.passkey" if page == "login" else f"user:{ada.public_id}", "127.0.0.1")}
    assert AuditEvent.objects.filter(action="account.factor_failed").count() == 3
