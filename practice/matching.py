"""The desk of one exchange: takes orders and fills them from the moving price."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from practice import resting
from practice.checks import require_sound
from practice.ledger import Ledger, Part
from practice.orders import ZERO, Fill, Order, Terms, Wish
from practice.pairs import PAIRS, Pair
from practice.refusals import Reason, RefusedError
from practice.world import Balance, World

CHUNKS = 4


@dataclass(frozen=True)
class Desk:
    """With a `lag` it tells nothing of orders younger than so many ms."""

    world: World
    slug: str
    terms: Terms
    lag: int = 0

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.world, self.terms)

    def check(self, account: str, wish: Wish) -> None:
        """Refuse what `place` would refuse before it looks at the money."""
        bid, ask = self.world.market.spread(PAIRS[wish.pair], self.world.clock())
        require_sound(wish, PAIRS[wish.pair], self.terms, wish.price or (ask if wish.is_buy else bid))
        if not wish.client_id or self.terms.client_ids == "loose":
            return
        for earlier in self.world.book.by_client_id(account, wish.client_id):
            if self.terms.client_ids == "unique" or earlier.is_open:
                raise RefusedError(Reason.DUPLICATE_CLIENT_ID, wish.client_id)

    def place(self, account: str, wish: Wish) -> Order:
        """Accept an order, note it in the journal and fill what can be filled now, all in one transaction."""
        self.settle()
        self.check(account, wish)
        now = self.world.clock()
        n = self.world.book.last_order + 1
        order = wish.order(n, self.terms.order_id(n), self.slug, account, now)
        with self.world.store.together():
            self._hold(order, PAIRS[wish.pair], now)
            self.world.book.add(order)
            self.world.store.note({"time": now, **order.summary()})
            self._match_now(order, PAIRS[wish.pair], now)
        return order

    def _hold(self, order: Order, pair: Pair, now: int) -> None:
        """Price a market order from the book as it stands, so that it can never lack money half way."""
        parts = [Part(order.price, order.amount)] if order.price and order.amount else self._sweep(order, pair, now)
        if order.is_buy:
            self.ledger.hold(order, pair.quote, sum((part.cost for part in parts), ZERO))
        else:
            self.ledger.hold(order, pair.base, sum((part.amount for part in parts), ZERO))

    def _sweep(self, order: Order, pair: Pair, now: int) -> list[Part]:
        """Return how a market order eats through the book: thin levels make it several fills."""
        bid, ask = self.world.market.spread(pair, now)
        price, step = (ask, pair.price_step) if order.is_buy else (bid, -pair.price_step)
        wanted = order.amount or ((order.cost or ZERO) / price).quantize(pair.amount_step, ROUND_DOWN)
        depth = max(self.world.market.depth(pair, now), pair.amount_step)
        parts: list[Part] = []
        while wanted > 0:
            taken = wanted if len(parts) == CHUNKS - 1 else min(wanted, depth)
            parts.append(Part(max(price + step * len(parts), pair.price_step), taken))
            wanted -= taken
        return _within(parts, order.cost, pair)

    def _match_now(self, order: Order, pair: Pair, now: int) -> None:
        if order.type == "market":
            self._take(order, self._sweep(order, pair, now), now)
            if order.is_open:
                self.ledger.close(order, "filled")
            return
        found = resting.crossing(self.world.market, order, pair, now)
        parts = [found] if found else []
        is_short = sum((part.amount for part in parts), ZERO) < order.remaining
        if not (order.lifetime == "PO" or (order.lifetime == "FOK" and is_short)):
            self._take(order, parts, now)
        if order.is_open and (order.lifetime in ("IOC", "FOK") or (order.lifetime == "PO" and parts)):
            self.ledger.close(order, "canceled")

    def _take(self, order: Order, parts: list[Part], now: int) -> None:
        for part in parts:
            self.ledger.fill(order, part, now, is_maker=False)

    def settle(self) -> None:
        resting.settle(self.ledger, self.slug)

    def orders(self, account: str, pair: str | None = None, *, is_open: bool | None = None) -> list[Order]:
        self.settle()
        return [order for order in self.world.book.orders_of(account, pair, is_open) if self._shows(order)]

    def fills(self, account: str, pair: str | None = None, order_id: str | None = None) -> list[Fill]:
        self.settle()
        book = self.world.book
        found = book.fills_of(account, pair, order_id)
        return [fill for fill in found if self._shows(book.by_n(fill.order_n))] if self.lag else found

    def _shows(self, order: Order) -> bool:
        return not self.lag or self.world.clock() - order.created >= self.lag

    def balances(self, account: str, wallet: str) -> list[Balance]:
        self.settle()
        return self.world.balances(account, wallet)

    def cancel(self, order: Order) -> Order:
        self.settle()
        if not order.is_open:
            raise RefusedError(Reason.ORDER_CLOSED, order.id)
        with self.world.store.together():
            order.updated = self.world.clock()
            self.ledger.close(order, "canceled")
        return order

    def find(self, account: str, identity: str = "", client_id: str = "") -> Order:
        """Return one order by the exchange's id, else the newest with the client's."""
        self.settle()
        book = self.world.book
        named = filter(self._shows, book.by_client_id(account, client_id))
        found = book.by_id(account, identity) if identity else next(named, None)
        if found is None or not self._shows(found):
            raise RefusedError(Reason.UNKNOWN_ORDER, identity or client_id)
        return found


def _within(parts: list[Part], cost: Decimal | None, pair: Pair) -> list[Part]:
    """Shorten a sweep by cost whose worse levels would spend more than was asked."""
    before = sum((part.cost for part in parts[:-1]), ZERO)
    if cost is None or before + parts[-1].cost <= cost:
        return parts
    last = ((cost - before) / parts[-1].price).quantize(pair.amount_step, ROUND_DOWN)
    return [*parts[:-1], Part(parts[-1].price, last)] if last > 0 else parts[:-1]
