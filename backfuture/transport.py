"""How Celery talks to the broker: as kombu does, but with one client a channel, and taking nothing that is not ours."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import redis
import structlog
from celery import current_app
from kombu.transport import redis as kombu

from workers import poison

log = structlog.get_logger(__name__)
# What was put aside, for somebody to look at: the beginnings of a few.
ASIDE, KEPT, KEPT_BYTES = "poison", 100, 1024


class Channel(kombu.Channel):
    """kombu makes a client anew for each message that is sent or acknowledged, which takes longer than the question."""

    kept: tuple[redis.ConnectionPool, redis.Redis] | None = None
    poisoned = 0

    def _create_client(self, asynchronous: bool = False) -> redis.Redis:
        make: Callable[..., redis.Redis] = super()._create_client
        if asynchronous:
            client = make(asynchronous=True)
            client.parse_response = partial(self._take, client.parse_response)  # type: ignore[method-assign]
            return client
        # After a fork, or once it was disconnected, a channel has another pool.
        pool = self.pool
        if self.kept is None or self.kept[0] is not pool:
            self.kept = pool, make()
        return self.kept[1]

    def _take(self, read: Callable[..., Any], connection: Any, command: str, **options: Any) -> Any:
        """Read an answer of the broker; a message that is not ours is put aside, and counts as none.

        kombu would read it in the worker's loop, and what it cannot read ends the worker.
        """
        answer = read(connection, command, **options)
        if command == "BRPOP" and answer and (fault := poison.fault_of(answer[1], current_app.tasks)):
            self._put_aside(answer, fault)
            return None
        return answer

    def _put_aside(self, answer: tuple[bytes, bytes], fault: str) -> None:
        Channel.poisoned += 1
        # Of a flood the first, second, fourth, eighth …: it must not fill the log, nor take the worker's time.
        if Channel.poisoned & (Channel.poisoned - 1):
            return
        queue, raw = answer
        told = {"fault": fault, "queue": queue.decode(errors="replace"), "bytes": len(raw), "so_far": Channel.poisoned}
        log.error("message_put_aside", alarm="broker.poison", **told)
        with suppress(redis.RedisError, OSError), self.conn_or_acquire() as client, client.pipeline() as pipe:
            pipe.lpush(ASIDE, raw[:KEPT_BYTES]).ltrim(ASIDE, 0, KEPT - 1).execute()


class Transport(kombu.Transport):
    Channel = Channel
