"""Turn rows into the values that the engine decides upon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from strategies.choices import AddOnBehaviour, GroupMode
from strategies.engine import margin, risk, sizing
from strategies.engine.ladder import Ladder
from strategies.engine.margin import MarginLimit
from strategies.engine.position import Bought, Fees, Position
from strategies.engine.risk import LEVELS, RiskLevel
from strategies.engine.side import Side
from strategies.engine.sizing import Sizing
from strategies.engine.state import Held, MarketNow, Mode, RecoverySettings, Settings
from strategies.models import Bot, Group, Order
from strategies.models.market import PRICE_LIFETIME, Instrument

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


def market_of(instrument: Instrument) -> MarketNow | None:
    """Return the pair at this moment; None until it has a price and the exchange's rules."""
    if instrument.price is None or instrument.priced_at is None or not instrument.has_rules:
        return None
    return MarketNow(
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
    fills: tuple[Bought, ...] = ()
    if group.quantity:
        price = group.cost / group.quantity
        fills = (Bought(price=price, quantity=group.quantity, fee_coin=group.fee_coin, fee_quote=group.fee_quote),)
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


# Until the exchange has told the account's rate: what most of them take from newcomers.
USUAL_FEE = Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much, as the trader chose it: the margin limit and the wished first order in quote money."""

    risk_level: str
    add_on_behaviour: str
    margin_limit: Decimal
    base_order: Decimal | None = None
    side: Side = Side.LONG

    @property
    def level(self) -> risk.RiskLevel:
        return risk.LEVELS[self.risk_level]

    @property
    def adds_on(self) -> bool:
        return self.add_on_behaviour != AddOnBehaviour.OFF

    @property
    def margin(self) -> margin.MarginLimit:
        """Without add-ons the whole ladder is the entry, and setting it aside is all there is."""
        first_come = self.add_on_behaviour == AddOnBehaviour.FIRST_COME
        mode = margin.LimitMode.FIRST_COME if first_come else margin.LimitMode.RESERVE
        return margin.MarginLimit(amount=self.margin_limit, soft=self.level.soft, hard=self.level.hard, mode=mode)

    def ladder(self, base: Decimal) -> Ladder:
        ladder = self.level.ladder(base)
        return ladder if self.adds_on else replace(ladder, add_ons=0)

    def size(self, pair: str, *, equity: Decimal | None, minimum: Decimal, fees: Fees) -> sizing.Sizing:
        return sizing.size(
            self.level,
            side=self.side,
            stress=risk.stress_of(pair.partition("/")[0]),
            equity=equity,
            margin=self.margin,
            add_ons_off=not self.adds_on,
            minimum_cost=minimum,
            wish=self.base_order,
            fees=fees,
        )


def fees_of(instrument: Instrument | None) -> Fees:
    """Return what market orders pay: the worse of the two rates."""
    rate = instrument.taker if instrument and instrument.taker is not None else USUAL_FEE
    return Fees(entry=rate, exit=rate)


def minimum_of(instrument: Instrument | None) -> Decimal:
    """Return the least that buying costs now, 0 while that is not known."""
    if instrument is None:
        return Decimal(0)
    price = instrument.ask or instrument.price or Decimal(0)
    return max(instrument.min_cost or Decimal(0), (instrument.min_amount or Decimal(0)) * price)
