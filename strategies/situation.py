"""Turn rows into the values that the engine decides upon."""

from datetime import timedelta
from decimal import Decimal

from strategies.choices import GroupMode
from strategies.engine.ladder import Ladder
from strategies.engine.margin import MarginLimit
from strategies.engine.position import Fees, Fill, Position
from strategies.engine.risk import LEVELS, RiskLevel
from strategies.engine.side import Side
from strategies.engine.sizing import Sizing
from strategies.engine.state import Group as Held
from strategies.engine.state import Market, Mode, RecoverySettings, Settings
from strategies.models import Bot, Group, Order
from strategies.models.market import PRICE_LIFETIME, Instrument
from strategies.planning import Plan, minimum_of
from strategies.planning import fees_of as fees_of

ZERO, HUNDRED = Decimal(0), Decimal(100)
MODES = {GroupMode.NORMAL: Mode.NORMAL, GroupMode.RECOVERY: Mode.RECOVERY, GroupMode.CLOSING: Mode.CLOSING}


def level_of(bot: Bot) -> RiskLevel:
    return LEVELS[bot.risk_level]


def settings_of(bot: Bot, ladder: Ladder, instrument: Instrument) -> Settings:
    return Settings(
        side=Side.LONG,
        ladder=ladder,
        fees=fees_of(instrument),
        take_profit=bot.take_profit / HUNDRED,
        trailing=None if bot.trailing is None else bot.trailing / HUNDRED,
        stop_loss=None if bot.stop_loss is None else bot.stop_loss / HUNDRED,
        cool_down=timedelta(minutes=bot.cool_down_minutes),
        max_groups=level_of(bot).groups,
        re_entry_pause=timedelta(minutes=bot.re_entry_minutes),
        recovery=RecoverySettings(is_on=bot.recovery_mode),
    )


def market_of(instrument: Instrument) -> Market | None:
    """Return the pair at this moment; None until it has a price and the exchange's rules."""
    if instrument.price is None or instrument.priced_at is None or not instrument.has_rules:
        return None
    return Market(
        price=instrument.price,
        at=instrument.priced_at,
        minimum_cost=instrument.min_cost or ZERO,
        max_age=PRICE_LIFETIME,
        min_amount=instrument.min_amount,
        amount_step=instrument.amount_step,
        bid=instrument.bid,
        ask=instrument.ask,
    )


def position_of(group: Group, fees: Fees) -> Position:
    """Return what the group's fills add up to, as one fill with the fees that were really paid."""
    fills: tuple[Fill, ...] = ()
    if group.quantity:
        price = group.cost / group.quantity
        fills = (Fill(price=price, quantity=group.quantity, fee_coin=group.fee_coin, fee_quote=group.fee_quote),)
    return Position(side=Side(group.side), fees=fees, fills=fills, sold=group.sold, proceeds=group.proceeds)


def held_of(group: Group, order: Order | None, fees: Fees) -> Held:
    """Return the group as the engine sees it; `order` is its live order, if any that may still become something."""
    return Held(
        position=position_of(group, fees),
        first_price=group.first_price or ZERO,
        opened_at=group.first_fill_at or group.opened_at,
        last_fill_at=group.last_fill_at or group.opened_at,
        last_fill_price=group.last_fill_price or ZERO,
        add_ons_done=group.add_ons_done,
        mode=MODES[GroupMode(group.mode)],
        alarms=group.alarms,
        recovery_since=group.recovery_since,
        recovery_forced=group.recovery_forced,
        recovery_released=group.recovery_released,
        quiet_until=group.quiet_until,
        has_unknown_order=order is not None and order.is_doubtful,
        has_open_order=order is not None,
        ordered=order.quantity * order.price if order is not None and order.side == "buy" else ZERO,
        best=group.best,
    )


def plan_of(bot: Bot) -> Plan:
    return Plan(
        risk_level=bot.risk_level,
        add_on_behaviour=bot.add_on_behaviour,
        margin_limit=bot.margin_limit,
        base_order=bot.base_order,
    )


def margin_of(bot: Bot) -> MarginLimit:
    return plan_of(bot).margin


def sizing_of(bot: Bot, instrument: Instrument, equity: Decimal | None) -> Sizing:
    """Return the ladder that a new group of the bot would begin now, or why none."""
    return plan_of(bot).size(instrument.pair, equity=equity, minimum=minimum_of(instrument), fees=fees_of(instrument))
