"""The page of all bots; it comes back to what was asked for last."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from connections.models import Connection
from strategies.pages.bot_list import asked, together
from strategies.pages.bot_list.rows import list_of
from web.asked import come_back
from web.http import AuthenticatedRequest
from web.render import render_changes

# What a session keeps.
KEPT = "bots_asked"


@require_GET
def bots(request: AuthenticatedRequest) -> HttpResponse:
    wanted = asked.read(request.GET.dict())
    if to_kept := come_back(request, wanted, KEPT):
        return to_kept
    found = list_of(request.user, wanted, now=timezone.now())
    has_connections = found.total > 0 or Connection.objects.owned_by(request.user).exists()
    context = {"page": found, "has_connections": has_connections, "acts": together.ACTS}
    return render_changes(request, "strategies/bots/list.html", "rows", context)
