"""The clock: publishes ticks and nothing else, so it loads none of Django's apps (celery -A backfuture.beat beat)."""

import logging.config
import os

from celery import Celery, beat
from celery.signals import setup_logging
from django.conf import settings

from backfuture import heartbeat
from backfuture.messages import configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")


class Scheduler(beat.Scheduler):  # type: ignore[misc]  # celery ships no types
    """Celery's scheduler in memory (intervals need no file), showing that it lives."""

    def tick(self, *args: object, **kwargs: object) -> float:
        heartbeat.beat()
        return float(super().tick(*args, **kwargs))


app = Celery("backfuture", fixups=[])
app.conf.update(configuration())


@setup_logging.connect
def _use_our_logging(**_: object) -> None:
    logging.config.dictConfig(settings.LOGGING)
