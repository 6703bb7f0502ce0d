"""What a group of coins would be that lie in the account already, by the rules that its bot opens groups by."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from strategies import account, inputs
from strategies.engine import hands, recovery
from strategies.engine.ladder import Ladder
from strategies.engine.position import Side
from strategies.engine.state import Case, Opening
from strategies.execution import coins, settlement
from strategies.execution.coins import FreeCoins
from strategies.hands import plans
from strategies.models import Bot, Funds, Group, Instrument
from strategies.models.groups import Adoption, ladder_json
from strategies.portfolio.standing import Figures, figures_of, values_of


@dataclass(frozen=True, kw_only=True)
class AdoptionPlan:
    """`group` is what would be written down, not saved yet; None with the `refusal`, the code of why it cannot be.

    `notes` are codes of what to know before, `does` the figures of the group, or those that a refusal stands on.
    """

    refusal: str = ""
    group: Group | None = None
    does: Mapping[str, Decimal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """Return a mark of all that it tells, by which what is confirmed is what was shown."""
        told = [self.group and self.group.pair, self.group and self.group.ladder_json, self.notes]
        told += [f"{name} {value.normalize():f}" for name, value in sorted(self.does.items())]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def free_in(bot: Bot, pair: str, *, now: datetime) -> FreeCoins:
    """Return how many coins of a pair lie free in the bot's account, and no group claims."""
    accounts = account.read(
        {row.connection_id: row for row in Funds.objects.filter(connection=bot.connection)}, now=now
    )
    return coins.free_of(bot.connection, pair.partition("/")[0], accounts, now=now)


def of_coins(
    bot: Bot, instrument: Instrument | None, pair: str, *, quantity: Decimal, price: Decimal, now: datetime
) -> AdoptionPlan:
    """Say what a group would be that begins with so many coins, paid for at this price as its trader says."""
    market = inputs.market_of(instrument) if instrument else None
    if instrument is None or market is None:
        return AdoptionPlan(refusal="part.no_price")
    if refusal := plans.refusal_to_begin(bot, pair):
        return AdoptionPlan(refusal=refusal)
    free = free_in(bot, pair, now=now)
    if free.refusal or quantity > free.quantity:
        return AdoptionPlan(refusal=free.refusal or "adopt.too_few")
    limits = plans.around_opening(bot, pair, instrument, now)
    # What a group has at work is part of the equity, at cost; so these coins count as they will from then on, and a
    # tick of the price changes nothing of what was shown.
    cost = quantity * price
    equity = None if limits.equity is None else limits.equity + cost
    limits = replace(limits, equity=equity, pool=limits.pool.plus(equity=cost))
    sizing, level = inputs.sizing_of(bot, instrument, equity), inputs.level_of(bot)
    # Where there is none, another stands in for it until that is refused.
    ladder = sizing.ladder or level.ladder(bot.margin_limit)
    group = _begin(bot, pair, ladder, Adoption(quantity, price, now))
    settings, held = values_of(group, instrument)
    opening = Opening(settings=settings, market=market, limits=limits, now=now)
    if refusal := hands.adopt(opening, sizing, held.position, done=group.add_ons_done):
        most = {"ladder_total": ladder.total, "ladder_coins": market.amount(ladder.total / price)}
        does = {"cost": held.position.cost, **most} if refusal == "adopt.above_ladder" else {}
        return AdoptionPlan(refusal=refusal, does=does)
    figures = figures_of(settings, held, group=group, price=market.exit_price(Side.LONG), now=now)
    case = Case(settings=settings, group=held, market=market, limits=limits, now=now)
    return AdoptionPlan(group=group, does=_does(figures, ladder.total), notes=tuple(_notes(figures, case)))


def _begin(bot: Bot, pair: str, ladder: Ladder, adoption: Adoption) -> Group:
    """Make a group of these coins that is not saved yet; nothing is sent for it before the account shows them."""
    group = Group(
        bot=bot,
        connection=bot.connection,
        pair=pair,
        side=Side.LONG,
        ladder_json=ladder_json(ladder),
        opened_at=adoption.at,
        is_unseen=True,
        reason="coins.unseen",
        reason_since=adoption.at,
    )
    group.adopted, group.adopted_price, group.adopted_at = adoption
    settlement.begin(group)
    return group


def _does(figures: Figures, whole: Decimal) -> dict[str, Decimal]:
    told = {
        "quantity": figures.held,
        "average": figures.average,
        "cost": figures.cost,
        "take_profit": figures.take_profit,
        "stop_loss_price": figures.stop_loss,
        "next_add_on": figures.next_price,
        "next_cost": figures.next_cost,
        "ladder_total": whole,
        "stress_price": figures.stress_price,
        "held_loss": figures.stress_loss,
    }
    return {name: value for name, value in told.items() if value is not None}


def _notes(figures: Figures, case: Case) -> Iterator[str]:
    """Yield what comes at once: prices that are reached already by what was paid."""
    sold, bought = case.market.exit_price(Side.LONG), case.market.entry_price(Side.LONG)
    if figures.take_profit is not None and sold >= figures.take_profit:
        yield "sells.at_target"
        return
    if figures.stop_loss is not None and sold <= figures.stop_loss:
        yield "sells.at_stop"
        return
    if case.settings.recovery.is_on and recovery.trouble(case):
        yield "adopt.recovers"
    if figures.next_price is not None and bought <= figures.next_price:
        yield "adopt.buys"
