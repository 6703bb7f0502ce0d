"""The add-on gate: rules in order; the first that fails is the reason shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from strategies.engine.ladder import CLOSABLE
from strategies.engine.position import Fees, Fill, Position
from strategies.engine.risk import stress_loss, stress_price
from strategies.engine.state import Group, Limits, Market, Mode, Settings, Stop

# What a market order may cost above the price seen a moment ago.
SLIPPAGE = Decimal("1.01")
Rule = Callable[[Settings, Group, Market, Limits, datetime], str]


def admit(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Return "" when the next add-on may be placed, else the reason code of the first rule that fails."""
    for rule in RULES:
        if reason := rule(settings, group, market, limits, now):
            return reason
    return ""


def next_cost(settings: Settings, group: Group) -> Decimal:
    return settings.ladder.cost(group.add_ons_done + 1)


def next_fill(settings: Settings, group: Group, market: Market) -> Fill:
    price = market.entry_price(settings.side)
    return Fill(price=price, quantity=market.amount(next_cost(settings, group) / price))


def after_next(settings: Settings, group: Group, market: Market) -> Position:
    return group.position.with_fill(next_fill(settings, group, market))


def improvement(settings: Settings, group: Group, market: Market) -> Decimal:
    """Return s·(A − A')/A: how much better the average would be, as a share."""
    position = group.position
    if not position.average:
        return Decimal(0)
    after = position.average_after(next_fill(settings, group, market))
    return position.side.sign * (position.average - after) / position.average


def improvement_needed(settings: Settings, group: Group) -> Decimal:
    return settings.improve * (settings.recovery.improve_factor if group.mode is Mode.RECOVERY else 1)


def distance(settings: Settings, group: Group, market: Market) -> Decimal:
    """Return how far the price is beyond the last fill, as a share of the first price, like the deviations."""
    return settings.side.sign * (group.last_fill_price - market.entry_price(settings.side)) / group.first_price


def distance_needed(settings: Settings, group: Group) -> Decimal:
    """0.8·(dev_k − dev_{k−1}), in Recovery Mode half as much again."""
    k, ladder = group.add_ons_done + 1, settings.ladder
    factor = settings.recovery.spacing_factor if group.mode is Mode.RECOVERY else 1
    return settings.spacing * (ladder.deviation(k) - ladder.deviation(k - 1)) * factor


def cool_down_left(settings: Settings, group: Group, now: datetime) -> timedelta:
    factor = settings.recovery.cool_down_factor if group.mode is Mode.RECOVERY else 1
    return settings.cool_down * factor - (now - group.last_fill_at)


def stress_loss_after(settings: Settings, group: Group, market: Market, limits: Limits) -> Decimal:
    at = stress_price(settings.ladder, first=group.first_price, side=settings.side, stress=limits.stress)
    return stress_loss(after_next(settings, group, market), at)


def money_needed(cost: Decimal, fees: Fees) -> Decimal:
    """Return what must be free for an order of this cost: its fee and some slippage come on top."""
    return cost * (1 + fees.entry) * SLIPPAGE


def floor_price(settings: Settings, group: Group) -> Decimal | None:
    """P0·(1 − s·Z_max), beyond which no add-on is placed."""
    return None if settings.floor is None else group.first_price * (1 - settings.side.sign * settings.floor)


def zone(settings: Settings, group: Group, market: Market) -> str:
    """Return "" inside the zone of the next add-on: at P_k or beyond, but not beyond the floor."""
    side, price = settings.side, market.entry_price(settings.side)
    if side.sign * (price - settings.ladder.price(group.add_ons_done + 1, group.first_price, side)) > 0:
        return "zone.not_reached"
    floor = floor_price(settings, group)
    return "zone.below_floor" if floor is not None and side.sign * (price - floor) < 0 else ""


def _state(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if limits.stop in {Stop.ADD_ONS, Stop.CLOSE}:
        return "group.paused"
    return "group.state" if group.mode in {Mode.CLOSING, Mode.CLOSED} else ""


def _planned(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    return "" if group.add_ons_done < settings.ladder.add_ons else "ladder.done"


def _zone(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    return zone(settings, group, market)


def _improves(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Better by more than nothing, even where the trader asks for no least improvement."""
    better = improvement(settings, group, market)
    return "" if better > 0 and better >= improvement_needed(settings, group) else "average.worse"


def _spacing(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    is_far = distance(settings, group, market) >= distance_needed(settings, group)
    return "" if is_far else "spacing.too_close"


def _cool_down(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    return "cool_down" if cool_down_left(settings, group, now) > timedelta(0) else ""


def _hard_limit(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    stakes = [*limits.other_stakes, group.stake(settings.ladder)]
    return "" if limits.margin.admits_add_on(stakes, cost=next_cost(settings, group)) else "margin.hard_limit"


def _stress(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if limits.equity is None:
        return "funds.unknown"
    accepted = limits.accepted_loss * limits.equity
    return "" if stress_loss_after(settings, group, market, limits) <= accepted else "risk.stress_loss"


def _funds(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    needed = money_needed(next_cost(settings, group), settings.fees)
    return "" if limits.free_quote is None or needed <= limits.free_quote else "funds.too_little"


def _closable(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """The order, and what the group then holds, could be closed at the exchange's minimums."""
    least, order = market.minimum_cost * CLOSABLE, next_fill(settings, group, market)
    held, exit_price = after_next(settings, group, market).held, market.exit_price(settings.side)
    is_large_enough = next_cost(settings, group) >= least and market.takes(order.quantity, order.price)
    can_be_closed = held * exit_price >= least and market.takes(market.amount(held), exit_price)
    return "" if is_large_enough and can_be_closed else "size.below_minimum"


def _fresh(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if not limits.is_connection_proven:
        return "connection.not_proven"
    if not market.is_fresh(now):
        return "market.stale"
    return "" if limits.is_pair_open else "entry.pair_closed"


def _known(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if group.has_open_order else ""


def _liquidation(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Futures: the way to liquidation counts from the last planned add-on, not from today's price."""
    if limits.liquidation_price is None:
        return ""
    last = settings.ladder.price(settings.ladder.add_ons, group.first_price, settings.side)
    is_far = settings.side.sign * (last - limits.liquidation_price) >= settings.liquidation_gap * last
    return "" if is_far else "liquidation.too_near"


RULES: tuple[Rule, ...] = (
    _state,
    _planned,
    _zone,
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
