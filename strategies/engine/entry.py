"""The entry gate: a signal opens a group only when every rule admits it; the first that fails is the reason shown."""

from dataclasses import replace
from decimal import Decimal

from strategies.engine.account import NO_STAKE, TOLD
from strategies.engine.decision import Action, Decision, Trait, having
from strategies.engine.ladder import CLOSABLE
from strategies.engine.position import SLIPPAGE, Position
from strategies.engine.sizing import RiskLevel, Sizing
from strategies.engine.state import Opening, Stop, grounds

OF_SIZE = having(Trait.OF_SIZE)
Rules = tuple[tuple[str, bool], ...]


def enter_sized(opening: Opening, sizing: Sizing, level: RiskLevel) -> Decision:
    """Return what becomes of a request with the ladder that was sized for it; the opening's own ladder counts nothing.

    A ladder that cannot be must not hide an earlier reason (paused, not proven): the rules see the smallest.
    """
    limit = opening.limits.margin.amount
    ladder = sizing.ladder or level.ladder(max(sizing.smallest, sizing.largest, limit))
    decision = enter(replace(opening, settings=replace(opening.settings, ladder=ladder)))
    if sizing.ladder is None and (decision.action is Action.OPEN or decision.reason in OF_SIZE):
        numbers = {"largest": sizing.largest, "smallest": sizing.smallest}
        return Decision(action=Action.BLOCK, reason=sizing.reason, numbers=numbers)
    return decision


def enter(opening: Opening) -> Decision:
    """Return OPEN with the base order, or why not; without a signal there is nothing to refuse."""
    settings, limits, request = opening.settings, opening.limits, opening.request
    if not opening.market.has_price:
        return Decision(action=Action.BLOCK, reason="market.no_price")
    ladder, price = settings.ladder, opening.market.entry_price(settings.side)
    numbers = {
        "price": price,
        "base": ladder.base,
        "ladder_total": ladder.total,
        "at_work": limits.margin.at_work(limits.other_stakes),
        "soft_limit": limits.margin.soft * limits.margin.amount,
    }
    if limits.free_quote is not None:
        numbers |= {"needed": settings.fees.money_needed(ladder.base), "free": limits.free_quote}
    if request is None or request.closes:
        return Decision(action=Action.WAIT, reason="entry.no_signal", numbers=numbers)
    if request.side is not settings.side:
        return Decision(action=Action.BLOCK, reason="entry.other_direction", numbers=numbers)
    amount = opening.market.amount(ladder.base / price)
    if failed := _failed(opening, price, amount):
        return Decision(action=Action.BLOCK, reason=failed, numbers=numbers)
    stakes = NO_STAKE, grounds(settings, limits).ordering(ladder.base, 0).stake
    if failed := limits.pool.refusal(*stakes, settings.fees):
        figures = limits.pool.figures(*stakes, settings.fees)
        numbers |= {name: figures[name] for name in TOLD[failed]}
        return Decision(action=Action.BLOCK, reason=failed, numbers=numbers)
    return Decision(action=Action.OPEN, reason=request.reason, cost=ladder.base, quantity=amount, numbers=numbers)


def _failed(opening: Opening, price: Decimal, amount: Decimal) -> str:
    """Return the reason code of the first rule that does not admit an order of the amount, "" for none."""
    settings, market, limits, base = opening.settings, opening.market, opening.limits, opening.settings.ladder.base
    free, room = limits.free_quote, limits.margin
    # What an order at a somewhat worse price leaves after its fee can be sold again.
    least = market.amount(base / (price * SLIPPAGE))
    left = market.amount(Position(side=settings.side, fees=settings.fees).with_fills((price, least)).held)
    is_large = market.takes(amount, price) and base >= market.minimum_cost * CLOSABLE
    is_large = is_large and market.takes(left, market.exit_price(settings.side))
    rules = (
        *around(opening),
        ("entry.soft_limit", room.admits_group(limits.other_stakes, base=base, whole_ladder=settings.ladder.total)),
        ("entry.below_minimum", is_large),
        ("funds.unknown", limits.equity is not None),
        ("funds.too_little", free is None or settings.fees.money_needed(base) <= free),
    )
    return next((reason for reason, is_met in rules if not is_met), "")


def around(opening: Opening) -> Rules:
    """Return what must hold around any new group, whatever it begins with: each reason, and whether its rule is met."""
    settings, limits, ended = opening.settings, opening.limits, opening.limits.last_closed_at
    return (
        ("entry.paused", limits.stop is Stop.NONE),
        ("connection.not_proven", limits.is_connection_proven),
        ("market.stale", opening.market.is_fresh(opening.now)),
        ("entry.pair_closed", limits.is_pair_open),
        ("entry.not_beside_recovery", limits.recovery_elsewhere or not limits.needs_recovery_elsewhere),
        ("entry.cool_down", ended is None or opening.now - ended >= settings.re_entry_pause),
        ("entry.too_many_groups", limits.open_groups < settings.max_groups),
        ("entry.pair_in_recovery", not limits.pair_in_recovery),
    )
