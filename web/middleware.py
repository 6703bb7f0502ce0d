"""What happens around every request: whose address it is, and that no copy of the answer is kept."""

from collections.abc import Callable
from ipaddress import ip_address
from re import compile as pattern
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars, clear_contextvars

from web.errors import error_page

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


def _clean_address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""


def client_address(request: HttpRequest) -> str:
    """Return the address seen by the outermost of our own proxies; "" when there is none (a unix socket).

    A client may write anything into X-Forwarded-For, so only the last TRUSTED_PROXIES entries are believed.
    """
    peer = _clean_address(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.TRUSTED_PROXIES
    hops = request.headers.get("x-forwarded-for", "").split(",")
    if count < 1 or len(hops) < count:
        return peer
    return _clean_address(hops[-count]) or peer


# What follows these is as good as a password: links of mails, and the addresses that alerts are sent to.
TELLING_PATHS = pattern(r"^(/account/(?:password/reset/key|confirm-email|undo)/|/signals/).+")

# As long as our tokens, and no id of ours: of an address that was mistyped nobody knows what it was to be.
LONG_PART = pattern(r"(?<=/)(?![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-]))[\w-]{30,}")


class RequestIdMiddleware:
    """Give each request an id before anything can fail: an error page tells it, and every line of the log has it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clear_contextvars()
        request.request_id = str(uuid4())  # type: ignore[attr-defined]  # read below
        bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            clear_contextvars()


class RequestLogMiddleware(RequestMiddleware):
    """Log each request without its query and without the part of a path that is a secret."""

    def prepare(self, request: HttpRequest) -> None:
        self.bind_user_id(request)
        log.info("request_started", request=self.format_request(request), user_agent=request.headers.get("user-agent"))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        super().handle_response(request, response)
        # It has forgotten the id, and what is around it may still fail.
        bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        path = LONG_PART.sub("…", TELLING_PATHS.sub(r"\1…", request.path))
        return f"{request.method} {path}"


# Their pages show what is as good as a password: the secret of an authenticator app, recovery codes.
SECRET_PATHS = ("/account/2fa/",)
PACKED = pattern(r"text/|application/(?:json|javascript|manifest\+json)|image/svg\+xml")


class CompressMiddleware(GZipMiddleware):
    """Compress what is read, but no answer to a form and no page that shows a secret.

    How long a compressed page is tells of what is repeated in it (BREACH): somebody that makes a browser ask and sees
    the lengths guesses a secret of the page letter by letter, where the page also repeats what was asked. The token of
    a form is masked anew for each answer, Django lets chance lengthen each by up to 100 bytes, cookies are not sent
    for what other sites embed, and what else is secret stands in answers that stay as they are: the address for alerts
    answers a form, and so does what was typed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_read = request.method in {"GET", "HEAD"} and not request.path.startswith(SECRET_PATHS)
        if not is_read or not PACKED.match(response.headers.get("Content-Type", "")):
            return response
        return super().process_response(request, response)


class NoStoreMiddleware:
    """Forbid browsers and proxies to keep any page: each may show what only its owner may see."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response


class EmptyErrorMiddleware:
    """Give the bare refusals of Django (405 has no body) the house's page."""

    PAGES = frozenset({405, 413, 429})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code not in self.PAGES or response.streaming or response.content:
            return response
        page = error_page(request, response.status_code)
        if "Allow" in response.headers:
            page.headers["Allow"] = response.headers["Allow"]
        return page


class KnownHostMiddleware:
    """Refuse a wrong host, or a port that is not ours, before anything asks for it; with the protective headers.

    Leading to HTTPS asks for the host, and would refuse it outside of what sets the headers; Django looks at no port,
    and so would lead to a foreign one. The paths that are never led to HTTPS are asked by machines, which name the
    host as they like.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path.lstrip("/")
        if any(exempt.search(path) for exempt in self.security.redirect_exempt):
            return self.get_response(request)
        try:
            _, port = split_domain_port(request.get_host())
        except DisallowedHost:
            port = None
        # A try-out is reached through any port that somebody forwards to it.
        if port is None or (settings.HTTPS and port not in {"", "443", str(urlsplit(settings.PUBLIC_URL).port)}):
            page = error_page(request, 400)
            self.security.process_response(request, page)
            return page
        return self.get_response(request)


class BodySizeMiddleware:
    """Refuse a body above the limit before anything reads it: Django itself lets files of any size through.

    A view that says so is asked for its empty form instead, so that a trader is told at the form.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal():
            return error_page(request, 400)
        if len(length) > 9 or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return self._form_again(request) if _is_shown_again(request) else error_page(request, 413)
        return self.get_response(request)

    def _form_again(self, request: HttpRequest) -> HttpResponse:
        """Ask the view as a GET does: nothing of the body is read, and nothing is done."""
        request.method = "GET"
        request.POST = QueryDict()
        request.is_too_large = True  # type: ignore[attr-defined]  # read by templates
        response = self.get_response(request)
        if response.status_code != 200:
            return error_page(request, 413)
        response.status_code = 413
        return response


def _is_shown_again(request: HttpRequest) -> bool:
    if request.method != "POST":
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(view, "is_shown_again_when_too_large", False)


class HtmxRedirectMiddleware:
    """Turn a redirect that answers htmx into a page change: fetch would follow it and put a whole page into a card."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or not 300 <= response.status_code < 400:
            return response
        target = response.headers.get("Location", "/")
        answer = HttpResponse(status=204, headers={"HX-Redirect": target})
        answer.cookies = response.cookies
        return answer
