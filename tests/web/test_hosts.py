"""A host or a port that is not ours is refused, and no address that somebody asks to be led to leaves the site."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection

pytestmark = pytest.mark.django_db
OURS = "testserver"
NAMES = (
    "evil.test",
    f"{OURS}.evil.test",
    f"evil{OURS}",
    f"{OURS}evil",
    f"{OURS}@evil.test",
    f"evil.test@{OURS}",
    f"{OURS}#evil.test",
    f"{OURS}?evil.test",
    f"{OURS}/evil.test",
    f"{OURS}\\evil.test",
    f"{OURS},evil.test",
    f"{OURS} evil.test",
    f"{OURS};evil.test",
    f"{OURS}%00.evil.test",
    f"{OURS}%2eevil.test",
    f"*.{OURS}",
    f".{OURS}",
    f"{OURS}..",
    "169.254.169.254",
    "2130706433",
    "0x7f000001",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
    "[::1",
    "тestserver",
    "xn--estserver-4of",
    "'\"><zq-tag>",
    "*",
)
PORTS = (":8443", ":1", ":65535", ":99999", ":-1", ":+443", ":0443", ":443:443", ":443@evil.test", ":zq", ":８４４３")
HOSTS = (*NAMES, *(f"{name}{port}" for name in (*NAMES[:7], OURS) for port in PORTS))
SITES = (
    "https://evil.test/",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "http:evil.test",
    "https:/evil.test",
    "https:///evil.test",
    "//evil.test:443/%2f..",
    "//testserver@evil.test",
    "//evil.test\\@testserver",
    "https://testserver.evil.test",
    "https://testserver:8443/",
    "http://127.0.0.1/",
    "//[::1]/",
    "javascript:zq()",
    "JaVaScRiPt:zq()",
    "data:text/html,zq",
    "vbscript:zq",
    "ftp://evil.test/",
    "//evil%E3%80%82test",
    "///evil。test",
    "https://evil.test#/connections/",
)
TARGETS = tuple(f"{before}{site}" for before in ("", "\t", "\x00", "/\x0b") for site in SITES)


@pytest.mark.parametrize("is_secure", [False, True], ids=["http", "https"])
def test_a_foreign_host_or_port_is_refused_and_leads_nowhere(settings: Settings, is_secure: bool) -> None:
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.PUBLIC_URL = f"https://{OURS}"
    client = Client()

    answers = {host: client.get("/account/login/", secure=is_secure, headers={"Host": host}) for host in HOSTS}

    assert len(answers) >= 100
    assert {host: answer.status_code for host, answer in answers.items() if answer.status_code != 400} == {}
    assert [host for host, answer in answers.items() if "Location" in answer.headers or "zq" in answer.text] == []


@pytest.mark.parametrize(
    ("public", "host", "status"),
    [
        (f"https://{OURS}", OURS, 200),
        (f"https://{OURS}", f"{OURS}:443", 200),
        (f"https://{OURS}:8443", f"{OURS}:8443", 200),
        (f"https://{OURS}:8443", f"{OURS}:8444", 400),
    ],
)
def test_the_port_of_the_public_address_is_ours(settings: Settings, public: str, host: str, status: int) -> None:
    settings.HTTPS, settings.PUBLIC_URL = True, public

    assert Client().get("/account/login/", secure=True, headers={"Host": host}).status_code == status


def test_a_try_out_is_reached_through_any_port() -> None:
    assert Client().get("/account/login/", headers={"Host": f"{OURS}:9999"}).status_code == 200


def leads_away(answer: Any) -> bool:
    """Say whether a browser would leave the site: it takes a backslash for a slash, and drops control characters."""
    told = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or "/"
    seen = "".join(one for one in told if one > " ").replace("\\", "/")
    return bool(urlsplit(seen).scheme or not seen.startswith("/") or seen.startswith("//"))


def test_no_address_that_is_asked_for_leaves_the_site(settings: Settings) -> None:
    settings.CHECKS_PER_MINUTE = 10**6
    user = make_user(password=PASSWORD)
    connection = make_connection(owner=user)
    client = sign_in(Client(), user)
    given = {"login": user.email, "password": PASSWORD, "email": user.email, "level": ""}
    ways = (reverse("connection_test", args=[connection.public_id]), reverse("trader_pause"))
    away: list[tuple[str, str]] = []

    for number, target in enumerate(TARGETS):
        headers = {"HX-Request": "true"} if number % 2 else {}
        asked = [client.post(way, given | {"next": target}, headers=headers) for way in ways]
        asked.append(client.post(reverse("account_reauthenticate"), given | {"next": target}, headers=headers))
        asked.append(client.get(reverse("account_login"), {"next": target}, headers=headers))
        if target in SITES:
            asked.append(Client().post(reverse("account_login"), given | {"next": target}, headers=headers))
        assert all(answer.status_code in (204, 302) for answer in asked), target
        away += [(target, answer.request["PATH_INFO"]) for answer in asked if leads_away(answer)]

    assert len(TARGETS) >= 100
    assert away == []
