import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_POST

from backfuture.urls import handler400, handler403, handler404, handler500  # noqa: F401 - used as a URLconf
from backfuture.urls import urlpatterns as ours

PLANTED = "planted-secret-value"


def raising(error):
    def view(request):
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
