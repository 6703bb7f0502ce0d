"""Turn rows into the values that the engine decides upon."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from strategies.choices import AddOnBehaviour, EntryRule, GroupMode, StopLevel
from strategies.engine.ladder import Ladder
from strategies.engine.margin import MarginLimit, Stake
from strategies.engine.position import Fees, Fill, Position
from strategies.engine.risk import LEVELS, RiskLevel, stress_of
from strategies.engine.side import Side
from strategies.engine.sizing import Sizing
from strategies.engine.state import Group as Held
from strategies.engine.state import Limits, Market, Mode, RecoverySettings, Settings, Stop
from strategies.instruments import PRICE_LIFETIME, Instrument
from strategies.models import Bot, Group, Order
from strategies.planning import Plan, minimum_of
from strategies.planning import fees_of as fees_of
from strategies.surroundings import Surroundings

ZERO, HUNDRED = Decimal(0), Decimal(100)
MODES = {GroupMode.NORMAL: Mode.NORMAL, GroupMode.RECOVERY: Mode.RECOVERY, GroupMode.CLOSING: Mode.CLOSING}
STOPS = {StopLevel.NONE: Stop.NONE, StopLevel.ENTRIES: Stop.ENTRIES}


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


def market_since(group: Group, market: Market, around: Surroundings) -> Market:
    """Return the market with the candles that speak of the group as it is, not of before its trouble or last fill.

    They decide about nothing but the way out of recovery.
    """
    if group.mode != GroupMode.RECOVERY:
        return market
    moments = (group.opened_at, group.last_fill_at, group.recovery_since)
    return replace(market, closes=around.closes_since(group.pair, max(moment for moment in moments if moment)))


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


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The bot's other open groups at this moment of the step: what they claim, and how many they are."""

    stakes: tuple[Stake, ...]
    count: int


def limits_of(
    bot: Bot, pair: str, instrument: Instrument, beside: Beside, around: Surroundings, *, stop: Stop, now: datetime
) -> Limits:
    owner = bot.connection.owner_id
    recovering = around.in_recovery.get((owner, pair), set())
    past = around.past.get((bot.pk, pair))
    return Limits(
        margin=margin_of(bot),
        equity=around.equity(bot, now),
        accepted_loss=level_of(bot).accepted_loss,
        stress=stress_of(pair.partition("/")[0]),
        other_stakes=beside.stakes,
        open_groups=beside.count,
        pair_in_recovery=bot.connection_id in recovering,
        # A bot that waits for trouble to end buys nothing, whatever its connection is a moment later.
        is_connection_proven=bot.is_enabled and bot.connection.is_proven(now),
        has_proof=bot.connection.has_proof(now),
        stop=stop,
        last_closed_at=past.closed_at if past else None,
        free_quote=around.free(bot, now),
        is_pair_open=instrument.is_tradable,
        needs_recovery_elsewhere=bot.entry_rule == EntryRule.BESIDE_RECOVERY,
        recovery_elsewhere=bool(recovering - {bot.connection_id}),
    )


def stop_for(bot: Bot, group: Group | None, level: StopLevel) -> Stop:
    """Return the stop as the engine knows it; add-ons that the trader switched off later are paused too."""
    if group is not None and group.close_asked_at:
        return Stop.CLOSE
    if group is not None and bot.add_on_behaviour == AddOnBehaviour.OFF:
        return Stop.ADD_ONS
    return STOPS.get(level, Stop.ADD_ONS)
