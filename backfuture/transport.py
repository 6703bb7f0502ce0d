"""How Celery talks to the broker: as kombu does, but with one client a channel."""

from collections.abc import Callable

import redis
from kombu.transport import redis as kombu


class Channel(kombu.Channel):
    """kombu makes a client anew for each message that is sent or acknowledged, which takes longer than the question."""

    kept: tuple[redis.ConnectionPool, redis.Redis] | None = None

    def _create_client(self, asynchronous: bool = False) -> redis.Redis:
        make: Callable[..., redis.Redis] = super()._create_client
        if asynchronous:
            return make(asynchronous=True)
        # After a fork, or once it was disconnected, a channel has another pool.
        pool = self.pool
        if self.kept is None or self.kept[0] is not pool:
            self.kept = pool, make()
        return self.kept[1]


class Transport(kombu.Transport):
    Channel = Channel
