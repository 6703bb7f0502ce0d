"""A worker's pulse: a thread that writes every few seconds that this process lives, and serves which queues."""

import os
import socket
import threading
from collections.abc import Iterable

import structlog
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from workers.models import Pulse

log = structlog.get_logger(__name__)
EVERY_SECONDS = 5.0


class Heart:
    """Beats until it is stopped; a database that is away is asked again the next time."""

    def __init__(self, queues: Iterable[str]) -> None:
        self.name = f"worker {socket.gethostname()[:80]}:{os.getpid()}"
        self._queues = sorted(queues)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End it and take its row away: a process that says goodbye is not missed."""
        self._stopped.set()
        self._thread.join(timeout=EVERY_SECONDS)

    def beat(self) -> None:
        try:
            close_old_connections()
            Pulse.objects.beat(self.name, queues=self._queues, own_time=timezone.now())
        except DatabaseError as error:
            log.warning("pulse_not_written", kind=type(error).__name__)

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self.beat()
                self._stopped.wait(EVERY_SECONDS)
            Pulse.objects.filter(name=self.name).delete()
        except DatabaseError as error:
            log.warning("pulse_not_taken_back", kind=type(error).__name__)
        finally:
            connection.close()
