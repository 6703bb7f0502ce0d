"""A worker's start: python -m backfuture.worker [orders|prices|checks|lookback], without a kind for everything.

Celery's command line would cost 0.3 s and 10 MB more.
"""

import os
import sys
import warnings

# A signal's thread comes to its turn this soon, however many bots are being looked at beside it: after each of its
# statements it waits for as long as another thread computes, which is 5 ms unless Python is told otherwise.
SWITCH_SECONDS = 0.0005
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")


# Threads of a worker. Those for checks mostly wait: for sixteen exchanges' answers, ten of them for look-ups and books.
# Prices are asked for and decided upon, one exchange's after the other. Looks back reckon, one while another waits for
# candles.
THREADS = {"orders": 16, "prices": 8, "checks": 32, "lookback": 2}
# On the same cores, orders go first.
NICE = {"prices": 5, "checks": 10, "lookback": 15}


def main(kind: str = "") -> None:
    """Work until a signal; orders and checks are waiting for exchanges, so the workers are threads."""
    from backfuture.messages import KEYLESS, KINDS, QUEUES

    if kind in KEYLESS:
        # Before settings are read: it is told of no private keys, however it is started.
        os.environ["OPENS_KEYS"] = "0"
    from celery.concurrency import get_implementation
    from celery.exceptions import SecurityWarning

    from backfuture.celery import app

    os.environ["WORKER_KIND"] = kind
    # Root matters to Celery because of pickle, which this worker refuses (accept_content).
    warnings.simplefilter("ignore", SecurityWarning)
    sys.setswitchinterval(SWITCH_SECONDS)
    os.nice(NICE.get(kind, 0))
    threads = THREADS.get(kind, max(THREADS.values()))
    worker = app.Worker(
        pool_cls=get_implementation("threads"),
        concurrency=int(os.environ.get("WORKER_CONCURRENCY") or threads),
        queues=",".join(KINDS[kind] if kind else QUEUES),
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


if __name__ == "__main__":
    main(*sys.argv[1:2])
