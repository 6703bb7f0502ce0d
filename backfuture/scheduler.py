"""When the beat does what: Celery's scheduler without its file, showing that it lives."""

from celery import beat

from backfuture import heartbeat


class Scheduler(beat.Scheduler):  # type: ignore[misc]  # celery ships no types
    def tick(self, *args: object, **kwargs: object) -> float:
        heartbeat.beat()
        return float(super().tick(*args, **kwargs))
