"""Sending one order, once, and saying for certain what is certain: refused, not sent, accepted; all else is unknown."""

from dataclasses import dataclass, replace
from typing import Any, NoReturn

from exchanges.desk import reading
from exchanges.desk.caller import Caller
from exchanges.desk.markets import Markets
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.judging import BEFORE_ORDERS, refusal
from exchanges.numbers import plain
from exchanges.values import (
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderUnknownError,
    RefusalReason,
)
from exchanges.wire.ask import Reply, read, within
from exchanges.wire.session import Wire


@dataclass(frozen=True, kw_only=True)
class Placing:
    caller: Caller
    markets: Markets
    order: NewOrder
    not_after: float
    seconds: float

    async def report(self) -> OrderReport:
        wire = Wire(not_after=self.not_after)
        reply, trouble = None, Trouble(cause=Cause.UNAVAILABLE)
        try:
            async with within(self.seconds):
                await self.markets.known()
                reply = await self.caller.ask(self._create, wire=wire)
        except ExchangeError as error:
            trouble = error.trouble
        if not wire.has_left:
            self._raise_unsent(trouble)
        if reply is None:
            raise OrderUnknownError(trouble)
        return self._judged(reply)

    def _raise_unsent(self, trouble: Trouble) -> NoReturn:
        """Say that nothing left, or what the exchange refused when it was asked for the account before."""
        reason = BEFORE_ORDERS.get(trouble.cause) if trouble.code else None
        if reason is RefusalReason.RIGHT:
            raise OrderRefusedError(reason, trouble)
        raise OrderNotSentError

    async def _create(self, ccxt: Any) -> object:
        order, ways = self.order, self.caller.spec.trading
        params = {ways.id_name: ways.id_prefix + order.client_id}
        if order.is_immediate:
            params["timeInForce"] = "IOC"
        price, quantity = plain(order.price), plain(order.quantity)
        return await ccxt.create_order(order.pair, "limit", order.side.value, quantity, price, params)

    def _judged(self, reply: Reply) -> OrderReport:
        spec = self.caller.spec
        trouble = reply.trouble()
        if trouble is None:
            return self._accepted(reply)
        refused = refusal(reply.last, trouble, spec.trading, spec.errors) if reply.last else None
        if refused:
            raise OrderRefusedError(refused.reason, replace(trouble, code=refused.code))
        raise OrderUnknownError(trouble)

    def _accepted(self, reply: Reply) -> OrderReport:
        trouble = None
        try:
            return read(lambda: reading.read_accepted(reply.value, client_id=self.order.client_id))
        except ExchangeError as error:
            trouble = error.trouble
        raise OrderUnknownError(trouble)
