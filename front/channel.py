"""One connection: what came waits here, and a thread is asked only for a whole request."""

import socket
import time
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel

from front.answers import AnswerTask
from front.limits import Patience
from front.refusals import RefusalTask
from front.requests import Busy, ClientRequest, TooLate

# What a refused client may send until its connection is cut, all the same.
LINGERING_BYTES = 4 * 1024 * 1024


class ClientChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    parser_class = ClientRequest
    task_class = AnswerTask
    error_task_class = RefusalTask
    request: ClientRequest | None = None
    sent_continue: bool = False
    close_when_flushed: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits: Patience = self.adj.limits
        # Since when this client has kept us waiting: it came, or what it asked for was answered.
        self.waits_since = time.monotonic()
        self._answer_since = 0.0
        self._rest = b""
        self._is_refused = self._is_served = False
        self._lingers_until = 0.0
        self._lingering_bytes = 0

    # --- reading, by the main thread

    def readable(self) -> bool:
        if self._lingers_until:
            return True
        if self._rest and super().readable() and not self.requests:
            # What came behind the request before: its turn is when that one's answer is gone, so that a client that
            # asks twenty times and never listens costs one answer.
            self.received(b"")
        return bool(super().readable())

    def handle_read(self) -> None:
        if not self._lingers_until:
            super().handle_read()
            return
        with suppress(OSError):
            self._lingering_bytes += len(self.recv(65536))
        if self._lingering_bytes > LINGERING_BYTES:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        """Read until there is one whole request, and have it answered; the rest waits."""
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            data, self._rest = self._rest + data, b""
            while data and not self.requests:
                data = self._read(data)
            self._rest = data
            request = self.requests[0] if self.requests else None
        if request is None:
            return True
        if not request.error and self.server.is_busy:
            request.error = Busy("queue")
        if request.error:
            # That needs no thread.
            self._refuse()
        else:
            self.server.add_task(self)
        return True

    def _read(self, data: bytes) -> bytes:
        if self.request is None:
            self.request = ClientRequest(self.adj)
        taken = self.request.received(data)
        # Nobody is asked for the body of what is refused.
        asks = self.request.expect_continue and self.request.headers_finished and not self.request.completed
        if asks and not self.sent_continue:
            self.send_continue()
        if self.request.completed:
            self.sent_continue = False
            if not self.request.empty:
                self.requests.append(self.request)
            self.request = None
        return data[taken:]

    def _refuse(self) -> None:
        self._is_refused = True
        self.service()

    def service(self) -> None:
        super().service()
        self._is_served = True
        self.waits_since = time.monotonic()

    # --- writing

    def handle_write(self) -> None:
        if self.close_when_flushed and self._is_refused and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and self.connected:
                # Our side only: with bytes of theirs unread, a full end would take the answer away from them.
                self.close_when_flushed = False
                self._lingers_until = time.monotonic() + self.limits.lingering_seconds
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)
        else:
            super().handle_write()

    def writable(self) -> bool:
        return bool(super().writable()) and not (self._lingers_until and not self.will_close)

    # --- looked at every second, by the main thread

    @property
    def is_waiting(self) -> bool:
        """Say whether it is the client's turn."""
        return not self.requests

    def is_owed(self, now: float, since: float) -> bool:
        """Say whether an end that began then should wait for this client: for its answer, or a moment for its question.

        One that came just now has asked already, perhaps, and would be refused; one that was answered asks elsewhere.
        """
        if self.requests or self.total_outbufs_len or self._lingers_until:
            return True
        return (self.request is not None or not self._is_served) and now - since < self.limits.question_seconds

    def look(self, now: float) -> None:
        """Refuse what is late, and hang up on those that neither ask nor listen."""
        if self._is_over(now):
            # At once: one who does not listen is never ready to be told.
            self.handle_close()
        elif self.is_waiting and self.request is not None and self.request.is_late(now):
            late, self.request = self.request, None
            late.error, late.completed = TooLate("late"), True
            self.requests.append(late)
            self._refuse()

    def _is_over(self, now: float) -> bool:
        if self._lingers_until:
            return now > self._lingers_until
        if self.total_outbufs_len:
            self._answer_since = self._answer_since or now
            is_stalled = time.time() - self.last_activity > self.limits.stalled_seconds
            return is_stalled or now - self._answer_since > self.limits.answer_seconds
        if self.requests:
            return False
        self._answer_since = 0.0
        return self.request is None and now - self.waits_since > self.limits.idle_seconds
