"""What somebody should be woken for: a line of the log with `alarm`, and a count that /metrics tells."""

from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from workers.models import Alarm

log = structlog.get_logger(__name__)


def ring(alarm: str, event: str, **figures: Any) -> None:
    """Tell it; never raises. Inside a transaction that is taken back only the line stays."""
    log.error(event, alarm=alarm, **figures)
    try:
        with transaction.atomic():
            now = timezone.now()
            if not Alarm.objects.filter(name=alarm).update(count=F("count") + 1, last_at=now):
                Alarm.objects.create(name=alarm, last_at=now)
    except DatabaseError:
        # Two at once, or no database: the line tells it.
        log.warning("alarm_not_counted", name=alarm)
