"""Recovery Mode: when a group enters and leaves it, and how its take profit decays to break-even."""

from datetime import datetime
from decimal import Decimal

from strategies.engine import gate
from strategies.engine.state import Group, Limits, Market, Mode, Settings

ALARMS_NEEDED = 2


def alarm(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Return the reason that calls for Recovery Mode at this evaluation, "" for none."""
    if group.recovery_forced:
        return "recovery.asked"
    recovery = settings.recovery
    if not recovery.is_on or group.mode is not Mode.NORMAL:
        return ""
    usage = limits.margin.usage([*limits.other_stakes, group.stake(settings.ladder)])
    checks = (
        ("recovery.last_add_ons", group.add_ons_done >= max(settings.ladder.add_ons - 1, 1)),
        ("recovery.loss", group.position.open_loss(market.price) >= recovery.enter_loss),
        ("recovery.usage", usage >= recovery.enter_usage),
        ("recovery.age", now - group.opened_at >= recovery.enter_age),
        ("recovery.average", _next_would_not_help(settings, group, market)),
    )
    return next((reason for reason, is_met in checks if is_met), "")


def _next_would_not_help(settings: Settings, group: Group, market: Market) -> bool:
    """The price is in the next zone, and yet an add-on there would not improve the average."""
    in_zone = gate.zone(settings, group, market) == ""
    has_next = group.add_ons_done < settings.ladder.add_ons
    return has_next and in_zone and gate.improvement(settings, group, market) < settings.improve


def may_leave(settings: Settings, group: Group, market: Market, limits: Limits) -> str:
    """Return why the group may leave Recovery Mode, "" while it may not."""
    if group.mode is not Mode.RECOVERY or group.recovery_forced:
        return ""
    recovery, position = settings.recovery, group.position
    closes = market.closes[-recovery.leave_candles :]
    sign = position.side.sign
    if len(closes) >= recovery.leave_candles and all(sign * (c - position.break_even) > 0 for c in closes):
        return "recovery.left_break_even"
    usage = limits.margin.usage([*limits.other_stakes, group.stake(settings.ladder)])
    is_calm = position.open_loss(market.price) <= recovery.enter_loss / 2 and usage <= recovery.leave_usage
    is_cornered = group.add_ons_done >= max(settings.ladder.add_ons - 1, 1)
    return "recovery.left_calm" if is_calm and not is_cornered else ""


def take_profit_price(settings: Settings, group: Group, now: datetime) -> Decimal:
    """Return the price to close at.

    Normal: A·(1 + s·tp0). Recovery: BE·(1 + s·g) + rest·max(0, 1 − t/T_d), where rest is what the normal take profit
    lies beyond that, never less than zero.
    """
    position, recovery = group.position, settings.recovery
    sign = position.side.sign
    normal = position.average * (1 + sign * settings.take_profit)
    if group.mode is not Mode.RECOVERY or group.recovery_since is None:
        return normal
    least = position.break_even * (1 + sign * recovery.least_gain)
    elapsed = Decimal(str((now - group.recovery_since) / recovery.decay))
    rest = max(Decimal(0), sign * (normal - least)) * max(Decimal(0), 1 - elapsed)
    return least + sign * rest
