"""What an act by hand would come to: how its group stands, how it would stand then, and what to know before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from strategies import account, inputs
from strategies.choices import AddOnBehaviour, GroupMode, OrderKind
from strategies.engine import gate, hands
from strategies.engine.decision import Action
from strategies.engine.entry import enter_sized
from strategies.engine.hands import SoldPart
from strategies.engine.ladder import stress_price
from strategies.engine.position import Position
from strategies.engine.state import Case, Limits, Opening, OrderRules, Request, Stop
from strategies.models import Bot, Funds, Group, Instrument, Order, StopSwitch
from strategies.models.groups import Exits
from strategies.pairs import quote_of
from strategies.portfolio.standing import Figures, exit_price, figures_of, stand, values_of
from strategies.stops.state import pause_of


@dataclass(frozen=True, kw_only=True)
class ActPlan:
    """`notes` are codes of what to know before, `refusal` of why it cannot be (strategies/words/hands.py).

    `does` are the figures of the act itself.
    """

    now: Figures
    then: Figures
    refusal: str = ""
    does: Mapping[str, Decimal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpeningPlan:
    """What a group would be that is opened now: `does` are its figures, `refusal` is the code of why it cannot be."""

    refusal: str = ""
    does: Mapping[str, Decimal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def of_exits(group: Group, instrument: Instrument | None, exits: Exits, *, now: datetime) -> ActPlan:
    """Say where the group would be sold by these exits, and whether one of them is reached at this moment."""
    price = exit_price(group, instrument)
    settings, held = values_of(group, instrument)
    stop = None if exits.stop_loss is None else exits.stop_loss / 100
    moved = replace(settings, take_profit=exits.take_profit / 100, stop_loss=stop)
    then = figures_of(moved, held, group=group, price=price, now=now)
    notes = []
    if price and _fresh_price(group, instrument, now):
        if then.take_profit is not None and price >= then.take_profit:
            notes.append("sells.at_target")
        if then.stop_loss is not None and price <= then.stop_loss:
            notes.append("sells.at_stop")
    return ActPlan(now=stand(group, instrument, now), then=then, notes=tuple(notes))


def part_of(group: Group, instrument: Instrument | None, share: Decimal, now: datetime) -> SoldPart:
    """Return what this share of the group is as an order, or why it cannot be one."""
    rules = OrderRules()
    if instrument:
        least = instrument.min_cost or Decimal(0)
        rules = OrderRules(minimum_cost=least, min_amount=instrument.min_amount, amount_step=instrument.amount_step)
    _settings, held = values_of(group, instrument)
    return hands.part_of(held.position, rules, share, _fresh_price(group, instrument, now))


def of_part(group: Group, instrument: Instrument | None, share: Decimal, *, now: datetime) -> ActPlan:
    """Say what selling a share of the group brings, and what is left of it."""
    part, price = part_of(group, instrument, share, now), exit_price(group, instrument)
    settings, held = values_of(group, instrument)
    now_is = stand(group, instrument, now)
    if part.refusal or price is None:
        return ActPlan(now=now_is, then=now_is, refusal=part.refusal or "part.no_price")
    after = replace(held, position=held.position.with_sale(price, part.quantity))
    brings = after.position.proceeds - held.position.proceeds
    cost = held.position.at_work - after.position.at_work
    does = {"quantity": part.quantity, "price": price, "brings": brings, "part_cost": cost}
    # Its share of what the buys' fees were, as a take profit counts them.
    does["part_result"] = brings - cost * (1 + held.position.fee_share)
    then = figures_of(settings, after, group=group, price=price, now=now)
    notes = () if _fresh_price(group, instrument, now) else ("price.old",)
    return ActPlan(now=now_is, then=then, does=does, notes=notes)


def next_rung(group: Group) -> Decimal | None:
    """Return what the next rung of a group's ladder costs, with what those before it lack; None: there is none."""
    settings, held = values_of(group, None)
    k = held.add_ons_done + 1
    return max(Decimal(0), settings.ladder.totals[k] - held.position.cost) if k <= settings.ladder.add_ons else None


def of_add(group: Group, instrument: Instrument | None, cost: Decimal, *, now: datetime) -> ActPlan:
    """Say what buying for so much money at once makes of a group, by the rules that the bot decides by."""
    now_is, market = stand(group, instrument, now), inputs.market_of(instrument) if instrument else None
    if instrument is None or market is None:
        return ActPlan(now=now_is, then=now_is, refusal="part.no_price")
    if not group.bot.is_enabled:
        return ActPlan(now=now_is, then=now_is, refusal="add_on.bot_off")
    settings, _ = values_of(group, instrument)
    live = Order.objects.live().filter(group=group).first()
    held = replace(inputs.held_of(group, live, instrument), to_add=cost)
    limits = _limits_of(group.bot, group.pair, instrument, now, without=group.pk)
    if group.bot.add_on_behaviour == AddOnBehaviour.OFF:
        limits = replace(limits, stop=Stop.ADD_ONS)
    case = Case(settings=settings, group=held, market=market, limits=limits, now=now)
    refusal, add_on = gate.admit_asked(case)
    if add_on is None:
        return ActPlan(now=now_is, then=now_is, refusal=refusal)
    after = replace(held, position=add_on.after, add_ons_done=add_on.k, last_fill_price=add_on.price)
    then = figures_of(settings, after, group=group, price=exit_price(group, instrument), now=now)
    does = {"cost": add_on.cost, "add_on_price": add_on.price, "quantity": add_on.quantity}
    notes = ("more.rests",) if group.bot.order_kind == OrderKind.LIMIT else ()
    return ActPlan(now=now_is, then=then, does=does, notes=notes)


def of_opening(bot: Bot, instrument: Instrument | None, pair: str, *, now: datetime) -> OpeningPlan:
    """Say what a group would be that the bot opens now, by the rules that it decides about an alert by."""
    market = inputs.market_of(instrument) if instrument else None
    if instrument is None or market is None:
        return OpeningPlan(refusal="part.no_price")
    if refusal := refusal_to_begin(bot, pair):
        return OpeningPlan(refusal=refusal)
    limits = around_opening(bot, pair, instrument, now)
    sizing, level = inputs.sizing_of(bot, instrument, limits.equity), inputs.level_of(bot)
    settings = inputs.settings_of(bot, sizing.ladder or level.ladder(bot.margin_limit), instrument)
    asked = Request(side=settings.side)
    opening = Opening(settings=settings, market=market, limits=limits, now=now, request=asked)
    decision = enter_sized(opening, sizing, level)
    if decision.action is not Action.OPEN or sizing.ladder is None or decision.quantity is None:
        return OpeningPlan(refusal=decision.reason)
    price = market.entry_price(settings.side)
    position = Position(side=settings.side, fees=settings.fees, step=market.amount_step)
    position = position.with_fills((price, decision.quantity))
    does = {
        "cost": sizing.ladder.base,
        "add_on_price": price,
        "quantity": decision.quantity,
        "take_profit": position.price_for(settings.take_profit),
        "ladder_total": sizing.ladder.total,
        "stress_price": stress_price(sizing.ladder, first=price, side=settings.side, stress=limits.stress),
        "stress_loss": sizing.loss_with_fees,
    }
    return OpeningPlan(does=does, notes=("more.rests",) if bot.order_kind == OrderKind.LIMIT else ())


def refusal_to_begin(bot: Bot, pair: str) -> str:
    """Return why the bot begins no group of the pair now, whatever it would be; "" where nothing is in the way."""
    if not bot.opens_groups:
        return "bot.winding_down" if bot.is_winding_down else "add_on.bot_off"
    return "entry.group_open" if bot.groups.open().filter(pair=pair).exists() else ""


def around_opening(bot: Bot, pair: str, instrument: Instrument, now: datetime) -> Limits:
    """Return what surrounds a new group of the bot's, as its opening stands on it."""
    ended = bot.groups.filter(pair=pair).exclude(close_reason__startswith="entry.").aggregate(last=Max("closed_at"))
    recovering = Group.objects.owned_by(bot.connection.owner).filter(pair=pair, mode=GroupMode.RECOVERY)
    return replace(
        _limits_of(bot, pair, instrument, now),
        open_groups=bot.groups.open().count(),
        pair_in_recovery=recovering.filter(connection=bot.connection).exists(),
        last_closed_at=ended["last"],
        recovery_elsewhere=recovering.exclude(connection=bot.connection).exists(),
    )


def _limits_of(bot: Bot, pair: str, instrument: Instrument, now: datetime, *, without: int = 0) -> Limits:
    """Return what surrounds a group of the bot's, or a new one, as far as a buy stands on it."""
    home = bot.connection
    pools = account.read({row.connection_id: row for row in Funds.objects.filter(connection=home)}, now=now)
    pool, pause = pools.of((home.pk, quote_of(pair))), pause_of(bot, StopSwitch.objects.in_force(home.owner_id))
    return inputs.limits_of(
        bot,
        instrument,
        equity=pool.equity,
        other_stakes=pools.stakes_of(bot, without=without),
        is_connection_proven=home.is_proven(now),
        stop=inputs.STOPS.get(pause.level, Stop.ADD_ONS) if pause else Stop.NONE,
        free_quote=pool.free,
        pool=pool,
    )


def _fresh_price(group: Group, instrument: Instrument | None, now: datetime) -> Decimal | None:
    return exit_price(group, instrument) if instrument and instrument.is_fresh(now) else None
