from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

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


@require_GET
def page(request: AuthenticatedRequest) -> HttpResponse:
    events = AuditEvent.objects.concerning(request.user)[:EVENTS_SHOWN]
    return render(request, "accounts/page.html", {"events": events, "limit": EVENTS_SHOWN})
