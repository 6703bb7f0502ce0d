"""What a person typed waits in the session while they confirm who they are; one more click goes on with it."""

import secrets
import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import sudo, wording
from accounts.fresh import told
from web.http import AuthenticatedRequest

KEPT = "sudo_kept"
# Three windows may wait at once; the largest form of ours has some thirty short fields.
MOST, MOST_CHARACTERS, LIFETIME = 3, 20_000, 30 * 60
# It is made anew with the page that goes on.
LEFT_OUT = "csrfmiddlewaretoken"


def keep(request: HttpRequest, act: sudo.Act) -> str:
    """Keep what was posted, none of it secret, and return the address that goes on with it; "" when it is too much."""
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name != LEFT_OUT]
    if sum(len(name) + len(value) for name, value in fields) > MOST_CHARACTERS:
        return ""
    token = secrets.token_urlsafe(16)
    one = {"token": token, "act": act.code, "path": request.get_full_path(), "fields": fields, "at": time.time()}
    request.session[KEPT] = [*request.session.get(KEPT, []), one][-MOST:]
    return reverse("account_go_on", args=[token])


def find(request: HttpRequest, token: str) -> dict[str, Any] | None:
    """Return what waits under a token in this session, and has not waited too long."""
    kept: list[dict[str, Any]] = request.session.get(KEPT, [])
    return next((one for one in kept if one["token"] == token and time.time() - one["at"] < LIFETIME), None)


@require_GET
def go_on(request: AuthenticatedRequest, token: str) -> HttpResponse:
    """Show one button that posts once more what was typed; reading this page does nothing."""
    one = find(request, token)
    if one is None:
        messages.warning(request, wording.NOT_KEPT)
        return redirect("overview")
    context = {
        "act": sudo.BY_CODE[one["act"]],
        "path": one["path"],
        "fields": one["fields"],
        "lines": told.lines_of(request.user, one["path"], one["fields"]),
    }
    return render(request, "accounts/go_on.html", context)
