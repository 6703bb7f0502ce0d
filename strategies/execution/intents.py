"""Write orders down before they are sent: in one transaction with the decision, by the worker that holds the bots."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet

from database.prepared import PreparedInsert, PreparedRows, moment, numbers
from strategies import account, claims, inputs
from strategies.account import Pools
from strategies.choices import GroupMode, OrderState, Purpose
from strategies.engine.account import TOLD
from strategies.engine.decide import ADDED, PART
from strategies.execution import books
from strategies.execution.pricing import NewGroup, Wanted, is_immediate, price_of, quantity_of
from strategies.models import Group, Order, journal, orders, signals
from strategies.models.groups import ladder_json

log = structlog.get_logger(__name__)
# What all bots of a connection may open, and one group try to buy: more is a fault of ours. Exits are never counted,
# and the add-ons of a minute neither: a fall passes a whole ladder in one.
ENTRIES_IN_A_MINUTE, ENTRIES_IN_A_DAY, ADD_ONS_IN_A_DAY = 60, 2000, 200
# A group that may still buy.
BUYING = (GroupMode.NORMAL, GroupMode.RECOVERY)


class IntentError(Exception):
    """An order was not written down; `reason` says why, "" when the bot is another worker's by now.

    `numbers` are what the rule compared that refused it.
    """

    def __init__(self, reason: str, numbers: Mapping[str, Decimal] | None = None) -> None:
        super().__init__(reason)
        self.reason, self.numbers = reason, numbers or {}


@dataclass
class Opened:
    """How many groups the bots of a connection have opened, or tried to, of late."""

    minute: int = 0
    day: int = 0

    def count(self) -> None:
        """Count one more; raises IntentError when it is more than they may."""
        if self.minute >= ENTRIES_IN_A_MINUTE or self.day >= ENTRIES_IN_A_DAY:
            raise IntentError("order.too_many")
        self.minute, self.day = self.minute + 1, self.day + 1


@dataclass(frozen=True)
class LockedRows:
    """What orders are written upon, held until the transaction ends.

    `held` are the bots that are this worker's still, `groups` the open ones, `numbers` their highest orders', `add_ons`
    how many each tried today, `opened` how many groups each connection did. `accounts` are those that something is
    bought in.
    """

    held: set[int]
    groups: Mapping[int, Group]
    numbers: Mapping[int, int]
    add_ons: Mapping[int, int]
    opened: Mapping[int, Opened]
    accounts: Pools


Written = Order | IntentError


def write(wanted: Sequence[Wanted], *, now: datetime, give_back: Collection[int] = ()) -> list[Written]:
    """Commit intents, their groups and their lines in the journal; returns for each its order, or why there is none.

    The database refuses a second open group of a pair and a second live order of a group, from every worker: then
    each is tried by itself. The bots to `give_back` are, with their order, which is all that they wait for.
    """
    written: list[Written] = []
    try:
        with transaction.atomic():
            standing = _stand(wanted, now)
            for one in wanted:
                try:
                    written.append(_draft(_as_it_is_now(one, standing), standing, now))
                except IntentError as error:
                    written.append(error)
            drafts = [(one, order) for one, order in zip(wanted, written, strict=True) if isinstance(order, Order)]
            _save(drafts, now)
            # Their rows are held until the transaction ends.
            claims.let_go(buying=[one.bot for one, _ in drafts if one.bot.pk in give_back], now=now)
    except IntegrityError:
        if len(wanted) > 1:
            return [write([one], now=now, give_back=give_back)[0] for one in wanted]
        log.warning("intent_refused_by_database", bot=wanted[0].bot.pk, purpose=wanted[0].purpose)
        return [IntentError("order.overtaken")]
    return written


def _stand(wanted: Sequence[Wanted], now: datetime) -> LockedRows:
    buying = {one.bot.connection_id for one in wanted if one.purpose != Purpose.EXIT}
    accounts = account.hold(buying, now=now) if buying else Pools(funds={}, now=now, whole=set())
    held = claims.hold({one.bot.pk: one.bot for one in wanted}.values())
    day_ago = now - timedelta(days=1)
    groups, numbers, add_ons = dict[int, Group](), dict[int, int](), dict[int, int]()
    if ids := {one.group.pk for one in wanted if isinstance(one.group, Group)}:
        rows = Group.objects.open().select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
        groups = {group.pk: group for group in rows}
        today = Count("pk", filter=Q(purpose=Purpose.ADD_ON, created_at__gt=day_ago))
        theirs = Order.objects.filter(group__in=groups).values_list("group")
        for group_id, highest, tried in theirs.annotate(highest=Max("number"), tried=today):
            numbers[group_id], add_ons[group_id] = highest, tried
    opened = {one.bot.connection_id: Opened() for one in wanted if isinstance(one.group, NewGroup)}
    if opened:
        lately = _OPENED.run(connections=opened, day_ago=day_ago, minute_ago=now - timedelta(minutes=1))
        opened |= {connection: Opened(*counts) for connection, *counts in lately}
    return LockedRows(held=held, groups=groups, numbers=numbers, add_ons=add_ons, opened=opened, accounts=accounts)


def _opened_groups() -> QuerySet[Order, Any]:
    today = Order.objects.filter(connection__in=numbers("connections"), created_at__gt=moment("day_ago"))
    lately = Count("pk", filter=Q(created_at__gt=moment("minute_ago")))
    entries = today.filter(purpose=Purpose.ENTRY).order_by().values_list("connection")
    return entries.annotate(of_minute=lately, of_day=Count("pk"))


_OPENED = PreparedRows(_opened_groups)


def _as_it_is_now(wanted: Wanted, standing: LockedRows) -> Wanted:
    """Return it with its group as it is by now: what was decided may have been overtaken since."""
    if wanted.bot.pk not in standing.held:
        raise IntentError("")
    if isinstance(wanted.group, NewGroup):
        return wanted
    group = standing.groups.get(wanted.group.pk)
    if group is None:
        raise IntentError("order.overtaken")
    may_buy = group.mode in BUYING and group.close_asked_at is None
    if wanted.purpose != Purpose.EXIT and not may_buy:
        raise IntentError("order.overtaken")
    # Its trader may have asked to buy more since, or that was answered: never two orders where one was wanted.
    seen = wanted.group.add_ons_done, wanted.group.cost, wanted.group.add_asked
    if wanted.purpose == Purpose.ADD_ON and seen != (group.add_ons_done, group.cost, group.add_asked):
        raise IntentError("order.overtaken")
    if wanted.reason == PART and (group.sell_to, group.sold) != (wanted.group.sell_to, wanted.group.sold):
        raise IntentError("order.overtaken")
    if group.close_asked_at is None and wanted.group.own_exits != group.own_exits:
        # Its trader has moved its exits since: whether one is reached is decided anew.
        raise IntentError("order.overtaken")
    return replace(wanted, group=group)


def _draft(wanted: Wanted, standing: LockedRows, now: datetime) -> Order:
    """Return the order with its group, both not saved where they are new; raises IntentError."""
    price = price_of(wanted)
    quantity = quantity_of(wanted, price)
    if quantity <= 0:
        raise IntentError("order.too_small")
    bot, group, is_exit = wanted.bot, wanted.group, wanted.purpose == Purpose.EXIT
    if not is_exit:
        _count(wanted, standing.accounts)
    if isinstance(group, NewGroup):
        standing.opened[bot.connection_id].count()
        signal, ladder = group.signal, ladder_json(group.ladder)
        if signal is not None and not signals.answer(signal.pk, "order.intended", now=now):
            raise IntentError("order.overtaken")
        here = {"connection_id": bot.connection_id, "pair": wanted.pair, "side": "long"}
        group = Group(bot=bot, ladder_json=ladder, opened_by=signal, opened_at=now, **here)
    elif wanted.purpose == Purpose.ADD_ON and standing.add_ons.get(group.pk, 0) >= ADD_ONS_IN_A_DAY:
        raise IntentError("order.too_many_add_ons")
    return Order(
        client_id=orders.client_id(bot),
        bot=bot,
        group=group,
        connection=bot.connection,
        number=standing.numbers.get(group.pk, 0) + 1,
        purpose=wanted.purpose,
        step=wanted.step,
        reason=wanted.reason,
        pair=wanted.pair,
        side="sell" if is_exit else "buy",
        quantity=quantity,
        price=price,
        is_immediate=is_immediate(wanted),
        fence=bot.fence,
        created_at=now,
        look_at=now + books.FIRST_LOOK,
    )


def _count(wanted: Wanted, accounts: Pools) -> None:
    """Ask once more for what must hold for all groups together: others may have bought since it was decided.

    Counts the order in; raises IntentError.
    """
    bot, group, cost = wanted.bot, wanted.group, wanted.cost
    number = group.pk if isinstance(group, Group) else 0
    asked = accounts.asked(bot, wanted.pair, group.ladder, cost=cost, step=wanted.step, group=number)
    margin, others = inputs.margin_of(bot), accounts.stakes_of(bot)
    pool, fees = accounts.of(asked.key), inputs.fees_of(wanted.instrument)
    stakes = asked.before, asked.holding.stake
    if pool.equity is None:
        raise IntentError("funds.unknown")
    if isinstance(group, NewGroup):
        if not margin.admits_group(others, base=cost, whole_ladder=group.ladder.total):
            raise IntentError("entry.soft_limit")
    elif margin.at_work(others) + cost > margin.hard * margin.amount:
        raise IntentError("margin.hard_limit")
    if reason := pool.refusal(*stakes, fees):
        figures = pool.figures(*stakes, fees)
        raise IntentError(reason, {name: figures[name] for name in TOLD[reason]})
    accounts.count(asked)


def _save(drafts: Sequence[tuple[Wanted, Order]], now: datetime) -> None:
    _GROUPS.run([order.group for _, order in drafts if order.group.pk is None])
    for wanted, order in drafts:
        # Anew: its group has its number only now.
        order.group = order.group
        if wanted.purpose == Purpose.EXIT:
            Group.objects.filter(pk=order.group_id).update(mode=GroupMode.CLOSING, close_reason=wanted.reason)
        elif wanted.reason == ADDED:
            # In the transaction of its order: it is asked for no more.
            Group.objects.filter(pk=order.group_id).update(to_add=None)
    _ORDERS.run([order for _, order in drafts])
    lines = [
        journal.line(
            wanted.bot,
            group=order.group,
            action=wanted.purpose,
            reason=wanted.reason,
            numbers={**wanted.numbers, "quantity": order.quantity, "limit": order.price},
            now=now,
        )
        for wanted, order in drafts
    ]
    journal.keep(lines)


_GROUPS, _ORDERS = PreparedInsert(Group), PreparedInsert(Order)


def send_again(order: Order, wanted: Wanted, *, now: datetime) -> bool:
    """Let an order that is proven absent be sent once more under its own id, at today's price; may raise IntentError.

    What it may cost has not changed with the price.
    """
    with transaction.atomic():
        wanted = _as_it_is_now(wanted, _stand([wanted], now))
        price = price_of(wanted)
        quantity = quantity_of(wanted, price)
        again: dict[str, Any] = {"price": price, "quantity": quantity, "fence": wanted.bot.fence}
        again |= {"state": OrderState.INTENDED, "look_at": now + books.FIRST_LOOK}
        return quantity > 0 and Order.objects.move(order.pk, (OrderState.ABSENT,), attempt=order.sends, **again)
