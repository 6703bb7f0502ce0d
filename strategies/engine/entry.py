"""The entry gate: a signal opens a group only when every rule admits it; the first that fails is the reason shown."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from strategies.engine.decision import Action, Decision
from strategies.engine.gate import money_needed
from strategies.engine.ladder import CLOSABLE
from strategies.engine.state import Limits, Market, Settings, Signal, Stop

Rule = Callable[[Settings, Market, Limits, datetime], bool]


def enter(settings: Settings, market: Market, signal: Signal | None, limits: Limits, now: datetime) -> Decision:
    """Return OPEN with the base order, or why not; without a signal there is nothing to refuse."""
    numbers = _numbers(settings, market, limits)
    if signal is None or signal.closes:
        return Decision(action=Action.WAIT, reason="entry.no_signal", numbers=numbers)
    if signal.side is not settings.side:
        return Decision(action=Action.BLOCK, reason="entry.other_direction", numbers=numbers)
    failed = next((reason for reason, is_met in RULES if not is_met(settings, market, limits, now)), "")
    if failed:
        return Decision(action=Action.BLOCK, reason=failed, numbers=numbers)
    return Decision(
        action=Action.OPEN,
        reason="entry.signal",
        cost=settings.ladder.base,
        quantity=_amount(settings, market),
        numbers=numbers,
    )


def _numbers(settings: Settings, market: Market, limits: Limits) -> dict[str, Decimal]:
    base = settings.ladder.base
    figures = {
        "price": market.entry_price(settings.side),
        "base": base,
        "ladder_total": settings.ladder.total(),
        "at_work": limits.margin.at_work(limits.other_stakes),
        "soft_limit": limits.margin.soft * limits.margin.amount,
    }
    if limits.free_quote is not None:
        figures |= {"needed": money_needed(base, settings.fees), "free": limits.free_quote}
    return figures


def _amount(settings: Settings, market: Market) -> Decimal:
    return market.amount(settings.ladder.base / market.entry_price(settings.side))


def _is_large_enough(settings: Settings, market: Market, limits: Limits, now: datetime) -> bool:
    is_takeable = market.takes(_amount(settings, market), market.entry_price(settings.side))
    return is_takeable and settings.ladder.base >= market.minimum_cost * CLOSABLE


def _has_rested(settings: Settings, market: Market, limits: Limits, now: datetime) -> bool:
    return limits.last_closed_at is None or now - limits.last_closed_at >= settings.re_entry_pause


def _has_room(settings: Settings, market: Market, limits: Limits, now: datetime) -> bool:
    base, whole = settings.ladder.base, settings.ladder.total()
    return limits.margin.admits_group(limits.other_stakes, base=base, whole_ladder=whole)


def _has_funds(settings: Settings, market: Market, limits: Limits, now: datetime) -> bool:
    return limits.free_quote is None or money_needed(settings.ladder.base, settings.fees) <= limits.free_quote


def _is_beside_recovery(settings: Settings, market: Market, limits: Limits, now: datetime) -> bool:
    return limits.recovery_elsewhere or not limits.needs_recovery_elsewhere


RULES: tuple[tuple[str, Rule], ...] = (
    ("entry.paused", lambda settings, market, limits, now: limits.stop is Stop.NONE),
    ("connection.not_proven", lambda settings, market, limits, now: limits.is_connection_proven),
    ("market.stale", lambda settings, market, limits, now: market.is_fresh(now)),
    ("entry.pair_closed", lambda settings, market, limits, now: limits.is_pair_open),
    ("entry.not_beside_recovery", _is_beside_recovery),
    ("entry.cool_down", _has_rested),
    ("entry.too_many_groups", lambda settings, market, limits, now: limits.open_groups < settings.max_groups),
    ("entry.pair_in_recovery", lambda settings, market, limits, now: not limits.pair_in_recovery),
    ("entry.soft_limit", _has_room),
    ("entry.below_minimum", _is_large_enough),
    ("funds.unknown", lambda settings, market, limits, now: limits.equity is not None),
    ("funds.too_little", _has_funds),
)
