"""Which queue a worker takes from next: by rank, and now and then from the one that has waited longest."""

from collections.abc import Iterable, Sequence

# Of so many messages one comes from the queue that was served longest ago, whatever its rank: under more work than a
# worker can do, what stands last would never be done, and no order leaves by books that nobody compares.
SHARE = 4


class Turns:
    """kombu's way to order queues (`queue_order_strategy`): `consume` says which to look at first, `rotate` is told
    which one had a message."""

    def __init__(self) -> None:
        self._queues: list[str] = []
        self._taken = 0
        self._last: dict[str, int] = {}

    def update(self, queues: Iterable[str]) -> None:
        self._queues = list(queues)

    def consume(self, count: int) -> Sequence[str]:
        if (self._taken + 1) % SHARE:
            return self._queues[:count]
        return sorted(self._queues, key=lambda queue: self._last.get(queue, 0))[:count]

    def rotate(self, queue: str) -> None:
        self._taken += 1
        self._last[queue] = self._taken
