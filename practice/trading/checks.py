"""What an order must be before a desk takes it."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, Terms, Wish
from practice.world.pairs import Pair


def require_sound(wish: Wish, pair: Pair, terms: Terms, price: Decimal) -> None:
    """Check in the order exchanges do: what was given, its precision, its size, its worth; its price at last."""
    _require_given(wish)
    _require_steps(wish, pair)
    if wish.amount is not None and wish.amount < pair.min_amount:
        raise RefusedError(Reason.BELOW_MINIMUM, f"{pair.min_amount}{pair.base}")
    if (wish.cost or (wish.amount or Decimal(0)) * price) < terms.min_cost:
        raise RefusedError(Reason.BELOW_MINIMUM, f"{terms.min_cost}{pair.quote}")


def require_band(wish: Wish, pair: Pair, band: Band | None, market: Decimal) -> None:
    """Refuse a limit price too far from the market's; the refusal's detail is the bound, its `side` says which."""
    if band is None or wish.price is None:
        return
    least, most = band.of(is_buy=wish.is_buy)
    if most is not None and wish.price > market * most:
        raise RefusedError(Reason.PRICE_BAND, _bound(market * most, pair, ROUND_DOWN), side=f"{wish.side} max")
    if least is not None and wish.price < market * least:
        raise RefusedError(Reason.PRICE_BAND, _bound(market * least, pair, ROUND_UP), side=f"{wish.side} min")


def _bound(price: Decimal, pair: Pair, rounding: str) -> str:
    return f"{price.quantize(pair.price_step, rounding):f}"


def _require_given(wish: Wish) -> None:
    needed = ("amount", "price") if wish.type == "limit" else (("cost",) if wish.amount is None else ("amount",))
    for name in needed:
        value = getattr(wish, name)
        if value is None or not value.is_finite() or value <= 0:
            raise RefusedError(Reason.BAD_PARAMETER, {"amount": "quantity", "cost": "funds"}.get(name, name))


def _require_steps(wish: Wish, pair: Pair) -> None:
    if wish.amount is not None and wish.amount % pair.amount_step:
        raise RefusedError(Reason.PRECISION, "quantity")
    if wish.type == "limit" and wish.price is not None and wish.price % pair.price_step:
        raise RefusedError(Reason.PRECISION, "price")
