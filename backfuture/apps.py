"""Django's entry into the wiring: the Celery application and the system checks."""

from django.apps import AppConfig


class BackfutureConfig(AppConfig):
    name = "backfuture"
    verbose_name = "BackFuture AI"

    def ready(self) -> None:
        # shared_task needs the application before the first .delay(), in every process.
        from backfuture import celery, checks  # noqa: F401
