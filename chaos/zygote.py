"""A process with everything imported that forks workers and clocks on demand: a killed one is back in milliseconds.

Reads lines from standard input ("worker", "beat"), answers each with the process id of the new child.
"""

import os
import signal
import sys
import traceback

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")


def main() -> None:
    import django

    django.setup()
    from backfuture import beat, worker
    from exchanges.wire import ccxt_object

    ccxt_object.preload()
    # Children are killed as they come; nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        run = {"worker": worker.main, "beat": beat.main}[line.strip()]
        if pid := os.fork():
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2, 1)
        try:
            run()
        except BaseException:  # a child must never go on as its parent
            traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main()
