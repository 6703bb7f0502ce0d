"""Ask for the password again before keys are touched, when the last sign-in is older than half an hour."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from web.http import AuthenticatedRequest

Rest = ParamSpec("Rest")
View = Callable[Concatenate[AuthenticatedRequest, Rest], HttpResponse]


def recently_signed_in(request: HttpRequest) -> bool:
    """Say whether this session's user gave the password within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    newest = max((float(record.get("at", 0)) for record in records), default=0.0)
    age = time.time() - newest
    return 0 <= age <= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _ask_again(request: HttpRequest) -> HttpResponse:
    # allauth's own decorator keeps the POST body in the session to repeat it later: that would store a secret.
    if request.method == "POST":
        messages.warning(request, "Please confirm your password first, then enter it again: we kept nothing.")
    query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")


def fresh_sign_in_required(view: View[Rest]) -> View[Rest]:
    """Send a request without fresh sign-in to the password page; the body of a POST is dropped, never stored."""

    @wraps(view)
    def guarded(request: AuthenticatedRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if recently_signed_in(request):
            return view(request, *args, **kwargs)
        return _ask_again(request)

    return guarded
