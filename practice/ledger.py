"""Money and orders move together: holding, filling and closing, always with the balance that pays for it."""

from dataclasses import dataclass
from decimal import Decimal

from practice.orders import ZERO, Fill, Order, Terms
from practice.pairs import PAIRS
from practice.refusals import Reason, RefusedError
from practice.world import Balance, World


@dataclass(frozen=True)
class Part:
    """One piece of a fill: so much at this price."""

    price: Decimal
    amount: Decimal

    @property
    def cost(self) -> Decimal:
        return self.price * self.amount


@dataclass(frozen=True)
class Ledger:
    world: World
    terms: Terms

    def _purse(self, order: Order, asset: str) -> Balance:
        return self.world.balance(order.account, "spot", asset)

    def hold(self, order: Order, asset: str, amount: Decimal) -> None:
        """Lock what the order can cost at most, the fee included where a buy pays it in the quote asset."""
        if order.is_buy and self.terms.fee_in == "quote":
            amount *= 1 + max(self.terms.maker, self.terms.taker)
        purse = self._purse(order, asset)
        if purse.free < amount:
            raise RefusedError(Reason.INSUFFICIENT, asset)
        purse.free, purse.locked = purse.free - amount, purse.locked + amount
        order.held_asset, order.held = asset, amount
        self.world.save_balance(purse)

    def fill(self, order: Order, part: Part, at: int, *, is_maker: bool) -> None:
        pair = PAIRS[order.pair]
        rate = self.terms.maker if is_maker else self.terms.taker
        order.fee_asset = pair.base if order.is_buy and self.terms.fee_in == "received" else pair.quote
        fee = (part.amount if order.fee_asset == pair.base else part.cost) * rate
        order.filled, order.spent, order.fee = order.filled + part.amount, order.spent + part.cost, order.fee + fee
        order.updated = at
        self._pay(order, part, fee)
        traded = {"price": part.price, "amount": part.amount, "cost": part.cost, "time": at, "is_maker": is_maker}
        charged = {"fee": fee, "fee_rate": rate, "fee_asset": order.fee_asset}
        self.world.book.add_fill(Fill.of(order, n=self.world.book.last_fill + 1, **traded, **charged))
        if order.amount is not None and order.filled >= order.amount:
            self.close(order, "filled")
        else:
            self.world.book.save(order)

    def _pay(self, order: Order, part: Part, fee: Decimal) -> None:
        """Take what was held, give what was bought; the fee comes off whichever of the two is its asset."""
        pair = PAIRS[order.pair]
        given, got = (part.cost, part.amount) if order.is_buy else (part.amount, part.cost)
        if order.is_buy and order.fee_asset == pair.quote:
            given += fee
        else:
            got -= fee
        order.held -= given
        self._purse(order, order.held_asset).locked -= given
        earned = self._purse(order, pair.base if order.is_buy else pair.quote)
        earned.free += got
        self.world.save_balance(self._purse(order, order.held_asset))
        self.world.save_balance(earned)

    def close(self, order: Order, status: str) -> None:
        """End an order and give back what it still holds."""
        order.status = status
        purse = self._purse(order, order.held_asset)
        purse.free, purse.locked, order.held = purse.free + order.held, purse.locked - order.held, ZERO
        self.world.save_balance(purse)
        self.world.book.save(order)
