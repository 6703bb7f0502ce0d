"""Wake workers for what need not wait for the next tick. The broker is no more than that: the database is the truth."""

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from strategies.models import Bot

log = structlog.get_logger(__name__)


def wake_bot(bot_id: int) -> None:
    """Let the bot be looked at by the next tick at the latest.

    After the commit: whoever decides holds the bot's row first and then its groups', never the other way round.
    """
    transaction.on_commit(lambda: Bot.objects.filter(pk=bot_id).update(step_at=timezone.now()))


def after_commit(task: str, row_id: int) -> None:
    transaction.on_commit(lambda: publish(task, row_id))


def publish(task: str, row_id: int) -> None:
    """Send an id to one of strategies/tasks.py; a broker that is down costs nothing but time.

    By name: the tasks import what talks to exchanges, which would cost the web a second and its memory.
    """
    try:
        current_app.send_task(f"strategies.{task}", args=[row_id])
    except (OperationalError, OSError):
        log.warning("broker_unreachable", task=task, row=row_id)
