"""The one place that writes the audit trail."""

from django.db import models
from django.http import HttpRequest

from accounts.models import AuditEvent, User
from web.errors import request_id


def label(target: object | None) -> str:
    """Name a row as "connection:<public id>"; text stands for itself."""
    if isinstance(target, models.Model):
        return f"{target._meta.model_name}:{getattr(target, 'public_id', target.pk)}"
    return str(target or "")


def record(
    action: str,
    *,
    actor: User | None,
    target: object | None = None,
    outcome: str = "ok",
    request: HttpRequest | None = None,
) -> None:
    """Add one event; runs in the caller's transaction, so an action whose event cannot be written does not happen.

    Takes no values on purpose: what was typed never reaches the trail.
    """
    AuditEvent.objects.create(
        action=action,
        actor=actor,
        actor_label=label(actor),
        target=label(target),
        outcome=outcome,
        address=getattr(request, "client_address", "") or None,
        request_id=request_id(),
    )
