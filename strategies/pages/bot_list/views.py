"""The page of all bots; it comes back to what was asked for last."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from connections.models import Connection
from strategies.pages.bot_list import asked, together
from strategies.pages.bot_list.rows import list_of
from web.http import AuthenticatedRequest
from web.render import render_changes

# What a session keeps.
KEPT = "bots_asked"


@require_GET
def bots(request: AuthenticatedRequest) -> HttpResponse:
    kept = request.session.get(KEPT, "")
    if not request.GET and kept:
        return redirect(f"{reverse('bots')}?{kept}")
    wanted = asked.read(request.GET.dict())
    if request.GET and wanted.kept != kept and not request.htmx:
        request.session[KEPT] = wanted.kept
    found = list_of(request.user, wanted, now=timezone.now())
    has_connections = found.total > 0 or Connection.objects.owned_by(request.user).exists()
    context = {"page": found, "has_connections": has_connections, "sizes": asked.SIZES, "acts": together.ACTS}
    return render_changes(request, "strategies/bots/list.html", "rows", context)
