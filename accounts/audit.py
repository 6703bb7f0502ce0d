"""The one place that writes the audit trail."""

import hmac
import json
from datetime import UTC
from ipaddress import ip_address

from django.conf import settings
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
    event.mac = mark(event)
    _EVENTS.run([event])


def mark(event: AuditEvent) -> str:
    """Return what only a process of ours can write beside an event, so that the database alone cannot make one up.

    It spells the event in a way that no database and no time zone changes anything about.
    """
    at, address = event.at.astimezone(UTC).isoformat(timespec="microseconds"), event.address
    whose = str(ip_address(address)) if address else None
    told = [at, event.actor_label, event.action, event.target, event.outcome, whose, event.request_id]
    return hmac.new(f"audit:{settings.FINGERPRINT_KEY}".encode(), json.dumps(told).encode(), "sha256").hexdigest()


_EVENTS = PreparedInsert(AuditEvent)
