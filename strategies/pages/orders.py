"""The orders of a bot as a page shows them, each with its fills and what became of it in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from strategies.execution import charges, remainder
from strategies.models import Bot, Fill, Order, orders
from strategies.pages import paging
from strategies.pages.mine import my_bot
from strategies.words import badges, numbers, reasons
from strategies.words.badges import Badge
from web.http import AuthenticatedRequest
from web.render import render_changes


@dataclass(frozen=True, kw_only=True)
class ShownFill:
    at: datetime
    trade_id: str
    is_reckoned: bool
    price: str
    quantity: str
    cost: str
    fee: str


@dataclass(frozen=True, kw_only=True)
class ShownOrder:
    """`refusal` is why it was refused or not sent, "" for one that was not; `fees` those of its fills together."""

    order: Order
    look: Badge
    purpose: str
    quantity: str
    price: str
    filled: str
    fees: str
    refusal: str
    why: str
    fills: list[ShownFill]


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    orders: list[ShownOrder]
    newer: str
    older: str


def page_of(bot: Bot, asked: Mapping[str, str]) -> OrderPage:
    found = paging.cut(Order.objects.filter(bot=bot).for_list(), asked)
    return OrderPage(orders=[shown(order) for order in found.rows], newer=found.newer, older=found.older)


def shown(order: Order) -> ShownOrder:
    fills = list(order.fills.all())
    return ShownOrder(
        order=order,
        look=badges.ORDER_STATES[order.state],
        purpose=f"{order.get_purpose_display()} {order.step}" if order.step else order.get_purpose_display(),
        quantity=numbers.amount(order.quantity),
        price=numbers.price(order.price),
        filled=numbers.amount(order.filled),
        fees=_fees(fills),
        refusal=reasons.reason(order.refusal),
        why=reasons.reason(order.reason),
        fills=[_fill(fill) for fill in fills],
    )


def _fill(fill: Fill) -> ShownFill:
    return ShownFill(
        at=fill.at,
        trade_id=fill.trade_id,
        is_reckoned=fill.trade_id == remainder.REST,
        price=numbers.price(fill.price),
        quantity=numbers.amount(fill.quantity),
        cost=numbers.money(fill.cost),
        fee=_fee(fill),
    )


def _fee(fill: Fill) -> str:
    """Return what a fill cost, in each coin; of a fee that is not told yet, at which rate it is reckoned."""
    every = [f"{numbers.amount(fee.amount)} {fee.asset}" for fee in orders.all_of(fill)]
    known = {"paid": gettext(" and ").join(every), "rate": numbers.percent(charges.rate_of(fill))}
    if fill.is_fee_known:
        return gettext("fee %(paid)s") % known
    return gettext("fee not told yet, reckoned at %(rate)s: %(paid)s") % known


def _fees(fills: Sequence[Fill]) -> str:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        for fee in orders.all_of(fill):
            paid[fee.asset] += fee.amount
    sums = ", ".join(f"{numbers.amount(fee)} {asset}" for asset, fee in paid.items())
    return sums if all(fill.is_fee_known for fill in fills) else gettext("about %(sums)s") % {"sums": sums}


@require_GET
def order_list(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": page_of(bot, request.GET.dict())}
    return render_changes(request, "strategies/bot/orders.html", "rows", context)
