"""What stands around the pages of accounts: how often they may be used, and the browser that is remembered."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.guard import devices, limits, tries
from accounts.guard.hashing import HashingBusyError
from web.errors import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]
Counting = Callable[[HttpRequest, limits.Limit], tries.Count]

# Pages of allauth that make rows or mails, or where a code can be guessed, by URL name: a POST counts under this limit.
LIMITED: dict[str, tuple[Counting, limits.Limit]] = {
    "account_signup": (tries.network_count, limits.SIGN_UP),
    "account_reset_password": (tries.network_count, limits.RESET),
    "account_reset_password_from_key": (tries.network_count, limits.RESET),
    "account_email": (tries.session_count, limits.EMAIL),
    "account_email_verification_sent": (tries.session_count, limits.CODE),
    "mfa_authenticate": (tries.pending_count, limits.FACTOR),
    "mfa_reauthenticate": (tries.session_count, limits.FACTOR),
}


class LimitMiddleware:
    """Refuse with 429 what comes too often, before the view; passwords are counted where they are looked at."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        counted: tries.Tries | None = getattr(request, "factor_tries", None)
        # A right code leads on, a wrong one shows the form again.
        if counted and response.status_code == 302:
            counted.give_back()
        if hasattr(request, "device_of"):
            devices.give_cookie(response, request, request.device_of)
        return response

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> HttpResponse | None:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if request.method != "POST" or name not in LIMITED:
            return None
        count, limit = LIMITED[name]
        counted = tries.reserve(request, count(request, limit))
        if limit is limits.FACTOR:
            request.factor_tries = counted  # type: ignore[attr-defined]
        return None if counted else error_page(request, 429)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, HashingBusyError):
            return None
        page = error_page(request, 503, template="503_busy.html")
        page.headers["Retry-After"] = "5"
        return page
