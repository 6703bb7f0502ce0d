"""Alerts come from machines: no session, no cookies, no form token, and an address that is a secret."""

from re import compile as pattern
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse

from strategies import signal_views
from web.middleware import GetResponse, RequestLogMiddleware

# A trailing slash that was forgotten is no reason to lose an alert: senders follow no redirect.
ADDRESS = pattern(r"/+signals/(?P<token>[^/]*)/?")
SHOWN = "/signals/…/"
TELLING = {"PATH_INFO", "RAW_URI", "REQUEST_URI"}


class HiddenTokenMiddleware:
    """Take the token out of the request before anybody can log it, put it on an error page or into a redirect."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.lstrip("/").startswith("signals/"):
            found = ADDRESS.fullmatch(request.path_info)
            request.signal_token = found["token"] if found else ""  # type: ignore[attr-defined]  # read below
            request.path = request.path_info = SHOWN
            request.META.update(dict.fromkeys(request.META.keys() & TELLING, SHOWN))
        return self.get_response(request)


class SignalMiddleware:
    """Answer alerts here, before sessions and forms' tokens are looked at."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        inner: Any = convert_exception_to_response(signal_views.answer)
        self.answer: Any = RequestLogMiddleware(inner)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = (self.answer if hasattr(request, "signal_token") else self.get_response)(request)
        return answer
