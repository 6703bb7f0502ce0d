"""Every route as everybody: who gets what, that other people's rows look like none, that reading changes nothing.

One world serves all routes of a test: what a request does is forgotten at once.
"""

import logging
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import Client
from pytest_django import Settings

from tests.accounts.factories import sign_in
from tests.web.matrix import MATRIX, TAKES_NO_FORM
from tests.web.routes import ROUTES
from tests.web.world import MISSING, World, ask, changed, forgotten, make_world, new_client, snapshot

pytestmark = pytest.mark.django_db
ROLES = ("anonymous", "other", "owner", "staff", "superuser")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# A POST without any field that does something, to the asker's own rows.
DOES_SOMETHING = {
    ("connections/test/", "other"),
    # Their own.
    *(("messages/channels/quiet/", role) for role in ("other", "staff")),
    ("account/2fa/totp/deactivate/", "staff"),
    ("account/2fa/recovery-codes/generate/", "staff"),
    # The address is the authority, and an alert that is refused is kept for its owner to read.
    *(("signals/<str:token>/", role) for role in ("anonymous", "other", "staff")),
}


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    settings.ACCOUNT_RATE_LIMITS = False
    logging.disable()
    yield make_world()
    logging.disable(logging.NOTSET)


def token_of(client: Client) -> dict[str, str]:
    """Give the client a CSRF cookie, and return the header that goes with it."""
    request = HttpRequest()
    token = get_token(request)
    client.cookies["csrf"] = request.META["CSRF_COOKIE"]
    return {"X-CSRFToken": token}


def told(answer: Any) -> str:
    leads_in = answer.status_code == 302 and "/login/" in answer.headers["Location"]
    return "in" if leads_in else str(answer.status_code)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {route.pattern for route in ROUTES} == set(MATRIX)


@pytest.mark.parametrize(("place", "method"), [(0, "GET"), (1, "POST")])
def test_everybody_gets_what_the_matrix_says(world: World, place: int, method: str) -> None:
    got = {
        route.pattern: " ".join(told(ask(world, role, method, world.address(route))) for role in ROLES)
        for route in ROUTES
    }

    assert got == {pattern: rows[place] for pattern, rows in MATRIX.items()}


def test_no_other_method_gets_further_than_get_and_post(world: World) -> None:
    further = []
    for route, method, (place, role) in product(ROUTES, ("PUT", "PATCH", *SAFE[1:]), enumerate(ROLES)):
        answer = ask(world, role, method, world.address(route))
        allowed = {"405", "404", "403", "in", *(row.split()[place] for row in MATRIX[route.pattern])}
        if told(answer) not in allowed and not (method == "OPTIONS" and not answer.content):
            further.append((route.pattern, method, role, told(answer)))

    assert further == []


def test_reading_changes_nothing(world: World) -> None:
    before = snapshot()
    guilty = {}
    for route in ROUTES:
        with forgotten():
            for role, method in product(ROLES, SAFE):
                world.clients[role].generic(method, world.address(route))
            if tables := changed(before):
                guilty[route.pattern] = tables

    assert guilty == {}


@pytest.mark.parametrize("role", ["anonymous", "other", "staff"])
def test_nobody_changes_other_peoples_rows(world: World, role: str) -> None:
    before = snapshot()
    guilty = {}
    for route in ROUTES:
        with forgotten():
            for method in UNSAFE:
                world.clients[role].cookies.load(world.sessions[role])
                world.clients[role].generic(method, world.address(route), b"", "application/x-www-form-urlencoded")
            if (route.pattern, role) not in DOES_SOMETHING and (tables := changed(before)):
                guilty[route.pattern] = tables

    assert guilty == {}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_other_peoples_rows_answer_exactly_like_none(world: World, headers: dict[str, str]) -> None:
    def answer(method: str, path: str) -> tuple[int, str, list[str]]:
        reply = ask(world, "other", method, path, **headers)
        return reply.status_code, re.sub(r"[0-9a-f-]{36}", "", reply.content.decode()), sorted(reply.headers)

    routes = [route for route in ROUTES if "public_id" in route.pattern]
    for route, method in product(routes, ("GET", *UNSAFE)):
        assert answer(method, world.address(route)) == answer(method, world.address(route, public_id=MISSING))


@pytest.mark.parametrize("role", ["anonymous", "owner", "superuser"])
def test_an_unsafe_request_needs_a_token_and_comes_from_here(world: World, role: str) -> None:
    client = new_client(checks_csrf=True)
    if role != "anonymous":
        sign_in(client, getattr(world, role))
    token = token_of(client)
    hostile: tuple[dict[str, str], ...] = (
        {},
        {"X-CSRFToken": "x" * 64},
        token | {"Origin": "https://evil.test"},
        token | {"Origin": "null"},
    )
    before = snapshot()

    taken = [
        (route.pattern, method, headers)
        for route, method, headers in product(ROUTES, UNSAFE, hostile)
        if route.pattern not in TAKES_NO_FORM
        and client.generic(method, world.address(route), b"", headers=headers).status_code != 403
    ]

    assert taken == []
    assert changed(before) == []


def test_with_its_token_and_from_here_a_request_is_taken(world: World) -> None:
    client = sign_in(new_client(checks_csrf=True), world.owner)
    headers = token_of(client) | {"Origin": "http://testserver"}

    assert client.post("/connections/test/", headers=headers).status_code == 302
