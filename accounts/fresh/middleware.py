"""What happens to a request that would widen something without a fresh sign-in, or while the account is frozen."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from accounts import wording
from accounts.by import BY_MAIL, signed_in_lately
from accounts.freeze import FrozenError
from accounts.fresh import resume
from accounts.sudo import ALWAYS, Act, NotFreshError
from web.middleware import GetResponse

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SudoMiddleware:
    """Lead a person to confirm who they are, and back to what they were doing; nothing was done until then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *rest: Any) -> HttpResponse | None:
        found = request.resolver_match
        act = ALWAYS.get(found.view_name) if found else None
        if act is None or not request.user.is_authenticated or signed_in_lately(request):
            return None
        if act.kind.by_mail and signed_in_lately(request, method=BY_MAIL):
            return None
        return ask(request, act) if act.kind.takes_secrets or request.method not in READING else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotFreshError):
            return ask(request, exception.act)
        if isinstance(exception, FrozenError):
            return render(request, "accounts/frozen.html", {"text": str(exception)}, status=403)
        return None


def ask(request: HttpRequest, act: Act) -> HttpResponse:
    """Lead to the page that confirms a sign-in, and from there to where what was typed is found again.

    allauth's own way keeps the whole body of a POST in the session to repeat it: that would store a secret.
    """
    back = request.get_full_path()
    if request.method == "POST" and act.kind.takes_secrets:
        messages.warning(request, wording.ENTER_AGAIN)
        typed = urlencode({name: request.POST[name] for name in act.keeps if name in request.POST})
        back = f"{request.path}?{typed}" if typed else request.path
    elif request.method == "POST":
        back = resume.keep(request, act) or request.path
    way = "account_reauthenticate"
    if act.kind.needs_factor:
        has_app = Authenticator.objects.filter(user=request.user.pk, type=Authenticator.Type.TOTP).exists()
        way = "mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn"
    return HttpResponseRedirect(f"{reverse(way)}?{urlencode({REDIRECT_FIELD_NAME: back})}")
