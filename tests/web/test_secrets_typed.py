"""What was typed into a secret field comes back nowhere: not in refused forms, error pages or log lines."""

import io
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client, override_settings
from pytest_django import Settings

from connections import flows
from connections.secrets import vault
from exchanges import registry
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection

pytestmark = pytest.mark.django_db
CANARY = "cAnArY7f3e9d"
GOOD = {
    "api_key": f"{CANARY.encode().hex()}"[:24],
    "secret": "7f3e9d01-89ab-cdef-0123-456789cacaca",
    "passphrase": f"{CANARY}-phrase",
}


@pytest.fixture
def client(settings: Settings, tmp_path) -> Client:
    vault.make_keypair(tmp_path)
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("slug", [spec.slug for spec in registry.ALL])
@pytest.mark.parametrize("shape", ["{}", "{}\n{}", " {}é", "<b>{}</b>", "{}" * 20])
def test_a_refused_form_gives_no_secret_back(client: Client, slug: str, shape: str) -> None:
    user = make_user()
    sign_in(client, user)
    connection = make_connection(owner=user, exchange=slug)
    typed = {name: shape.replace("{}", CANARY) for name in ("api_key", "secret", "passphrase")}
    posted = typed | {"name": "", "market": "spot", "venue": "practice"}

    pages = [
        client.post(f"/connections/add/{slug}/", posted),
        client.post(f"/connections/{connection.public_id}/replace/", posted),
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert all(CANARY not in page.text and CANARY not in repr(page.headers) for page in pages)
    assert CANARY not in str(dict(client.session.items()))


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/account/login/", ("password",)),
        ("/account/signup/", ("password1",)),
        ("/account/password/change/", ("oldpassword", "password1", "password2")),
        ("/account/reauthenticate/", ("password",)),
    ],
)
def test_a_refused_password_is_not_given_back(client: Client, address: str, names: tuple[str, ...]) -> None:
    if address not in ("/account/login/", "/account/signup/"):
        sign_in(client, make_user(password=PASSWORD))

    answer = client.post(address, dict.fromkeys(names, CANARY) | {"login": "a@example.test", "email": "no address"})

    assert answer.status_code == 200
    assert CANARY not in answer.text


def fail(*args: Any, credentials: dict[str, str], **rest: Any) -> None:
    secret = credentials["secret"]  # noqa: F841 - what a report of locals would show
    raise RuntimeError("out of order")


@pytest.mark.parametrize("debug", [False, True])
def test_a_request_that_fails_tells_nobody_what_was_typed(
    client: Client, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO, debug: bool
) -> None:
    sign_in(client, make_user())
    monkeypatch.setattr(flows, "add_connection", fail)
    posted = GOOD | {"name": "Named", "market": "spot", "venue": "practice"}

    with override_settings(DEBUG=debug):
        answer = client.post("/connections/add/kucoin/?token=in-the-query", posted)

    log = lines.getvalue()
    assert answer.status_code == 500
    assert "request_failed" in log
    for value in (*GOOD.values(), "in-the-query", client.cookies["session"].value):
        assert value not in log
    for value in (*GOOD.values(), client.cookies["session"].value, configured.SECRET_KEY):
        assert value not in answer.text


def test_a_key_that_is_stored_leaves_no_line(client: Client, lines: io.StringIO) -> None:
    sign_in(client, make_user())

    with override_settings(DEBUG=True):
        answer = client.post("/connections/add/kucoin/", GOOD | {"name": "N", "market": "spot", "venue": "practice"})

    assert answer.status_code == 302
    assert "request_finished" in lines.getvalue()
    assert all(value not in lines.getvalue() for value in GOOD.values())
