"""All orders and fills, found by account, by exchange and by id, and written through to the store."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from practice.trading.orders import Fill, Order
from practice.world.store import Store


@dataclass
class Queue:
    """The open orders of one pair of an exchange; nobody has looked at them since `seen`."""

    seen: int
    orders: dict[int, Order] = field(default_factory=dict)


class Book:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.last_order = self.last_fill = 0
        self._by_n: dict[int, Order] = {}
        self._by_id: dict[tuple[str, str], Order] = {}
        self._by_client_id: dict[tuple[str, str], list[Order]] = defaultdict(list)
        self._by_account: dict[str, list[Order]] = defaultdict(list)
        self._open_of: dict[str, dict[int, Order]] = defaultdict(dict)
        self._queues: dict[str, dict[str, Queue]] = defaultdict(dict)
        self._fills: dict[str, list[Fill]] = defaultdict(list)
        self._fills_of_order: dict[int, list[Fill]] = defaultdict(list)
        for order in sorted(store.all("order", Order), key=lambda o: o.n):
            self._index(order)
        for fill in sorted(store.all("fill", Fill), key=lambda f: f.n):
            self._index_fill(fill)

    def _index(self, order: Order) -> None:
        self.last_order = max(self.last_order, order.n)
        self._by_n[order.n] = self._by_id[order.account, order.id] = order
        self._by_client_id[order.account, order.client_id].append(order)
        self._by_account[order.account].append(order)
        if order.is_open:
            self._open_of[order.account][order.n] = order
            self._wait(order)

    def _wait(self, order: Order) -> None:
        queue = self._queues[order.slug].setdefault(order.pair, Queue(order.settled))
        queue.seen = min(queue.seen, order.settled) if queue.orders else order.settled
        queue.orders[order.n] = order

    def _index_fill(self, fill: Fill) -> None:
        self.last_fill = max(self.last_fill, fill.n)
        self._fills[fill.account].append(fill)
        self._fills_of_order[fill.order_n].append(fill)

    def add(self, order: Order) -> None:
        self._index(order)
        self.save(order)

    def save(self, order: Order) -> None:
        self.store.put("order", str(order.n), order)
        if not order.is_open:
            self._open_of[order.account].pop(order.n, None)
            self._queues[order.slug][order.pair].orders.pop(order.n, None)

    def add_fill(self, fill: Fill) -> None:
        self._index_fill(fill)
        self.store.put("fill", str(fill.n), fill)

    def queues(self, slug: str) -> Iterable[tuple[str, Queue]]:
        """Return the queues of an exchange by the name of their pair."""
        return self._queues[slug].items()

    def look_again(self, pair: str, moment: int) -> None:
        """Let open orders see a price that came in the very millisecond they were last looked at."""
        for queues in self._queues.values():
            if pair in queues:
                queues[pair].seen = min(queues[pair].seen, moment - 1)
                for order in queues[pair].orders.values():
                    order.settled = min(order.settled, moment - 1)

    def orders(self) -> Iterable[Order]:
        """Return all orders, oldest first."""
        return self._by_n.values()

    def orders_of(self, account: str, pair: str | None = None, is_open: bool | None = None) -> list[Order]:
        """Return an account's orders, oldest first."""
        mine = self._open_of[account].values() if is_open else self._by_account[account]
        return [o for o in mine if pair in (None, o.pair) and is_open in (None, o.is_open)]

    def fills_of(self, account: str, pair: str | None = None, order_id: str | None = None) -> list[Fill]:
        """Return an account's fills, oldest first."""
        mine = self._fills[account] if order_id is None else self._fills_of_id(account, order_id)
        return [f for f in mine if pair in (None, f.pair)]

    def _fills_of_id(self, account: str, order_id: str) -> list[Fill]:
        order = self.by_id(account, order_id)
        return self.fills_of_order(order) if order else []

    def fills_of_order(self, order: Order) -> list[Fill]:
        return self._fills_of_order.get(order.n, [])

    def by_n(self, n: int) -> Order:
        return self._by_n[n]

    def by_id(self, account: str, identity: str) -> Order | None:
        return self._by_id.get((account, identity))

    def by_client_id(self, account: str, client_id: str) -> Iterator[Order]:
        """Yield the orders with this client id, the newest first: ids may repeat on some exchanges."""
        return reversed(self._by_client_id.get((account, client_id), []))
