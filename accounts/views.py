from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.by import By
from accounts.mails import undo as undoing
from accounts.models import AuditEvent
from web.http import AuthenticatedRequest

EVENTS_SHOWN = 20


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out; somebody who signs in or up at the moment is forgotten whole, so that nothing tells what was known."""
    if request.method == "POST" and not request.user.is_authenticated:
        request.session.flush()
    answer: HttpResponse = allauth_views.logout(request)
    return answer


@login_not_required
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a notice would undo; only the button does it."""
    link = undoing.find(token)
    done = request.method == "POST" and link is not None and undoing.undo(token, by=By.at(request, link.user))
    works = done or (link is not None and request.method != "POST")
    return render(request, "accounts/undo.html", {"link": link, "done": done}, status=200 if works else 404)


@require_GET
def page(request: AuthenticatedRequest) -> HttpResponse:
    events = AuditEvent.objects.concerning(request.user)[:EVENTS_SHOWN]
    return render(request, "accounts/page.html", {"events": events, "limit": EVENTS_SHOWN})
