"""Where alerts arrive (machines, JSON), and the page that shows a trader how to send them."""

from re import compile as pattern
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone

from strategies.signals import inbox
from strategies.signals.alert import SignalError
from web.middleware import GetResponse, RequestLogMiddleware


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one alert in JSON; called by SignalMiddleware, which holds the token."""
    try:
        _refuse_unread(request)
        signal = inbox.receive(getattr(request, "signal_token", ""), request.body, now=timezone.now())
    except SignalError as error:
        headers = {"Allow": "POST"} if error.status == 405 else {}
        return JsonResponse({"error": str(error)}, status=error.status, headers=headers)
    except UnreadablePostError:
        return JsonResponse({"error": "The body did not arrive."}, status=400)
    except (OperationalError, InterfaceError):
        return JsonResponse({"error": "Our database is not answering. Send it again."}, status=503)
    if signal is None:
        return JsonResponse({"state": "duplicate"})
    return JsonResponse({"state": "accepted"}, status=202)


def _refuse_unread(request: HttpRequest) -> None:
    """Look at all that needs no body; raises SignalError."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise SignalError(400, "Content-Length is no number.")
    if len(length) > 9 or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise SignalError(413, "The body is larger than 64 KiB.")
    try:
        request.get_host()
    except DisallowedHost:
        raise SignalError(400, "There is no such host here.") from None
    if request.method != "POST":
        raise SignalError(405, "Alerts are sent by POST.")
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise SignalError(403, "Send alerts to https:// only. This address was readable on its way: make a new one.")


@login_not_required
def signal(request: HttpRequest, token: str) -> HttpResponse:
    """Name the address for reverse(); SignalMiddleware has answered before anything gets here."""
    raise Http404


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
        inner: Any = convert_exception_to_response(answer)
        self.answer: Any = RequestLogMiddleware(inner)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = (self.answer if hasattr(request, "signal_token") else self.get_response)(request)
        return answer
