"""The clock: publishes ticks and nothing else, so it loads none of Django's apps: python -m backfuture.beat."""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from backfuture.messages import configuration

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")


def _use_our_logging(**_: object) -> None:
    logging.config.dictConfig(settings.LOGGING)


def main() -> None:
    setup_logging.connect(_use_our_logging)
    app = Celery("backfuture", fixups=[])
    app.conf.update(configuration())
    app.Beat(loglevel="WARNING", quiet=True).run()


if __name__ == "__main__":
    main()
