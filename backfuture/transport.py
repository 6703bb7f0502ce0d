"""How Celery talks to the broker: as kombu does, but with one client a channel, and taking nothing that is not ours."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import redis
import structlog
from celery import current_app
from django.utils import timezone
from kombu.transport import redis as kombu
from kombu.transport import virtual

from backfuture.messages import QUEUES
from workers import poison

log = structlog.get_logger(__name__)
# What was put aside, for somebody to look at: the beginnings of a few.
ASIDE, KEPT, KEPT_BYTES = "poison", 100, 1024


# So many messages wait in a queue at most, and the oldest give way: the database brings back what no message tells of.
# Those of the books all say the same, that something is due; those of the prices name few exchanges again and again.
# Each process looks after so many that it has put there.
MOST, MOST_ALIKE, LOOKS_AFTER = 10_000, {"books": 200, "prices": 200}, 50


class QoS(virtual.QoS):
    """Keeps in mind how many messages this worker took, and nothing in the broker.

    kombu writes each message down there once more while a worker has it, so that another may have it after an hour. The
    database brings back within seconds what no message tells of.
    """

    channel: "BrokerChannel"

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        """What kombu calls at the start of each worker, and now and then: make sure that the queues can be read."""
        self.channel.clear_foreign()


class BrokerChannel(kombu.Channel):
    """kombu makes a client anew for each message that is sent or acknowledged, which takes longer than the question."""

    ack_emulation = False
    kept: tuple[redis.ConnectionPool, redis.Redis] | None = None
    poisoned = 0
    put = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.QoS = QoS  # type: ignore[assignment]  # kombu's own does the same

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

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        """Send a message, and now and then cut off what nobody has taken for long.

        The clock tells each second of all that is due: while workers are away or too slow that would grow without end.
        """
        super()._put(queue, message, **kwargs)  # type: ignore[no-untyped-call]
        BrokerChannel.put += 1
        if BrokerChannel.put % LOOKS_AFTER == 0:
            with self.conn_or_acquire() as client, client.pipeline() as pipe:
                for name in QUEUES:
                    pipe.ltrim(name, 0, MOST_ALIKE.get(name, MOST) - 1)
                pipe.execute()

    def _take(self, read: Callable[..., Any], connection: Any, command: str, **options: Any) -> Any:
        """Read an answer of the broker; a message that is not ours is put aside, and counts as none.

        kombu would read it in the worker's loop, and what it cannot read ends the worker. One that is over counts as
        none too: a queue's turn is not spent on it, however many wait there.
        """
        answer = read(connection, command, **options)
        if command != "BRPOP" or not answer:
            return answer
        if fault := poison.fault_of(answer[1], current_app.tasks):
            self.put_aside(answer[0], answer[1], fault)
            return None
        return None if poison.is_over(answer[1], timezone.now()) else answer

    def clear_foreign(self) -> None:
        """Take away what lies under our names and is of another kind: every question about it would end the worker.

        No work is lost with it: the database brings back what no message tells of.
        """
        steps = [(queue, step) for queue in QUEUES for step in self.priority_steps]
        queues = {self._q_for_pri(*one): b"list" for one in steps}  # type: ignore[no-untyped-call]
        tables = {f"{self.keyprefix_queue % queue}": b"set" for queue in QUEUES}
        kinds = {**queues, **tables}
        with self.conn_or_acquire() as client, client.pipeline() as pipe:
            for name in kinds:
                pipe.type(name)
            found = dict(zip(kinds, pipe.execute(), strict=True))
            if foreign := [name for name, kind in found.items() if kind not in (b"none", kinds[name])]:
                client.delete(*foreign)
                log.error("broker_keys_foreign", alarm="broker.poison", names=foreign)

    def put_aside(self, queue: bytes, raw: bytes, fault: str) -> None:
        BrokerChannel.poisoned += 1
        # Of a flood the first, second, fourth, eighth …: it must not fill the log, nor take the worker's time.
        if BrokerChannel.poisoned & (BrokerChannel.poisoned - 1):
            return
        told = {
            "fault": fault,
            "queue": queue.decode(errors="replace"),
            "bytes": len(raw),
            "so_far": BrokerChannel.poisoned,
        }
        log.error("message_put_aside", alarm="broker.poison", **told)
        with suppress(redis.RedisError, OSError), self.conn_or_acquire() as client, client.pipeline() as pipe:
            pipe.lpush(ASIDE, raw[:KEPT_BYTES]).ltrim(ASIDE, 0, KEPT - 1).execute()


class Transport(kombu.Transport):
    Channel = BrokerChannel
