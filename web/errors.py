"""Error pages: generic, in the house's look, with the request id that finds the log line and nothing else."""

import sys

import structlog
from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string


def request_id() -> str:
    """Return the id that the log lines of this request carry; "" outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def error_page(request: HttpRequest, status: int, *, template: str = "") -> HttpResponse:
    # Without context processors: they touch the session and the database, which may be what broke.
    context = {"request_id": request_id()}
    return HttpResponse(render_to_string(template or f"{status}.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead to the sign-in where the session was ended elsewhere while this request was answered."""
    if isinstance(exception, SessionInterrupted):
        return redirect(settings.LOGIN_URL)
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Tell a database that does not answer (nothing was changed, try again) from a fault of ours."""
    kind = sys.exc_info()[0]
    is_away = kind is not None and issubclass(kind, OperationalError | InterfaceError)
    return error_page(request, 503 if is_away else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403, template="403_csrf.html")
