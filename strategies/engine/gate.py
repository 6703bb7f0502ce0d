"""The add-on gate: rules in order; the first that fails is the reason shown."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from strategies.engine.ladder import CLOSABLE
from strategies.engine.position import Bought, Fees, Position
from strategies.engine.risk import stress_loss, stress_price
from strategies.engine.state import Case, Mode, Stop

# What a market order may cost above the price seen a moment ago.
SLIPPAGE = Decimal("1.01")
Rule = Callable[[Case], str]


def admit(case: Case) -> str:
    """Return "" when the next add-on may be placed, else the reason code of the first rule that fails."""
    for rule in RULES:
        if reason := rule(case):
            return reason
    return ""


def next_price(case: Case) -> Decimal:
    """Return P_k of the next add-on."""
    return case.settings.ladder.price(case.group.add_ons_done + 1, case.group.first_price, case.settings.side)


def next_cost(case: Case) -> Decimal:
    return case.settings.ladder.cost(case.group.add_ons_done + 1)


def next_fill(case: Case) -> Bought:
    price = case.entry_price
    return Bought(price=price, quantity=case.market.amount(next_cost(case) / price))


def after_next(case: Case) -> Position:
    return case.group.position.with_fill(next_fill(case))


def improvement(case: Case) -> Decimal:
    """Return s·(A − A')/A: how much better the average would be, as a share."""
    position = case.group.position
    if not position.average:
        return Decimal(0)
    after = position.average_after(next_fill(case))
    return position.side.sign * (position.average - after) / position.average


def improvement_needed(case: Case) -> Decimal:
    return case.settings.improve * (case.settings.recovery.improve_factor if case.group.mode is Mode.RECOVERY else 1)


def distance(case: Case) -> Decimal:
    """Return how far the price is beyond the last fill, as a share of the first price, like the deviations."""
    return case.sign * (case.group.last_fill_price - case.entry_price) / case.group.first_price


def distance_needed(case: Case) -> Decimal:
    """0.8·(dev_k − dev_{k−1}), in Recovery Mode half as much again."""
    k, ladder = case.group.add_ons_done + 1, case.settings.ladder
    factor = case.settings.recovery.spacing_factor if case.group.mode is Mode.RECOVERY else 1
    return case.settings.spacing * (ladder.deviation(k) - ladder.deviation(k - 1)) * factor


def cool_down_left(case: Case) -> timedelta:
    factor = case.settings.recovery.cool_down_factor if case.group.mode is Mode.RECOVERY else 1
    return case.settings.cool_down * factor - (case.now - case.group.last_fill_at)


def stressed(case: Case) -> Decimal:
    """Return P_S, the price that the accepted loss is measured at."""
    settings = case.settings
    return stress_price(settings.ladder, first=case.group.first_price, side=settings.side, stress=case.limits.stress)


def stress_loss_after(case: Case) -> Decimal:
    return stress_loss(after_next(case), stressed(case))


def money_needed(cost: Decimal, fees: Fees) -> Decimal:
    """Return what must be free for an order of this cost: its fee and some slippage come on top."""
    return cost * (1 + fees.entry) * SLIPPAGE


def floor_price(case: Case) -> Decimal | None:
    """P0·(1 − s·Z_max), beyond which no add-on is placed."""
    return None if case.settings.floor is None else case.group.first_price * (1 - case.sign * case.settings.floor)


def zone(case: Case) -> str:
    """Return "" inside the zone of the next add-on: at P_k or beyond, but not beyond the floor."""
    price = case.entry_price
    if case.sign * (price - next_price(case)) > 0:
        return "zone.not_reached"
    floor = floor_price(case)
    return "zone.below_floor" if floor is not None and case.sign * (price - floor) < 0 else ""


def _state(case: Case) -> str:
    if case.limits.stop in {Stop.ADD_ONS, Stop.CLOSE}:
        return "group.paused"
    return "group.state" if case.group.mode in {Mode.CLOSING, Mode.CLOSED} else ""


def _planned(case: Case) -> str:
    return "" if case.group.add_ons_done < case.settings.ladder.add_ons else "ladder.done"


def _improves(case: Case) -> str:
    """Better by more than nothing, even where the trader asks for no least improvement."""
    better = improvement(case)
    return "" if better > 0 and better >= improvement_needed(case) else "average.worse"


def _spacing(case: Case) -> str:
    is_far = distance(case) >= distance_needed(case)
    return "" if is_far else "spacing.too_close"


def _cool_down(case: Case) -> str:
    return "cool_down" if cool_down_left(case) > timedelta(0) else ""


def _hard_limit(case: Case) -> str:
    return "" if case.limits.margin.admits_add_on(case.stakes, cost=next_cost(case)) else "margin.hard_limit"


def _stress(case: Case) -> str:
    if case.limits.equity is None:
        return "funds.unknown"
    accepted = case.limits.accepted_loss * case.limits.equity
    return "" if stress_loss_after(case) <= accepted else "risk.stress_loss"


def _funds(case: Case) -> str:
    needed = money_needed(next_cost(case), case.settings.fees)
    return "" if case.limits.free_quote is None or needed <= case.limits.free_quote else "funds.too_little"


def _closable(case: Case) -> str:
    """The order, and what the group then holds, could be closed at the exchange's minimums."""
    least, order = case.market.minimum_cost * CLOSABLE, next_fill(case)
    held, exit_price = after_next(case).held, case.exit_price
    is_large_enough = next_cost(case) >= least and case.market.takes(order.quantity, order.price)
    can_be_closed = held * exit_price >= least and case.market.takes(case.market.amount(held), exit_price)
    return "" if is_large_enough and can_be_closed else "size.below_minimum"


def _fresh(case: Case) -> str:
    if not case.limits.is_connection_proven:
        return "connection.not_proven"
    if not case.market.is_fresh(case.now):
        return "market.stale"
    return "" if case.limits.is_pair_open else "entry.pair_closed"


def _known(case: Case) -> str:
    if case.group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if case.group.has_open_order else ""


def _liquidation(case: Case) -> str:
    """Futures: the way to liquidation counts from the last planned add-on, not from today's price."""
    if case.limits.liquidation_price is None:
        return ""
    last = case.settings.ladder.price(case.settings.ladder.add_ons, case.group.first_price, case.settings.side)
    is_far = case.sign * (last - case.limits.liquidation_price) >= case.settings.liquidation_gap * last
    return "" if is_far else "liquidation.too_near"


RULES: tuple[Rule, ...] = (
    _state,
    _planned,
    zone,
    _improves,
    _spacing,
    _cool_down,
    _hard_limit,
    _stress,
    _funds,
    _closable,
    _fresh,
    _known,
    _liquidation,
)
