"""Connections through their owner, and the answer to what a trader did with one."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from connections.models import Connection, ConnectionQuerySet
from web.http import AuthenticatedRequest

CHANGED = "connection-changed"


def my_connections(request: AuthenticatedRequest) -> ConnectionQuerySet:
    # Bots live in a room above; their relation is only named here, to load them with the cards that show them.
    return Connection.objects.owned_by(request.user).for_list().prefetch_related("bots")


def my_connection(request: AuthenticatedRequest, public_id: UUID) -> Connection:
    # What workers read of its money lives there too.
    return get_object_or_404(my_connections(request).select_related("funds"), public_id=public_id)


def told(request: AuthenticatedRequest, text: str, *, is_ok: bool, to: str) -> HttpResponse:
    """Answer an action: htmx gets the news and the page refreshes itself; everybody else goes back with a message."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"say": {"value": text}, CHANGED: {}})})
    (messages.success if is_ok else messages.warning)(request, text)
    back = request.POST.get("next", "")
    return HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else to)
