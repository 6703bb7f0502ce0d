"""The one place that writes the audit trail."""

from django.db import models

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from database.prepared import PreparedInsert
from web.errors import request_id


def label(target: object | None) -> str:
    """Name a row as "connection:<public id>"; text stands for itself."""
    if isinstance(target, models.Model):
        return f"{target._meta.model_name}:{getattr(target, 'public_id', target.pk)}"
    return str(target or "")


def record(
    action: str,
    *,
    by: By = PRODUCT,
    target: object | None = None,
    outcome: str = "ok",
) -> None:
    """Add one event; runs in the caller's transaction, so an action whose event cannot be written does not happen.

    Takes no values on purpose: what was typed never reaches the trail.
    """
    event = AuditEvent(
        action=action,
        actor=by.user,
        actor_label=label(by.user),
        target=label(target),
        outcome=outcome,
        address=by.address or None,
        request_id=request_id(),
    )
    _EVENTS.run([event])


_EVENTS = PreparedInsert(AuditEvent)
