import importlib

import pytest
from django.contrib import messages
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory

from web import messages as storage


@pytest.fixture
def over_https(settings):
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = True
    yield importlib.reload(storage)
    settings.HTTPS = False
    importlib.reload(storage)


def test_over_https_no_other_host_can_set_the_cookie(over_https):
    request, response = RequestFactory().get("/", secure=True), HttpResponse()
    request.session = SessionStore()
    kept = over_https.Storage(request)
    kept.add(messages.INFO, "Hello")

    kept.update(response)

    cookie = response.cookies["__Host-messages"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
