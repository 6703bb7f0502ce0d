"""The Celery application: JSON messages of ids, no results, no remote control; the broker is only a wake-up call."""

import logging.config
import os
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import close_old_connections

from backfuture import heartbeat
from backfuture.messages import configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")

if TYPE_CHECKING:
    from workers.pulse import Heart

app = Celery("backfuture")
app.conf.update(configuration())
app.autodiscover_tasks()


def _use_our_logging(**_: object) -> None:
    logging.config.dictConfig(settings.LOGGING)


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


setup_logging.connect(_use_our_logging)
worker_init.connect(_refuse_without_keys)
worker_ready.connect(_begin_pulse)
worker_shutdown.connect(_end_pulse)
for _moment in (worker_ready, task_postrun):
    _moment.connect(_show_life)
for _moment in (task_prerun, task_postrun):
    _moment.connect(_keep_good_connections)
