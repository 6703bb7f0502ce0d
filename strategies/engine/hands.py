"""What a trader may do to a group by hand: how much of it, and what is in the way."""

from dataclasses import dataclass
from decimal import Decimal

from strategies.engine.ladder import CLOSABLE
from strategies.engine.position import Position
from strategies.engine.state import OrderRules


@dataclass(frozen=True, kw_only=True)
class SoldPart:
    """A part of a position as the exchange sells it; `refusal` is why it cannot be sold so, "" when it can."""

    quantity: Decimal
    refusal: str = ""


def part_of(position: Position, rules: OrderRules, share: Decimal, price: Decimal | None) -> SoldPart:
    """Return this share of what is held in whole steps; what stays must be large enough to be sold later.

    Without a price only what the exchange says of amounts is judged.
    """
    quantity = rules.amount(position.held * share)
    left = rules.amount(position.held - quantity)
    if not rules.takes(quantity, price):
        return SoldPart(quantity=quantity, refusal="part.too_small")
    # Of a somewhat lower price.
    if not rules.takes(left, None if price is None else price / CLOSABLE):
        return SoldPart(quantity=quantity, refusal="part.leaves_too_little")
    return SoldPart(quantity=quantity)
