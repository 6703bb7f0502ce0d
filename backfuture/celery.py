"""The Celery application: JSON messages of ids, no results, no remote control; the broker is only a wake-up call."""

import logging.config
import os
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import close_old_connections
from structlog.contextvars import bind_contextvars, clear_contextvars

from backfuture import heartbeat
from backfuture.logs import tell_of_threads
from backfuture.messages import configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")

if TYPE_CHECKING:
    from workers.pulse import Heart

ID = pattern(r"[0-9a-f-]{36}")

app = Celery("backfuture")
app.conf.update(configuration())
app.autodiscover_tasks()


def _use_our_logging(**_: object) -> None:
    logging.config.dictConfig(settings.LOGGING)
    tell_of_threads()


def _refuse_without_keys(**_: object) -> None:
    """Stop the worker before it takes work that it could not do; raises SystemExit."""
    from backfuture import preparation

    preparation.prepare()


def _show_life(**_: object) -> None:
    heartbeat.beat()


_hearts: "list[Heart]" = []


def _begin_pulse(sender: Any, **_: object) -> None:
    """Write from now on that this worker lives, and which queues it serves."""
    from workers.pulse import Heart

    _hearts.append(Heart(sender.app.amqp.queues.consume_from))
    _hearts[-1].start()


def _end_pulse(**_: object) -> None:
    while _hearts:
        _hearts.pop().stop()


def _keep_good_connections(**_: object) -> None:
    """Drop a database connection that broke or grew old; all others serve the next task too."""
    close_old_connections()


def _name_the_task(task_id: str, task: Any, **_: object) -> None:
    """Let each line of the log tell the task, and the request that asked for it.

    The broker may be written to by others: what is no id is not taken.
    """
    clear_contextvars()
    bind_contextvars(task=task.name, task_id=task_id)
    request = task.request.get("request_id")
    if isinstance(request, str) and ID.fullmatch(request):
        bind_contextvars(request_id=request)


def _forget_the_task(**_: object) -> None:
    clear_contextvars()


setup_logging.connect(_use_our_logging)
worker_init.connect(_refuse_without_keys)
worker_ready.connect(_begin_pulse)
worker_shutdown.connect(_end_pulse)
for _moment in (worker_ready, task_postrun):
    _moment.connect(_show_life)
for _moment in (task_prerun, task_postrun):
    _moment.connect(_keep_good_connections)
task_prerun.connect(_name_the_task)
task_postrun.connect(_forget_the_task)
