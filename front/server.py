"""The listening socket, and the loop that reads and writes for everybody."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from front import refusals
from front.channel import ClientChannel
from front.limits import KIB, Patience

Application = Callable[..., Iterable[bytes]]
LOOK_SECONDS = 1
# It warns at each request that waits for a thread; those that cannot wait any more are refused, which is logged.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class Server(TcpWSGIServer):  # type: ignore[misc]  # waitress ships no types
    channel_class = ClientChannel
    is_ending = False

    def __init__(self, application: Application, listener: Any, limits: Patience) -> None:
        self.limits = limits
        self.protection = refusals.protection(application)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(limits.threads)
        sockinfo = (listener.family, listener.type, listener.proto, listener.getsockname())
        given = {"adj": _adjustments(limits, listener), "dispatcher": dispatcher, "sockinfo": sockinfo}
        super().__init__(application, map={}, _sock=listener, bind_socket=False, **given)

    @property
    def is_busy(self) -> bool:
        return len(self.task_dispatcher.queue) >= self.limits.waiting

    def readable(self) -> bool:
        return bool(super().readable()) and not self.is_ending

    def handle_accept(self) -> None:
        if len(self.active_channels) >= self.limits.connections:
            # In a flood of slow clients the one that has kept us waiting longest is one of them.
            waiting = [channel for channel in self.active_channels.values() if channel.is_waiting]
            if waiting:
                min(waiting, key=lambda channel: channel.waits_since).handle_close()
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            channel.look(moment)

    # --- from start to end

    def run(self) -> None:
        """Serve until `end`; what has begun by then is finished, or cut off in the end."""
        while not self.is_ending:
            wasyncore.poll2(LOOK_SECONDS, self._map)
        since = time.monotonic()
        until = since + self.limits.ending_seconds
        while self.active_channels and time.monotonic() < until:
            # First read: a question that is here already is answered.
            wasyncore.poll2(0.05, self._map)
            now = time.monotonic()
            for channel in list(self.active_channels.values()):
                if not channel.is_owed(now, since):
                    channel.handle_close()
        self.task_dispatcher.shutdown(timeout=max(0.1, until - time.monotonic()))

    def end(self) -> None:
        """Take no more; may be called by a signal."""
        self.is_ending = True
        with contextlib.suppress(OSError):
            self.pull_trigger()


def _adjustments(limits: Patience, listener: Any) -> Adjustments:
    adjustments = Adjustments(
        sockets=[listener],
        threads=limits.threads,
        # Room is made by hand: a full house would keep everybody out.
        connection_limit=100 * limits.connections,
        cleanup_interval=LOOK_SECONDS,
        asyncore_use_poll=True,
        max_request_header_size=limits.head_bytes,
        max_request_body_size=limits.body_bytes,
        inbuf_overflow=2 * limits.kept_body_bytes,
        outbuf_overflow=256 * KIB,
        log_socket_errors=False,
        ident=None,
        # The application decides by TRUSTED_PROXIES whose word is taken.
        clear_untrusted_proxy_headers=False,
    )
    # What each connection and each request is given by waitress.
    adjustments.limits = limits
    return adjustments
