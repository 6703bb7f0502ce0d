"""Every answer carries the protective headers, whatever its status; no page holds a script or style of its own."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from backfuture import urls
from backfuture.urls import handler400, handler403, handler404, handler500  # noqa: F401 - used as a URLconf
from front import refusals
from tests.accounts.factories import make_user
from tests.web.routes import ROUTES
from tests.web.world import World, make_world

pytestmark = pytest.mark.django_db
MUST = {
    "Strict-Transport-Security": r"max-age=(\d{8,}); includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": r".*camera=\(\).*",
    "Content-Security-Policy": r".*default-src 'none'.*",
}
POLICY = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'self'")
# method, address, status; signed in as a superuser, who sees most
ANSWERS = (
    ("GET", "/", 200),
    ("GET", "/nowhere/", 404),
    ("GET", "/connections", 301),
    ("GET", "/connections/test/", 405),
    ("POST", "/connections/test/", 302),
    ("POST", "/bots/add/", 422),
    ("POST", "/bots/worst-case/", 200),
    ("GET", "/operators/", 200),
    ("GET", "/operators/nowhere/", 404),
    ("GET", "/operators/accounts/user/add/", 403),
    ("GET", "/static/css/base.css", 200),
    ("POST", "/static/css/base.css", 405),
    ("GET", "/static/nowhere.css", 404),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/raises/", 500),
    ("GET", "/nonce/", 200),
)


def raises(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def nonce(request: Any) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))


urlpatterns: list[Any] = [
    path("raises/", login_not_required(raises)),
    path("nonce/", login_not_required(nonce)),
    *urls.urlpatterns,
]


@pytest.fixture
def world(settings: Settings) -> World:
    settings.ROOT_URLCONF = "tests.web.test_headers"
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_SSL_REDIRECT = True
    return make_world()


def missing(answer: Any, *, secure: bool = True) -> list[str]:
    answer.close()
    rules = MUST if secure else {name: rule for name, rule in MUST.items() if name != "Strict-Transport-Security"}
    return [name for name, rule in rules.items() if not re.fullmatch(rule, answer.headers.get(name, ""))]


@pytest.mark.parametrize(("method", "address", "status"), ANSWERS)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_every_answer_has_them(world: World, method: str, address: str, status: int, fragment: bool) -> None:
    headers = {"HX-Request": "true"} if fragment else {}

    answer = world.clients["superuser"].generic(method, address, secure=True, headers=headers)

    assert answer.status_code == (204 if fragment and status in (301, 302) else status)
    assert missing(answer) == []
    policy = answer.headers["Content-Security-Policy"]
    assert all(part in policy for part in POLICY)
    assert "unsafe" not in policy
    if "/static/" not in address:
        assert "no-store" in answer.headers["Cache-Control"]


def test_refusals_have_them(world: World) -> None:
    strict, wrong = Client(enforce_csrf_checks=True), {"Host": "evil.test"}

    answers = [
        strict.post("/account/login/", secure=True),
        strict.get("/", secure=True, headers=wrong),
        strict.post("/account/login/", {"login": "x" * 70_000}, secure=True),
        strict.get("/bots/", secure=True),
    ]

    assert [answer.status_code for answer in answers] == [403, 400, 413, 302]
    assert [missing(answer) for answer in answers] == [[]] * 4


def test_what_the_server_itself_refuses_has_them(world: World, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    given = dict(refusals.protection(WSGIHandler()))

    assert [name for name, rule in MUST.items() if not re.fullmatch(rule, given.get(name, ""))] == []
    assert "no-store" in given["Cache-Control"]


def test_the_way_to_https_has_all_but_hsts(world: World) -> None:
    answers = [Client().get("/"), Client().get("/", headers={"Host": "evil.test"})]

    assert [answer.status_code for answer in answers] == [301, 400]
    assert [missing(answer, secure=False) for answer in answers] == [[], []]


def test_a_thousand_pages_have_a_thousand_nonces(world: World) -> None:
    answers = [world.clients["anonymous"].get("/nonce/", secure=True) for _ in range(1000)]

    nonces = {answer.content.decode() for answer in answers}
    assert len(nonces) == 1000
    assert all(f"'nonce-{a.content.decode()}'" in a.headers["Content-Security-Policy"] for a in answers)
    assert min(map(len, nonces)) >= 22


def test_cookies_are_ours_alone(world: World, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    make_user(email="cookie@example.test", password="four words do it well")
    client = Client()

    client.get("/account/login/", secure=True)
    client.post("/account/login/", {"login": "cookie@example.test", "password": "four words do it well"}, secure=True)

    for name in ("session", "csrf"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


class Inline(HTMLParser):
    """What a strict policy would not run: scripts and styles inside the page, handlers, javascript: addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = (given.get("type") or "").endswith("json")
        if tag == "style" or (tag == "script" and not given.get("src") and not is_data):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        values = [value or "" for value in given.values()]
        self.found += [value for value in values if value.strip().lower().startswith("javascript:")]


def pages(world: World) -> Iterator[tuple[str, str]]:
    for route in ROUTES:
        for role, client in world.clients.items():
            answer = client.get(world.address(route), secure=True)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                yield f"{route} as {role}", answer.content.decode()


def test_no_page_holds_a_script_or_style_of_its_own(world: World) -> None:
    found = {}
    for where, html in pages(world):
        page = Inline()
        page.feed(html)
        if page.found:
            found[where] = page.found

    assert found == {}
