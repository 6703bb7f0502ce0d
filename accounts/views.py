from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import AuditEvent
from web.http import AuthenticatedRequest

EVENTS_SHOWN = 20


@require_GET
def page(request: AuthenticatedRequest) -> HttpResponse:
    events = AuditEvent.objects.concerning(request.user)[:EVENTS_SHOWN]
    return render(request, "accounts/page.html", {"events": events, "limit": EVENTS_SHOWN})
