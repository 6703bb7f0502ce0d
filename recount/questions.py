"""What the recount asks an exchange: each order with its fills, the list of orders, steps of pairs, balances."""

import re
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils import timezone

from connections import desks
from connections.models import Connection
from exchanges.desk.desk import Desk
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import Balances, Credentials, ReportedState, TradeFill
from recount.values import OurOrder, Steps, ToldOrder, Trade

T = TypeVar("T")
# Every opening of the key for a question of the recount is in the trail under this word.
PURPOSE = "recount"
TRIES, LONGEST_WAIT_SECONDS = 5, 30.0
# An exchange tells of moments by a clock of its own.
LOOK_BACK = timedelta(minutes=2)
# How far back orders with an id of ours are looked for that we may not know.
LISTED_FOR = timedelta(days=1)
OURS = re.compile(r"bf[0-9a-z]{22}", re.ASCII)


def ask(connection: Connection, call: Callable[[Desk, Credentials], Coroutine[Any, Any, T]]) -> T:
    """Return the answer, asked again while the trouble may pass; raises ExchangeError or KeyClosedError."""
    return _patiently(lambda: desks.ask_with_key(connection, call, purpose=PURPOSE))


def _patiently(act: Callable[[], T]) -> T:
    for tried in range(1, TRIES):
        try:
            return act()
        except ExchangeError as error:
            if not error.trouble.cause.is_temporary or error.trouble.cause is Cause.UNREADABLE:
                raise
            time.sleep(min(error.trouble.retry_after or tried, LONGEST_WAIT_SECONDS))
    return act()


def order(connection: Connection, pair: str, ours: OurOrder) -> ToldOrder | None:
    """Return an order with all its fills; None when the exchange says that there is none, and tells no fill of it.

    Fills are asked for whatever the exchange says of the order itself: “nothing filled” may be said too early.
    """
    return ask(connection, lambda desk, key: _told(desk, key, pair, ours))


async def _told(desk: Desk, key: Credentials, pair: str, ours: OurOrder) -> ToldOrder | None:
    since = (ours.sent_at or ours.created_at) - LOOK_BACK
    found = await desk.find(key, pair=pair, client_id=ours.client_id, exchange_id=ours.exchange_id, since=since)
    exchange_id = found.exchange_id if found else ours.exchange_id
    told = await desk.fills(key, pair=pair, exchange_id=exchange_id, since=since) if exchange_id else []
    if found is None and not told:
        return None
    trades = tuple(_trade(fill) for fill in told)
    is_open = found is not None and found.state is ReportedState.OPEN
    answer = ToldOrder(exchange_id=exchange_id, is_open=is_open, trades=trades)
    if found is not None and found.filled != answer.filled:
        # It tells two things at once: neither can be held against us.
        raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
    return answer


def _trade(fill: TradeFill) -> Trade:
    return Trade(
        trade_id=fill.trade_id,
        price=fill.price,
        quantity=fill.quantity,
        cost=fill.cost,
        fees=((fill.fee_asset, fill.fee), *((fee.asset, fee.amount) for fee in fill.more_fees)),
        at=fill.at,
        is_fee_known=fill.is_fee_known,
    )


def listed(connection: Connection, pair: str) -> dict[str, str]:
    """Return the orders of the last day that carry an id of ours, by that id: the exchange's own."""
    since: datetime = timezone.now() - LISTED_FOR
    orders = ask(connection, lambda desk, key: desk.history(key, pair=pair, since=since))
    return {one.client_id: one.exchange_id for one in orders if OURS.fullmatch(one.client_id)}


def balances(connection: Connection) -> Balances:
    return ask(connection, lambda desk, key: desk.balances(key))


def steps(connection: Connection, pairs: Iterable[str]) -> dict[str, Steps]:
    """Return the steps of these pairs; one that is not listed any more is left out."""
    wanted = list(pairs)
    rules = _patiently(lambda: desks.ask(connection.exchange, connection.venue, lambda desk: desk.rules(wanted)))
    return {pair: Steps(quantity=one.amount_step, price=one.price_step) for pair, one in rules.items()}
