"""Turn rows into the values that the engine decides upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchanges import registry
from strategies.choices import AddOnBehaviour, EntryRule, GroupMode, StopLevel
from strategies.engine import sizing
from strategies.engine.ladder import Ladder, stress_of
from strategies.engine.position import Fees, Side, position_of
from strategies.engine.sizing import LEVELS, RiskLevel, Sizing
from strategies.engine.state import (
    Held,
    LimitMode,
    Limits,
    MarginLimit,
    MarketNow,
    Mode,
    OrderRules,
    RecoverySettings,
    Settings,
    Stop,
)
from strategies.models import Bot, Group, LadderSettings, Order
from strategies.models.market import PRICE_LIFETIME, Instrument

ZERO, HUNDRED = Decimal(0), Decimal(100)
MODES = {GroupMode.NORMAL: Mode.NORMAL, GroupMode.RECOVERY: Mode.RECOVERY, GroupMode.CLOSING: Mode.CLOSING}
# What a stop is to the engine; the hardest of all stops add-ons at least.
STOPS = {StopLevel.NONE: Stop.NONE, StopLevel.ENTRIES: Stop.ENTRIES}
# What a trader may set in place of the risk level: a bot's column, and what it is of the level.
OWN: Mapping[str, str] = {
    "add_ons": "add_ons",
    "add_on_ratio": "add_on",
    "first_step": "step",
    "step_scale": "step_scale",
    "volume_scale": "volume_scale",
    "floor": "floor",
    "least_improvement": "improve",
    "accepted_loss": "accepted_loss",
    "max_groups": "groups",
}
# Columns in percents; the level has shares.
PERCENTS = frozenset({"first_step", "floor", "least_improvement", "accepted_loss"})
# Until the exchange has told the account's rate: what most of them take from newcomers.
USUAL_FEE = Decimal("0.001")


def level_of(plan: LadderSettings | Bot) -> RiskLevel:
    """Return the risk level with what its trader set in its place; a first add-on in money needs a base order."""
    own = {
        name: value / HUNDRED if column in PERCENTS else value
        for column, name in OWN.items()
        if (value := getattr(plan, column)) is not None
    }
    if plan.first_add_on is not None and plan.base_order:
        own["add_on"] = plan.first_add_on / plan.base_order
    return replace(LEVELS[plan.risk_level], **own) if own else LEVELS[plan.risk_level]


def groups_of(plan: LadderSettings | Bot) -> int:
    """Return how many groups can be open at once: no more than pairs."""
    return min(level_of(plan).groups, max(len(plan.pairs), 1))


def settings_of(bot: Bot, ladder: Ladder, instrument: Instrument, group: Group | None = None) -> Settings:
    """Return the bot's settings in figures; of a group with the exits of its own, where it has some."""
    level, target, stop = level_of(bot), bot.take_profit, bot.stop_loss
    if group is not None and group.own_take_profit is not None:
        target, stop = group.own_take_profit, group.own_stop_loss
    return Settings(
        side=Side.LONG,
        ladder=ladder,
        fees=fees_of(instrument),
        take_profit=target / HUNDRED,
        trailing=None if bot.trailing is None else bot.trailing / HUNDRED,
        stop_loss=None if stop is None else stop / HUNDRED,
        improve=level.improve,
        floor=level.floor,
        stop_timeout=timedelta(seconds=bot.stop_timeout_seconds),
        cool_down=timedelta(minutes=bot.cool_down_minutes),
        max_groups=level.groups,
        re_entry_pause=timedelta(minutes=bot.re_entry_minutes),
        recovery=RecoverySettings(is_on=bot.recovery_mode),
    )


def market_of(instrument: Instrument) -> MarketNow | None:
    """Return the pair at this moment; None until it has a price and the exchange's rules."""
    if instrument.price is None or instrument.priced_at is None or instrument.ruled_at is None:
        return None
    return MarketNow(
        price=instrument.price,
        # A price that stands still while trades go on is as old as its last change.
        at=instrument.moved_at if instrument.stands_since and instrument.moved_at else instrument.priced_at,
        minimum_cost=instrument.min_cost or ZERO,
        max_age=PRICE_LIFETIME,
        min_amount=instrument.min_amount,
        amount_step=instrument.amount_step,
        bid=instrument.bid,
        ask=instrument.ask,
    )


def held_of(group: Group, order: Order | None, instrument: Instrument) -> Held:
    """Return the group as the engine sees it; `order` is its live order, if any that may still become something."""
    position = position_of(
        group,
        side=Side(group.side),
        fees=fees_of(instrument),
        carried=group.carried - group.passed_on,
        step=instrument.amount_step,
    )
    return Held(
        position=position,
        first_price=group.first_price or ZERO,
        opened_at=group.first_fill_at or group.opened_at,
        last_fill_at=group.last_fill_at or group.opened_at,
        last_fill_price=group.last_fill_price or ZERO,
        add_ons_done=group.add_ons_done,
        mode=MODES[GroupMode(group.mode)],
        alarms=group.alarms,
        stop_since=group.stop_since,
        recovery_since=group.recovery_since,
        recovery_began_at=group.recovery_began_at,
        recovery_left_at=group.recovery_left_at,
        recovery_forced=group.recovery_forced,
        recovery_released=group.recovery_released,
        quiet_until=group.quiet_until,
        has_unknown_order=order is not None and order.is_doubtful,
        has_open_order=order is not None,
        ordered=order.quantity * order.price if order is not None and order.side == "buy" else ZERO,
        best=group.best,
        to_sell=ZERO if group.sell_to is None else max(ZERO, group.sell_to - group.sold),
        to_add=group.to_add,
    )


@dataclass(frozen=True, kw_only=True)
class Plan(LadderSettings):
    """How much, as the trader chose it, and to which side."""

    side: Side = Side.LONG

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Plan:
        """Return the plan that a form's values make; it takes no notice of the others."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})

    @property
    def adds_on(self) -> bool:
        return self.add_on_behaviour != AddOnBehaviour.OFF

    def ladder(self, base: Decimal) -> Ladder:
        ladder = level_of(self).ladder(base)
        return ladder if self.adds_on else replace(ladder, add_ons=0)


def ladder_of(bot: Bot, cost: Decimal) -> Ladder:
    """Return the ladder of a group that nobody wrote down: by the bot's settings, from what its entry cost."""
    ladder = level_of(bot).ladder(bot.base_order or cost)
    return replace(ladder, add_ons=0) if bot.add_on_behaviour == AddOnBehaviour.OFF else ladder


def margin_of(plan: LadderSettings | Bot) -> MarginLimit:
    """Without add-ons the whole ladder is the entry, and setting it aside is all there is."""
    level = LEVELS[plan.risk_level]
    mode = LimitMode.FIRST_COME if plan.add_on_behaviour == AddOnBehaviour.FIRST_COME else LimitMode.RESERVE
    return MarginLimit(amount=plan.margin_limit, soft=level.soft, hard=level.hard, mode=mode)


def limits_of(bot: Bot, instrument: Instrument, **told: Any) -> Limits:
    """Return what surrounds a group of the bot's, or a new one: what its settings say, and `told`, what others do."""
    return Limits(
        margin=margin_of(bot),
        accepted_loss=level_of(bot).accepted_loss,
        stress=stress_of(instrument.pair.partition("/")[0]),
        is_pair_open=instrument.is_tradable and not instrument.unlisted_since,
        needs_recovery_elsewhere=bot.entry_rule == EntryRule.BESIDE_RECOVERY,
        **told,
    )


def sizing_of(
    plan: LadderSettings | Bot, instrument: Instrument, equity: Decimal | None, *, side: Side = Side.LONG
) -> Sizing:
    """Return the ladder that a new group would begin now, or why none."""
    return sizing.size_at(
        instrument.ask or instrument.price or ZERO,
        replace(level_of(plan), groups=groups_of(plan)),
        rules=rules_of(instrument),
        side=side,
        stress=stress_of(instrument.pair.partition("/")[0]),
        equity=equity,
        margin=margin_of(plan),
        add_ons_off=plan.add_on_behaviour == AddOnBehaviour.OFF,
        wish=plan.base_order,
        fees=fees_of(instrument),
        take_profit=plan.take_profit / HUNDRED,
    )


def fees_of(instrument: Instrument | None) -> Fees:
    """Return what market orders pay: the worse of the two rates, and in which coin the exchange takes it."""
    rate = instrument.taker if instrument and instrument.taker is not None else USUAL_FEE
    spec = registry.BY_SLUG.get(instrument.exchange) if instrument else None
    return Fees(entry=rate, exit=rate, entry_in_coin=spec is not None and not spec.trading.is_fee_in_quote)


def minimum_of(instrument: Instrument | None) -> Decimal:
    """Return the least that buying costs now if what it leaves is to be sold again, 0 while that is not known."""
    if instrument is None:
        return ZERO
    return sizing.least_cost(rules_of(instrument), instrument.ask or instrument.price or ZERO, fees_of(instrument))


def rules_of(instrument: Instrument) -> OrderRules:
    return OrderRules(
        minimum_cost=instrument.min_cost or ZERO,
        min_amount=instrument.min_amount,
        amount_step=instrument.amount_step,
    )
