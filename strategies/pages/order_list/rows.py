"""The rows of the list of orders: whose each is, what became of it, and what it waits for, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils.translation import ngettext

from accounts.models import User
from strategies.choices import OrderState
from strategies.models import Order
from strategies.pages import orders
from strategies.pages.order_list.asked import LIVE, STATES, Known, matching
from strategies.pages.orders import ShownOrder
from strategies.words import waits
from web.asked import ListQuery, StateFilter, states_of

# A page of many rows is looked at again less often than one bot's own.
EVERY = 5000


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What an order that is not over waits for: a code of strategies/words/waits.py."""

    code: str
    since: datetime

    @property
    def text(self) -> str:
        return waits.waits_for(self.code)


def wait_of(order: Order) -> Wait | None:
    """Return None for an order of which nothing more is expected."""
    sent_at = order.sent_at or order.created_at
    if not order.is_live:
        is_asked = order.state == OrderState.DROPPED and order.look_at is not None
        return Wait(code="late", since=order.ended_at or sent_at) if is_asked else None
    if order.is_parked:
        return Wait(code="parked", since=sent_at)
    if order.state == OrderState.INTENDED:
        return Wait(code="intended", since=order.created_at)
    if order.end_told_at is not None:
        return Wait(code="end_told", since=order.end_told_at)
    if order.cancel_asked_at is not None:
        return Wait(code="canceling", since=order.cancel_asked_at)
    if order.state == OrderState.OPEN:
        return Wait(code="open_now" if order.is_immediate else "open", since=order.answered_at or sent_at)
    return Wait(code=order.state, since=sent_at)


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """`has_page` says whether the page of its bot, with its group, is still there."""

    shown: ShownOrder
    wait: Wait | None
    has_page: bool


@dataclass(frozen=True, kw_only=True)
class OrderList:
    """`rows` are those of the `page`; the counts are of all orders, whatever is asked for."""

    rows: Sequence[OrderRow]
    page: Page[Order]
    asked: ListQuery
    known: Known

    @property
    def total(self) -> int:
        return self.known.counts.get("", 0)

    @property
    def states(self) -> list[StateFilter]:
        return states_of(STATES, self.known.counts, self.asked.filters["state"])

    @property
    def told(self) -> str:
        count = self.page.paginator.count
        return ngettext("%(count)s order", "%(count)s orders", count) % {"count": count}

    @property
    def every(self) -> int:
        """Look again every few seconds while a bot works or an order is not over, else not at all."""
        return EVERY if self.known.is_working or self.known.counts.get(LIVE) else 0


def list_of(user: User, asked: ListQuery, known: Known) -> OrderList:
    """Filter, sort and cut in the database: there may be a hundred thousand of them."""
    page = Paginator(matching(user, asked).for_list(), asked.size).get_page(asked.page)
    rows = [
        OrderRow(shown=orders.shown(order), wait=wait_of(order), has_page=order.bot.deleted_at is None)
        for order in page.object_list
    ]
    return OrderList(rows=rows, page=page, asked=asked, known=known)
