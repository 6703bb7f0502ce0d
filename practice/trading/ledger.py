"""Money and orders move together: holding, filling and closing, always with the balance that pays for it."""

from dataclasses import dataclass
from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import ZERO, Fill, Order, Terms
from practice.world.pairs import PAIRS
from practice.world.world import Balance, World


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
            amount *= 1 + max(self.terms.fee_rate(order.pair, is_maker=is_maker) for is_maker in (True, False))
        purse = self._purse(order, asset)
        if purse.free < amount:
            raise RefusedError(Reason.INSUFFICIENT, asset)
        purse.free, purse.locked = purse.free - amount, purse.locked + amount
        order.held_asset, order.held = asset, amount
        self.world.save_balance(purse)

    def release(self, order: Order) -> None:
        """Give back what an order still holds."""
        purse = self._purse(order, order.held_asset)
        purse.free, purse.locked, order.held = purse.free + order.held, purse.locked - order.held, ZERO
        self.world.save_balance(purse)

    def hold_again(self, order: Order, amount: Decimal) -> None:
        """Lock what was just given back: nobody can have taken it."""
        purse = self._purse(order, order.held_asset)
        purse.free, purse.locked, order.held = purse.free - amount, purse.locked + amount, amount
        self.world.save_balance(purse)

    def fill(self, order: Order, part: Part, at: int, *, is_maker: bool) -> None:
        rate = self.terms.fee_rate(order.pair, is_maker=is_maker)
        fee, asset = self._charge(order, part, rate, at)
        order.filled, order.spent, order.updated = order.filled + part.amount, order.spent + part.cost, at
        is_own = asset == order.fee_asset
        order.fee, order.coin_fee = order.fee + (fee if is_own else ZERO), order.coin_fee + (ZERO if is_own else fee)
        self._pay(order, part, fee if is_own else ZERO)
        traded = {"price": part.price, "amount": part.amount, "cost": part.cost, "time": at, "is_maker": is_maker}
        charged = {"fee": fee, "fee_rate": rate, "fee_asset": asset}
        self.world.book.add_fill(Fill.of(order, n=self.world.book.last_fill + 1, **traded, **charged))
        if order.amount is not None and order.filled >= order.amount:
            self.close(order, "filled")
        else:
            self.world.book.save(order)

    def _charge(self, order: Order, part: Part, rate: Decimal, at: int) -> tuple[Decimal, str]:
        """Return the fee and its asset: the exchange's own coin where the account pays so and has all of it.

        An account pays so when its trait `pays_fees_in` names the coin. What is paid in it is taken here.
        """
        pair, coin = self.terms.pairs[order.pair], self.terms.fee_coin
        order.fee_asset = pair.base if order.is_buy and self.terms.fee_in == "received" else pair.quote
        if (
            coin
            and coin.asset != order.fee_asset
            and self.world.accounts[order.account].traits.get("pays_fees_in") == coin.asset
        ):
            purse = self._purse(order, coin.asset)
            fee = self._rounded(part.cost * rate * (1 - coin.discount) * self._worth(pair.quote, coin.asset, at))
            if purse.free >= fee:
                purse.free -= fee
                self.world.save_balance(purse)
                return fee, coin.asset
        return self._rounded((part.amount if order.fee_asset == pair.base else part.cost) * rate), order.fee_asset

    def _worth(self, asset: str, coin: str, at: int) -> Decimal:
        """Return what one unit of an asset is worth in the coin; all dollars are worth the same."""
        asset_price, coin_price = (
            self.world.market.price(PAIRS[f"{name}/USDT"], at) if f"{name}/USDT" in PAIRS else Decimal(1)
            for name in (asset, coin)
        )
        return asset_price / coin_price

    def _rounded(self, fee: Decimal) -> Decimal:
        if self.terms.fee_places is None:
            return fee
        return fee.quantize(Decimal(1).scaleb(-self.terms.fee_places), self.terms.fee_rounding)

    def _pay(self, order: Order, part: Part, fee: Decimal) -> None:
        """Take what was held, give what was bought; the fee comes off whichever of the two is its asset."""
        pair = self.terms.pairs[order.pair]
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

    def close(self, order: Order, status: str, by: str = "") -> None:
        """End an order and give back what it still holds; `by` names the lifetime that ended it."""
        order.status, order.ended_by = status, by
        self.release(order)
        self.world.book.save(order)
