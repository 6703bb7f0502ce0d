"""What an act by hand would come to: how its group stands, how it would stand then, and what to know before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from strategies import account, inputs
from strategies.choices import AddOnBehaviour, OrderKind, StopLevel
from strategies.engine import gate, hands
from strategies.engine.hands import SoldPart
from strategies.engine.ladder import stress_of
from strategies.engine.state import Case, Limits, OrderRules, Stop
from strategies.models import Funds, Group, Instrument, Order, StopSwitch
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
    limits = _limits_of(group, instrument, now)
    case = Case(settings=settings, group=held, market=market, limits=limits, now=now)
    refusal, add_on = gate.admit_asked(case)
    if add_on is None:
        return ActPlan(now=now_is, then=now_is, refusal=refusal)
    after = replace(held, position=add_on.after, add_ons_done=add_on.k, last_fill_price=add_on.price)
    then = figures_of(settings, after, group=group, price=exit_price(group, instrument), now=now)
    does = {"cost": add_on.cost, "add_on_price": add_on.price, "quantity": add_on.quantity}
    notes = ("more.rests",) if group.bot.order_kind == OrderKind.LIMIT else ()
    return ActPlan(now=now_is, then=then, does=does, notes=notes)


def _limits_of(group: Group, instrument: Instrument, now: datetime) -> Limits:
    """Return what surrounds the group, as far as an add-on stands on it."""
    bot, home = group.bot, group.connection
    pools = account.read({row.connection_id: row for row in Funds.objects.filter(connection=home)}, now=now)
    pool, pause = pools.of((home.pk, quote_of(group.pair))), pause_of(bot, StopSwitch.objects.in_force(home.owner_id))
    may_add = pause is None or pause.level == StopLevel.ENTRIES
    return Limits(
        margin=inputs.margin_of(bot),
        equity=pool.equity,
        accepted_loss=inputs.level_of(bot).accepted_loss,
        stress=stress_of(group.pair.partition("/")[0]),
        other_stakes=pools.stakes_of(bot, without=group.pk),
        is_connection_proven=home.is_proven(now),
        stop=Stop.NONE if may_add and bot.add_on_behaviour != AddOnBehaviour.OFF else Stop.ADD_ONS,
        is_pair_open=instrument.is_tradable and not instrument.unlisted_since,
        free_quote=pool.free,
        pool=pool,
    )


def _fresh_price(group: Group, instrument: Instrument | None, now: datetime) -> Decimal | None:
    return exit_price(group, instrument) if instrument and instrument.is_fresh(now) else None
