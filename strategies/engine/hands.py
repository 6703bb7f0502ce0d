"""What a trader may do to a group by hand: how much of it, and what is in the way."""

from dataclasses import dataclass, replace
from decimal import Decimal

from strategies.engine.account import NO_STAKE
from strategies.engine.entry import around
from strategies.engine.ladder import CLOSABLE, stress_price
from strategies.engine.position import Position
from strategies.engine.sizing import Sizing
from strategies.engine.state import Opening, OrderRules, grounds


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


def adopt(opening: Opening, sizing: Sizing, coins: Position, *, done: int) -> str:
    """Return why a group must not begin with coins that are there already, "" when it may; `done` rungs they count for.

    By all rules of an opening: a bot manages no more than it would have bought. Only the money that its first order
    would cost need not be there. `sizing` and the limits count the coins as a part of what the account is worth.
    """
    settings, market, limits = opening.settings, opening.market, opening.limits
    if not market.has_price:
        return "market.no_price"
    ladder, first, cost = settings.ladder, coins.average, coins.cost
    # What was paid long ago may have lost more than that by now.
    stressed = stress_price(ladder, first=first, side=settings.side, stress=limits.stress)
    stressed = min(stressed, market.exit_price(settings.side))
    accepted = limits.accepted_loss * limits.equity if limits.equity is not None else Decimal(0)
    # At a somewhat lower price they can be sold as well.
    is_sellable = market.takes(market.amount(coins.held), market.exit_price(settings.side) / CLOSABLE)
    fits = limits.margin.admits_group(limits.other_stakes, base=cost, whole_ladder=ladder.total)
    rules = (
        *around(opening),
        ("part.too_small", is_sellable),
        ("funds.unknown", limits.equity is not None),
        (sizing.reason, sizing.ladder is not None),
        ("adopt.above_ladder", cost <= ladder.total),
        ("entry.soft_limit", fits),
        ("risk.stress_loss", coins.stress_loss(stressed) <= accepted),
    )
    if failed := next((reason for reason, is_met in rules if not is_met), ""):
        return failed
    claims = replace(grounds(settings, limits), first=first, at_work=cost, cost=cost, held=coins.held, done=done).stake
    # Where nothing is to come, nothing is taken that others have set aside.
    pool = limits.pool if claims.to_come else replace(limits.pool, free=None)
    return pool.refusal(NO_STAKE, claims, settings.fees)
