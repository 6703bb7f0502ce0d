"""The add-on gate: rules in order; the first that fails is the reason shown."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from strategies.engine.position import Fill
from strategies.engine.risk import stress_loss, stress_price
from strategies.engine.state import Group, Limits, Market, Mode, Settings, Stop

CLOSABLE = Decimal("1.05")
Rule = Callable[[Settings, Group, Market, Limits, datetime], str]


def admit(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Return "" when the next add-on may be placed, else the reason code of the first rule that fails."""
    return next((reason for rule in RULES if (reason := rule(settings, group, market, limits, now))), "")


def next_cost(settings: Settings, group: Group) -> Decimal:
    return settings.ladder.cost(group.add_ons_done + 1)


def next_fill(settings: Settings, group: Group, market: Market) -> Fill:
    return Fill(price=market.price, quantity=next_cost(settings, group) / market.price)


def improvement(settings: Settings, group: Group, market: Market) -> Decimal:
    """Return s·(A − A')/A: how much better the average would be, as a share."""
    position = group.position
    after = position.average_after(next_fill(settings, group, market))
    return position.side.sign * (position.average - after) / position.average


def zone(settings: Settings, group: Group, market: Market) -> str:
    """Return "" inside the zone of the next add-on: at P_k or beyond, but not beyond the floor."""
    sign = settings.side.sign
    if sign * (market.price - settings.ladder.price(group.add_ons_done + 1, group.first_price, settings.side)) > 0:
        return "zone.not_reached"
    if settings.floor is not None and sign * (market.price - group.first_price * (1 - sign * settings.floor)) < 0:
        return "zone.below_floor"
    return ""


def _state(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if limits.stop in {Stop.ADD_ONS, Stop.CLOSE}:
        return "group.paused"
    return "group.state" if group.mode in {Mode.CLOSING, Mode.CLOSED} else ""


def _planned(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    return "" if group.add_ons_done < settings.ladder.add_ons else "ladder.done"


def _zone(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    return zone(settings, group, market)


def _improves(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    factor = settings.recovery.improve_factor if group.mode is Mode.RECOVERY else 1
    return "" if improvement(settings, group, market) >= settings.improve * factor else "average.worse"


def _spacing(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Distance from the last fill ≥ 0.8·(dev_k − dev_{k−1}), both as shares of the first price."""
    k, factor = group.add_ons_done + 1, settings.recovery.spacing_factor if group.mode is Mode.RECOVERY else 1
    needed = settings.spacing * (settings.ladder.deviation(k) - settings.ladder.deviation(k - 1)) * factor
    distance = settings.side.sign * (group.last_fill_price - market.price) / group.first_price
    return "" if distance >= needed else "spacing.too_close"


def _cool_down(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    factor = settings.recovery.cool_down_factor if group.mode is Mode.RECOVERY else 1
    return "" if now - group.last_fill_at >= settings.cool_down * factor else "cool_down"


def _hard_limit(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    stakes = [*limits.other_stakes, group.stake(settings.ladder)]
    return "" if limits.margin.admits_add_on(stakes, cost=next_cost(settings, group)) else "margin.hard_limit"


def _stress(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    after = group.position.with_fill(next_fill(settings, group, market))
    at = stress_price(settings.ladder, first=group.first_price, side=settings.side, stress=limits.stress)
    return "" if stress_loss(after, at) <= limits.accepted_loss * limits.equity else "risk.stress_loss"


def _closable(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    least = market.minimum_cost * CLOSABLE
    after = group.position.with_fill(next_fill(settings, group, market))
    is_large_enough = next_cost(settings, group) >= least and after.held * market.price >= least
    return "" if is_large_enough else "size.below_minimum"


def _fresh(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if not limits.is_connection_proven:
        return "connection.not_proven"
    return "" if market.is_fresh(now) else "market.stale"


def _known(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    if group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if group.has_open_order else ""


def _liquidation(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Futures: the way to liquidation counts from the last planned add-on, not from today's price."""
    if limits.liquidation_price is None:
        return ""
    last = settings.ladder.price(settings.ladder.add_ons, group.first_price, settings.side)
    gap = settings.side.sign * (last - limits.liquidation_price) / last
    return "" if gap >= settings.liquidation_gap else "liquidation.too_near"


RULES: tuple[Rule, ...] = (
    _state,
    _planned,
    _zone,
    _improves,
    _spacing,
    _cool_down,
    _hard_limit,
    _stress,
    _closable,
    _fresh,
    _known,
    _liquidation,
)
