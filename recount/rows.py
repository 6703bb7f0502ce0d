"""Our rows, as the recount compares them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts import audit
from accounts.models import AuditEvent
from connections.models import Connection
from recount.values import BotLimit, KeptSums, OurGroup, OurOrder, Trade
from strategies.choices import GroupMode
from strategies.models import Bot, Fill, Group, KeptResult, Order, orders

# The share of the margin limit beyond which nothing is added, by risk level, as docs/trading.md promises it.
HARD_SHARES = {"low": "0.70", "medium": "0.80", "high": "0.90"}


def to_recount(public_id: UUID | None = None) -> list[Connection]:
    """Return the connections on which an order was ever written down and that can still be asked, or the one named."""
    traded = Connection.objects.filter(orders__isnull=False, deleted_at=None).distinct()
    if public_id is not None:
        traded = traded.filter(public_id=public_id)
    return list(traded.select_related("owner").order_by("pk"))


def groups_of(connection: Connection) -> list[OurGroup]:
    """Return all groups of a connection with their orders and fills, in three queries."""
    fills, ours = defaultdict[int, list[Trade]](list), defaultdict[int, list[OurOrder]](list)
    for fill in Fill.objects.filter(connection=connection).order_by("at", "pk"):
        fills[fill.order_id].append(_trade(fill))
    for order in Order.objects.filter(connection=connection).order_by("number"):
        ours[order.group_id].append(_order(order, fills[order.pk]))
    groups = Group.objects.filter(connection=connection).select_related("bot").order_by("pk")
    return [_group(group, ours[group.pk]) for group in groups]


def _trade(fill: Fill) -> Trade:
    return Trade(
        trade_id=fill.trade_id,
        price=fill.price,
        quantity=fill.quantity,
        cost=fill.cost,
        fees=tuple((fee.asset, fee.amount) for fee in orders.all_of(fill)),
        at=fill.at,
        is_fee_known=fill.is_fee_known,
        value=fill.fee_value,
    )


def _order(order: Order, trades: Iterable[Trade]) -> OurOrder:
    return OurOrder(
        client_id=order.client_id,
        exchange_id=order.exchange_id,
        is_buy=order.side == "buy",
        quantity=order.quantity,
        price=order.price,
        state=order.state,
        filled=order.filled,
        sends=order.sends,
        created_at=order.created_at,
        sent_at=order.sent_at,
        trades=tuple(trades),
    )


def _group(group: Group, ours: Iterable[OurOrder]) -> OurGroup:
    return OurGroup(
        name=f"{group.bot.name}, {group.pair}, group {group.public_id}",
        bot=group.bot_id,
        pair=group.pair,
        bought=group.quantity,
        cost=group.cost,
        average=group.average,
        fee_coin=group.fee_coin,
        fee_quote=group.fee_quote,
        fee_other=group.fee_other,
        sold=group.sold,
        proceeds=group.proceeds,
        held=group.held,
        carried=group.carried,
        passed_on=group.passed_on,
        is_open=group.is_open,
        is_released=group.mode == GroupMode.RELEASED,
        result=group.result,
        ended_at=group.closed_at,
        fees=group.fees,
        counted_on=group.counted_on,
        adopted=_adopted(group),
        orders=tuple(ours),
    )


def _adopted(group: Group) -> Trade | None:
    """Return the coins that a group began with and no order bought, as a trade that paid no fee."""
    if group.adopted is None or group.adopted_price is None or group.adopted_at is None:
        return None
    return Trade(
        trade_id="adopted",
        price=group.adopted_price,
        quantity=group.adopted,
        cost=group.adopted * group.adopted_price,
        fees=(),
        at=group.adopted_at,
    )


def kept_of(connection: Connection) -> list[KeptSums]:
    """Return the sums that pages show instead of adding up all groups."""
    names = ("bot", "pair", "day", "result", "fees", "closed", "won")
    rows = KeptResult.objects.filter(connection=connection).order_by("bot", "pair", "day")
    return [KeptSums(**dict(zip(names, row, strict=True))) for row in rows.values_list(*names)]


def limits_of(connection: Connection) -> list[BotLimit]:
    """Return the limits of all bots that ever traded here, as they are now, and since when."""
    bots = Bot.objects.filter(groups__connection=connection).distinct().order_by("pk")
    return [
        BotLimit(
            bot=bot.pk,
            name=bot.name,
            amount=bot.margin_limit,
            hard_share=Decimal(HARD_SHARES[bot.risk_level]),
            since=_settled_at(bot),
        )
        for bot in bots
    ]


def _settled_at(bot: Bot) -> datetime:
    """Return when the bot's settings were changed last: what they were before nobody wrote down."""
    changes = AuditEvent.objects.filter(target=audit.label(bot), action="bot.changed").order_by("-pk")
    return changes.values_list("at", flat=True).first() or bot.created_at
