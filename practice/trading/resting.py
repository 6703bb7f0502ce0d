"""Orders that rest in the book: what they find when the price comes, however long nobody looked."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from practice.trading.book import Queue
from practice.trading.ledger import Ledger, Part
from practice.trading.orders import ZERO, Order
from practice.world.market import Market
from practice.world.pairs import Pair

NEVER = Decimal("Infinity")


def crossing(market: Market, order: Order, pair: Pair, at: int) -> Part | None:
    """Return what a limit order finds on the other side at a moment, at the other side's price."""
    bid, ask = market.spread(pair, at)
    limit = order.price or ZERO
    if ask > limit if order.is_buy else bid < limit:
        return None
    amount = min(order.remaining, market.depth(pair, at))
    return Part(ask if order.is_buy else bid, amount) if amount > 0 else None


def settle(ledger: Ledger, slug: str) -> None:
    """Fill what the price has crossed since the open orders of an exchange were last looked at."""
    now = ledger.world.clock()
    for name, queue in ledger.world.book.queues(slug):
        pair = ledger.terms.pairs[name]
        if queue.orders and ledger.world.market.moves(pair, queue.seen, now):
            _settle_queue(ledger, pair, queue, now)
        for order in [order for order in queue.orders.values() if order.is_over(now)]:
            order.updated = order.ends or now
            ledger.close(order, "canceled", by="GTT")


def _settle_queue(ledger: Ledger, pair: Pair, queue: Queue, now: int) -> None:
    """Walk once over the ticks for all orders that are to be looked at in the same steps."""
    together: dict[int, list[Order]] = defaultdict(list)
    for order in queue.orders.values():
        together[ledger.world.market.step(order.settled, now)].append(order)
    for orders in together.values():
        _walk(ledger, pair, orders, now)
    for order in queue.orders.values():
        order.settled = now
    queue.seen = now


def _walk(ledger: Ledger, pair: Pair, orders: list[Order], now: int) -> None:
    market = ledger.world.market
    highest, lowest = _limits(orders)
    for at in market.ticks(pair, min(order.settled for order in orders), now):
        bid, ask = market.spread(pair, at)
        if ask <= highest or bid >= lowest:
            _fill(ledger, pair, [order for order in orders if order.settled < at and not order.is_over(at)], at)
            orders = [order for order in orders if order.is_open]
            highest, lowest = _limits(orders)


def _limits(orders: Iterable[Order]) -> tuple[Decimal, Decimal]:
    """Return the price at or below which the first buy is filled, and that at or above which the first sell is."""
    buys, sells = ([o.price or ZERO for o in orders if o.is_buy is is_buy] for is_buy in (True, False))
    return max(buys, default=ZERO), min(sells, default=NEVER)


def _fill(ledger: Ledger, pair: Pair, orders: list[Order], at: int) -> None:
    with ledger.world.store.together():
        for order in orders:
            part = crossing(ledger.world.market, order, pair, at)
            if part is not None:
                ledger.fill(order, Part(order.price or part.price, part.amount), at, is_maker=True)
