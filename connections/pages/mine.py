"""Connections through their owner, and the answer to what a trader did with one."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from connections.models import Connection, ConnectionQuerySet
from web.http import AuthenticatedRequest

CHANGED = "connection-changed"


def my_connections(request: AuthenticatedRequest) -> ConnectionQuerySet:
    """Return them with all that their cards show."""
    # Bots live in a room above; only their relation is named here.
    bots: Any = Connection._meta.get_field("bots").related_model
    shown = bots.objects.filter(deleted_at=None).only("connection", "name", "public_id")
    return Connection.objects.owned_by(request.user).for_list().prefetch_related(Prefetch("bots", queryset=shown))


def my_connection(request: AuthenticatedRequest, public_id: UUID) -> Connection:
    """Return one to act upon: the row alone."""
    return get_object_or_404(Connection.objects.owned_by(request.user), public_id=public_id)


def told(request: AuthenticatedRequest, text: str, *, is_ok: bool, to: str) -> HttpResponse:
    """Answer an action: htmx gets the news and the page refreshes itself; everybody else goes back with a message."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"say": {"value": text}, CHANGED: {}})})
    (messages.success if is_ok else messages.warning)(request, text)
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if is_ours else to)
