import json
import logging
import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_POST

from backfuture.urls import handler400, handler403, handler404, handler500  # noqa: F401 - used as a URLconf
from backfuture.urls import urlpatterns as ours
from tests.house.test_logs import Lines

PLANTED = "planted-secret-value"


def raising(error):
    def view(*_):
        secret = PLANTED  # noqa: F841 - a local variable that a report could show
        raise error

    return login_not_required(view)


urlpatterns: list[URLPattern | URLResolver] = [
    path("400/", raising(SuspiciousOperation(PLANTED))),
    path("403/", raising(PermissionDenied(PLANTED))),
    path("500/", raising(RuntimeError(PLANTED))),
    path("405/", login_not_required(require_POST(lambda request: HttpResponse()))),
    path("413/", login_not_required(lambda request: HttpResponse(status=413))),
    path("429/", login_not_required(lambda request: HttpResponse(status=429))),
    path("moved/", login_not_required(lambda request: HttpResponse(status=302, headers={"Location": "/there/"}))),
    *ours,
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.test_errors")]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_an_error_page_is_generic_and_names_the_request(client, status, headers):
    response = client.get(f"/{status}/", headers=headers)

    html = response.content.decode()
    assert response.status_code == status
    assert re.search(r"<code>[0-9a-f-]{36}</code>", html)
    assert PLANTED not in html
    assert "Traceback" not in html
    assert "Content-Security-Policy" in response.headers
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/500/", "/early/"])
def test_the_id_of_an_error_page_finds_the_line_with_the_traceback(client, monkeypatch, path):
    if path == "/early/":
        # Before anybody is known, and before requests are logged.
        monkeypatch.setattr(SessionMiddleware, "process_request", raising(RuntimeError(PLANTED)))
    handler = Lines("json")
    logging.getLogger().addHandler(handler)
    try:
        html = client.get(path).content.decode()
    finally:
        logging.getLogger().removeHandler(handler)

    (identifier,) = re.findall(r"<code>([0-9a-f-]{36})</code>", html)
    told = [line for line in map(json.loads, handler.lines) if line.get("request_id") == identifier and "at" in line]
    assert told
    assert all(line["fault"] == "RuntimeError" for line in told)
    assert all(line["at"][0].startswith("tests/web/test_errors.py:") for line in told)
    assert PLANTED not in "".join(handler.lines)


def test_a_refused_method_still_names_those_that_work(client):
    assert client.get("/405/")["Allow"] == "POST"


@override_settings(DEBUG=True)
def test_even_the_debug_page_shows_nothing_that_was_typed(client):
    html = client.post("/500/", {"secret": "typed-" + PLANTED}).content.decode()

    assert "typed-" + PLANTED not in html
    assert "s" * 50 not in html


def test_a_redirect_that_answers_htmx_becomes_a_page_change(client):
    response = client.get("/moved/", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (204, "/there/")
    assert client.get("/moved/").status_code == 302
