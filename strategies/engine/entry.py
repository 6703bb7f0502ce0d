"""The entry gate: a signal opens a group only when every rule admits it; the first that fails is the reason shown."""

from collections.abc import Callable
from decimal import Decimal

from strategies.engine.decision import Action, Decision
from strategies.engine.gate import money_needed
from strategies.engine.ladder import CLOSABLE
from strategies.engine.state import Opening, Stop

Rule = Callable[[Opening], bool]


def enter(opening: Opening) -> Decision:
    """Return OPEN with the base order, or why not; without a signal there is nothing to refuse."""
    if not opening.market.has_price:
        return Decision(action=Action.BLOCK, reason="market.no_price")
    numbers = _numbers(opening)
    if opening.request is None or opening.request.closes:
        return Decision(action=Action.WAIT, reason="entry.no_signal", numbers=numbers)
    if opening.request.side is not opening.settings.side:
        return Decision(action=Action.BLOCK, reason="entry.other_direction", numbers=numbers)
    failed = next((reason for reason, is_met in RULES if not is_met(opening)), "")
    if failed:
        return Decision(action=Action.BLOCK, reason=failed, numbers=numbers)
    return Decision(
        action=Action.OPEN,
        reason="entry.signal",
        cost=opening.settings.ladder.base,
        quantity=_amount(opening),
        numbers=numbers,
    )


def _numbers(opening: Opening) -> dict[str, Decimal]:
    base = opening.settings.ladder.base
    figures = {
        "price": opening.entry_price,
        "base": base,
        "ladder_total": opening.settings.ladder.total(),
        "at_work": opening.limits.margin.at_work(opening.limits.other_stakes),
        "soft_limit": opening.limits.margin.soft * opening.limits.margin.amount,
    }
    if opening.limits.free_quote is not None:
        figures |= {"needed": money_needed(base, opening.settings.fees), "free": opening.limits.free_quote}
    return figures


def _amount(opening: Opening) -> Decimal:
    return opening.market.amount(opening.settings.ladder.base / opening.entry_price)


def _is_large_enough(opening: Opening) -> bool:
    is_takeable = opening.market.takes(_amount(opening), opening.entry_price)
    return is_takeable and opening.settings.ladder.base >= opening.market.minimum_cost * CLOSABLE


def _has_rested(opening: Opening) -> bool:
    return (
        opening.limits.last_closed_at is None
        or opening.now - opening.limits.last_closed_at >= opening.settings.re_entry_pause
    )


def _has_room(opening: Opening) -> bool:
    base, whole = opening.settings.ladder.base, opening.settings.ladder.total()
    return opening.limits.margin.admits_group(opening.limits.other_stakes, base=base, whole_ladder=whole)


def _has_funds(opening: Opening) -> bool:
    return (
        opening.limits.free_quote is None
        or money_needed(opening.settings.ladder.base, opening.settings.fees) <= opening.limits.free_quote
    )


def _is_beside_recovery(opening: Opening) -> bool:
    return opening.limits.recovery_elsewhere or not opening.limits.needs_recovery_elsewhere


RULES: tuple[tuple[str, Rule], ...] = (
    ("entry.paused", lambda opening: opening.limits.stop is Stop.NONE),
    ("connection.not_proven", lambda opening: opening.limits.is_connection_proven),
    ("market.stale", lambda opening: opening.market.is_fresh(opening.now)),
    ("entry.pair_closed", lambda opening: opening.limits.is_pair_open),
    ("entry.not_beside_recovery", _is_beside_recovery),
    ("entry.cool_down", _has_rested),
    ("entry.too_many_groups", lambda opening: opening.limits.open_groups < opening.settings.max_groups),
    ("entry.pair_in_recovery", lambda opening: not opening.limits.pair_in_recovery),
    ("entry.soft_limit", _has_room),
    ("entry.below_minimum", _is_large_enough),
    ("funds.unknown", lambda opening: opening.limits.equity is not None),
    ("funds.too_little", _has_funds),
)
