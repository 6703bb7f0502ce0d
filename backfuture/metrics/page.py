"""What watches over us asks: /healthz, /readyz, and /metrics, which is for the bearer of a token alone."""

import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from backfuture.health import readiness
from backfuture.metrics.exposition import CONTENT_TYPE, written
from backfuture.metrics.figures import gather

# What a proxy adds: what comes through one is from anywhere.
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")


class MonitoringMiddleware:
    """Answer before hosts, sessions and sign-in are looked at; to others there is no /metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return _plain(HttpResponse("ok", content_type="text/plain"))
        if request.path == "/readyz":
            return _plain(readiness())
        if request.path == "/metrics" and request.method == "GET" and may_read(request):
            return _plain(HttpResponse(written(gather()), content_type=CONTENT_TYPE))
        return self.get_response(request)


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def may_read(request: HttpRequest) -> bool:
    """Say whether the request bears the token; without one, whether it can only come from this very machine.

    Behind a proxy of the same machine everybody's requests come from loopback, so that only a try-out, which is offered
    to nobody else, is read without a token.
    """
    if token := settings.METRICS_TOKEN:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return settings.EMBEDDED and not is_forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
