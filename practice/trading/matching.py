"""The desk of one exchange: takes orders and fills them from the moving price."""

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from practice.refusals import Reason, RefusedError
from practice.trading import resting
from practice.trading.checks import require_band, require_sound
from practice.trading.ledger import Ledger, Part
from practice.trading.orders import ZERO, Fill, Order, Terms, Wish
from practice.world.pairs import Pair
from practice.world.world import Balance, World

UNKEPT = {"PO": Reason.WOULD_TAKE, "FOK": Reason.NOT_WHOLE}


@dataclass(frozen=True)
class Found:
    """What an order finds on the other side of the book within its limit, and whether that is all it wants."""

    parts: tuple[Part, ...]
    is_whole: bool

    def keeps(self, lifetime: str) -> bool:
        """Say whether an order of this lifetime may have what it found: post-only nothing, fill-or-kill all."""
        return self.is_whole if lifetime == "FOK" else not (lifetime == "PO" and self.parts)


@dataclass(frozen=True)
class Desk:
    """With a `lag` it tells nothing of orders younger than so many ms; with `blind`, that they ended unfilled."""

    world: World
    slug: str
    terms: Terms
    lag: int = 0
    blind: int = 0

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.world, self.terms)

    def check(self, account: str, wish: Wish) -> None:
        """Refuse what `place` would refuse before it looks at the money and at the book."""
        pair = self.terms.pairs[wish.pair]
        bid, ask = self.world.market.spread(pair, self.world.clock())
        require_sound(wish, pair, self.terms, wish.price or (ask if wish.is_buy else bid))
        require_band(wish, pair, self.terms.band, (bid + ask) / 2)
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
        found = self._look(order, now)
        if wish.lifetime in self.terms.refuses and not found.keeps(wish.lifetime):
            raise RefusedError(UNKEPT[wish.lifetime])
        with self.world.store.together():
            self._hold(order, found)
            self.world.book.add(order)
            self.world.store.note({"time": now, **order.summary()})
            self._match(order, found, now)
        return order

    def _look(self, order: Order, now: int) -> Found:
        """Walk the book from its best price to the order's limit, until the order has its amount or spent its cost."""
        pair, parts, spent = self.terms.pairs[order.pair], [], ZERO
        left = None if order.amount is None else order.remaining
        for price, depth in self.world.market.levels(pair, now, is_ask=order.is_buy):
            if order.price is not None and (price > order.price if order.is_buy else price < order.price):
                break
            affordable = ((order.cost or ZERO) - spent) / price
            wanted = affordable.quantize(pair.amount_step, ROUND_DOWN) if left is None else left
            taken = min(wanted, depth)
            if taken > 0:
                parts += self._trades(price, taken, pair)
            if taken == wanted:
                return Found(tuple(parts), is_whole=True)
            spent, left = spent + price * taken, None if left is None else left - taken
        return Found(tuple(parts), is_whole=False)

    def _trades(self, price: Decimal, taken: Decimal, pair: Pair) -> list[Part]:
        """Return what is taken at one price as the trades that it is made of, in whole lots."""
        count = self.world.market.parts.get(pair.name, 1)
        each = (taken / count).quantize(pair.amount_step, ROUND_DOWN)
        if count < 2 or each <= 0:
            return [Part(price, taken)]
        return [*[Part(price, each)] * (count - 1), Part(price, taken - each * (count - 1))]

    def _hold(self, order: Order, found: Found) -> None:
        """Hold what an order can cost at most: a market order is priced by what it found."""
        pair = self.terms.pairs[order.pair]
        parts = [Part(order.price, order.remaining)] if order.price and order.amount else found.parts
        if order.is_buy:
            self.ledger.hold(order, pair.quote, sum((part.cost for part in parts), ZERO))
        else:
            self.ledger.hold(order, pair.base, sum((part.amount for part in parts), ZERO))

    def _match(self, order: Order, found: Found, now: int) -> None:
        """Take what was found where the lifetime allows it, and end what may not rest."""
        is_kept = found.keeps(order.lifetime)
        for part in found.parts if is_kept else ():
            self.ledger.fill(order, part, now, is_maker=False)
        if order.amount is None and found.is_whole and order.filled:
            self.ledger.close(order, "filled")
        elif order.is_open and not (is_kept and order.type == "limit" and order.lifetime in ("GTC", "GTT", "PO")):
            self.ledger.close(order, "canceled", by="IOC" if order.lifetime not in UNKEPT else order.lifetime)

    def settle(self) -> None:
        resting.settle(self.ledger, self.slug)

    def orders(self, account: str, pair: str | None = None, *, is_open: bool | None = None) -> list[Order]:
        self.settle()
        found = self.world.book.orders_of(account, pair, is_open)
        return [self._as_told(order) for order in found if self._shows(order)]

    def fills(self, account: str, pair: str | None = None, order_id: str | None = None) -> list[Fill]:
        self.settle()
        book = self.world.book
        found = book.fills_of(account, pair, order_id)
        if not self.lag and not self.blind:
            return found
        return [fill for fill in found if self._tells_fills_of(book.by_n(fill.order_n))]

    def _shows(self, order: Order) -> bool:
        return not self.lag or self.world.clock() - order.created >= self.lag

    def _tells_fills_of(self, order: Order) -> bool:
        return self.world.clock() - order.created >= max(self.lag, self.blind)

    def _as_told(self, order: Order) -> Order:
        """Return the order as this desk tells it: one it is blind for is canceled with nothing filled."""
        if order.is_open or self._tells_fills_of(order):
            return order
        return replace(order, status="canceled", filled=ZERO, spent=ZERO, fee=ZERO, coin_fee=ZERO, ended_by="IOC")

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

    def amend(self, order: Order, *, amount: Decimal | None = None, price: Decimal | None = None) -> Order:
        """Give an open limit order another amount or price under the same id; refuse what `place` would refuse."""
        self.settle()
        if not order.is_open:
            raise RefusedError(Reason.ORDER_CLOSED, order.id)
        now, before = self.world.clock(), (order.amount, order.price, order.held)
        wish = order.wish(amount=amount or order.amount, price=price or order.price)
        self.check(order.account, wish)
        if wish.amount is not None and wish.amount <= order.filled:
            raise RefusedError(Reason.BAD_PARAMETER, "quantity")
        with self.world.store.together():
            self.ledger.release(order)
            order.amount, order.price = wish.amount, wish.price
            found = self._look(order, now)
            try:
                if order.lifetime in self.terms.refuses and not found.keeps(order.lifetime):
                    raise RefusedError(UNKEPT[order.lifetime])
                self._hold(order, found)
            except RefusedError:
                order.amount, order.price, held = before
                self.ledger.hold_again(order, held)
                raise
            order.updated = now
            self.world.book.save(order)
            self._match(order, found, now)
        return order

    def find(self, account: str, identity: str = "", client_id: str = "") -> Order:
        """Return one order by the exchange's id, else the newest with the client's."""
        self.settle()
        book = self.world.book
        named = filter(self._shows, book.by_client_id(account, client_id))
        found = book.by_id(account, identity) if identity else next(named, None)
        if found is None or not self._shows(found):
            raise RefusedError(Reason.UNKNOWN_ORDER, identity or client_id)
        return self._as_told(found)
