"""The worker's start: python -m backfuture.worker (Celery's command line would cost 0.3 s and 10 MB more)."""

import os
import sys
import warnings

# A signal's thread comes to its turn this soon, however many bots are being looked at beside it: after each of its
# statements it waits for as long as another thread computes, which is 5 ms unless Python is told otherwise.
SWITCH_SECONDS = 0.0005
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")


def main() -> None:
    """Work until a signal; the check is waiting for exchanges, so its workers are threads."""
    from celery.concurrency import get_implementation
    from celery.exceptions import SecurityWarning

    from backfuture.celery import app
    from backfuture.messages import QUEUES

    # Root matters to Celery because of pickle, which this worker refuses (accept_content).
    warnings.simplefilter("ignore", SecurityWarning)
    sys.setswitchinterval(SWITCH_SECONDS)
    worker = app.Worker(
        pool_cls=get_implementation("threads"),
        concurrency=int(os.environ.get("WORKER_CONCURRENCY", "16")),
        queues=",".join(QUEUES),
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


if __name__ == "__main__":
    main()
