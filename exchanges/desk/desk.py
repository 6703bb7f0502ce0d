"""The trading desk of one exchange: quotes, rules and candles for everybody, orders and fills for one key at a time."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from exchanges.desk import reading
from exchanges.desk.caller import ALL_PRICES, Accounts, Caller, Markets, is_unlisted
from exchanges.desk.candles import EPOCH, first_start, merged, source_of
from exchanges.desk.find_order import Search
from exchanges.desk.list_orders import History, ListedOrder
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.judging import BEFORE_ORDERS, has_said, refusal
from exchanges.location import Location
from exchanges.proven import as_list, as_object, plain
from exchanges.spec import ExchangeSpec
from exchanges.values import (
    FRAMES,
    Balances,
    Candle,
    Credentials,
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderUnknownError,
    Quote,
    RefusalReason,
    Rules,
    TradeFill,
)
from exchanges.wire.ask import Reply, read, within
from exchanges.wire.ccxt_object import Lender, lender_of
from exchanges.wire.session import Wire

PUBLIC_SECONDS = 5.0
SIGNED_SECONDS = 8.0
# What every exchange gives in one answer.
CANDLES_AT_ONCE = 200
MINUTE = "1m"
# So long a pair is not named that the exchange did not know: each time costs a question for all that there are.
UNNAMED_SECONDS = 600
# How far back an order is looked for whose exchange id was never learnt.
LOOK_BACK = timedelta(days=1)


class Desk:
    """One exchange at one location; it holds no key. Every call runs inside LOOP and ends by its deadline.

    What an exchange does not say in its own words raises ExchangeError; `place` has errors of its own.
    """

    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._markets, self._accounts = Markets(lender), Accounts(lender)
        self._unnamed: dict[str, float] = {}
        self._caller = partial(Caller, lender=lender, accounts=self._accounts)

    async def quotes(self, pairs: Sequence[str]) -> dict[str, Quote]:
        """Return the quotes of all these pairs by one request; a pair that is not listed is left out.

        Where pairs are asked for by name, one that is not known any more has the whole refused: then all that there
        are are asked for, and that one is not named again for a while.
        """
        now = time.monotonic()
        async with within(PUBLIC_SECONDS):
            listed = await self._markets.known()
            wanted = [pair for pair in pairs if pair in listed and self._unnamed.get(pair, now) <= now]
            if not wanted:
                return {}
            caller = self._caller(credentials=None)
            reply = await caller.ask(lambda ccxt: ccxt.fetch_tickers(wanted), wire=Wire(most=ALL_PRICES))
            if trouble := reply.trouble():
                if not is_unlisted(reply):
                    raise ExchangeError(trouble)
                reply = await self._all_tickers(wanted, trouble)
        made = reading.made_at(reply.last and reply.last.json, self._lender.spec.trading)
        quotes = read(lambda: reading.read_quotes(reply.value, wanted, at=made))
        if len(quotes) < len(wanted):
            # What is missing is missing only in a list of the exchange's own.
            caller.rows(reply)
        return quotes

    async def volumes(self) -> dict[str, Decimal]:
        """Return what was traded in 24 hours of each pair of which it is told, in quote money."""
        async with within(PUBLIC_SECONDS):
            await self._markets.known()
            caller = self._caller(credentials=None)
            reply = await caller.proven(lambda ccxt: ccxt.fetch_tickers(), wire=Wire(most=ALL_PRICES))
        return read(lambda: reading.read_volumes(reply.value))

    async def _all_tickers(self, wanted: Sequence[str], refused: Trouble) -> Reply:
        """Ask without names; a refusal that no missing pair explains stands, or each look would weigh so much."""
        wire = Wire(most=ALL_PRICES)
        reply = await self._caller(credentials=None).proven(lambda ccxt: ccxt.fetch_tickers(), wire=wire)
        told = read(lambda: as_object(reply.value))
        missing = [pair for pair in wanted if pair not in told]
        if not missing:
            raise ExchangeError(refused)
        self._unnamed |= dict.fromkeys(missing, time.monotonic() + UNNAMED_SECONDS)
        return reply

    async def rules(self, pairs: Sequence[str]) -> dict[str, Rules]:
        listed = await self._markets.fresh()
        mode = self._lender.precision_mode
        wanted = [pair for pair in pairs if pair in listed]
        return read(lambda: reading.read_all_rules(listed, wanted, precision_mode=mode))

    async def look_again(self, pairs: Sequence[str]) -> tuple[dict[str, Rules], set[str]]:
        """Ask anew for the rules of pairs that are in doubt; return them, and which pairs are not listed any more.

        Nothing of either, when something was in doubt less than a minute ago.
        """
        if (listed := await self._markets.anew(pairs)) is None:
            return {}, set()
        return await self.rules(pairs), {pair for pair in pairs if pair not in listed}

    async def listed(self) -> Mapping[str, object]:
        """Return all spot pairs as ccxt reads them."""
        return await self._markets.fresh()

    async def all_rules(self) -> dict[str, Rules]:
        """Return the rules of every pair that is listed and can be read."""
        return await self.rules(list(await self._markets.fresh()))

    async def candles(self, pair: str, frame: str, limit: int) -> list[Candle]:
        """Return them oldest first; the last may still be open, and moments without a trade may have none."""
        source = source_of(frame, set(self._lender.frames) - self._lender.spec.trading.apart)
        start = first_start(frame, limit, datetime.now(tz=UTC))
        step = FRAMES[source]
        count = limit * FRAMES[frame] // step
        found: dict[datetime, Candle] = {}
        async with within(PUBLIC_SECONDS):
            await self._require(pair)
            for done in range(0, count, CANDLES_AT_ONCE):
                since, most = start + done * step, min(CANDLES_AT_ONCE, count - done)
                found |= {candle.start: candle for candle in await self._some(pair, source, since, most)}
        # One that begins between two of ours is of another time, and has not ended when ours has.
        ours = [found[at] for at in sorted(found) if at >= start and not (at - EPOCH) % step]
        return merged(ours, frame)[-limit:]

    async def minutes(self, pair: str, since: datetime, until: datetime) -> tuple[list[Candle], datetime]:
        """Return the ended one-minute candles of one answer from `since` on, before `until`, and where to go on.

        Moments without a trade may have none. What the exchange does not keep any more is passed over unasked; what it
        sends besides is left out.
        """
        trading, now, step = self._lender.spec.trading, datetime.now(tz=UTC), FRAMES[MINUTE]
        if trading.candles_back is not None:
            since = max(since, first_start(MINUTE, trading.candles_back, now) + trading.candles_at_once * step)
        most = min(trading.candles_at_once, -(-(until - since) // step))
        if most <= 0:
            return [], until
        async with within(PUBLIC_SECONDS):
            await self._require(pair)
            found = await self._some(pair, MINUTE, since, most)
        end = min(until, since + most * step)
        kept = {one.start: one for one in found if since <= one.start < end and one.start + step <= now}
        return [kept[at] for at in sorted(kept)], end

    async def _some(self, pair: str, frame: str, since: datetime, most: int) -> list[Candle]:
        millis = int(since.timestamp() * 1000)
        caller = self._caller(credentials=None)
        # As many candles as some give at once take more room than any other answer but that of all prices.
        wire = Wire(most=ALL_PRICES) if most > CANDLES_AT_ONCE else None
        reply = await caller.proven(lambda ccxt: ccxt.fetch_ohlcv(pair, frame, millis, most), wire=wire)
        caller.rows(reply)
        return read(lambda: [reading.read_candle(row) for row in as_list(reply.value)])

    async def balances(self, credentials: Credentials) -> Balances:
        async with within(SIGNED_SECONDS):
            await self._markets.known()
            return await self._caller(credentials=credentials).balances()

    async def place(self, credentials: Credentials, order: NewOrder, *, not_after: float) -> OrderReport:
        """Send an order once; `not_after` is the moment of time.monotonic() from which on it must not leave.

        Raises OrderRefusedError, OrderNotSentError or OrderUnknownError; a call that is cancelled is unknown too.
        """
        spec, wire = self._lender.spec, Wire(not_after=not_after)
        params = {spec.trading.id_name: spec.trading.id_prefix + order.client_id}
        if order.is_immediate:
            params["timeInForce"] = "IOC"
        price, quantity = plain(order.price), plain(order.quantity)
        reply, trouble = None, Trouble(cause=Cause.UNAVAILABLE)
        try:
            async with within(SIGNED_SECONDS):
                await self._markets.known()
                reply = await self._caller(credentials=credentials).ask(
                    lambda ccxt: ccxt.create_order(order.pair, "limit", order.side.value, quantity, price, params),
                    wire=wire,
                )
        except ExchangeError as error:
            trouble = error.trouble
        if not wire.has_left:
            # Or the exchange refused when it was asked for the account before.
            reason = BEFORE_ORDERS.get(trouble.cause) if trouble.code else None
            raise OrderRefusedError(reason, trouble) if reason is RefusalReason.RIGHT else OrderNotSentError
        if reply is None:
            raise OrderUnknownError(trouble)
        return _taken(reply, order.client_id)

    async def find(
        self, credentials: Credentials, *, pair: str, client_id: str, exchange_id: str, since: datetime
    ) -> OrderReport | None:
        """Return an order; None only when the exchange says by every way it has that there is no such order."""
        async with within(SIGNED_SECONDS):
            await self._require(pair)
            return await self._search(credentials, pair, client_id, exchange_id, since).order()

    async def recent(self, credentials: Credentials, *, pair: str, since: datetime) -> list[str]:
        """Return the exchange's ids of the account's orders of a pair that are over, in its own order."""
        async with within(SIGNED_SECONDS):
            await self._require(pair)
            return await self._search(credentials, pair, "", "", since).recent()

    async def history(self, credentials: Credentials, *, pair: str, since: datetime) -> list[ListedOrder]:
        """Return the account's orders of a pair since a moment, with the client ids that they were given."""
        async with within(SIGNED_SECONDS):
            await self._require(pair)
            return await History(caller=self._caller(credentials=credentials), pair=pair, since=since).orders()

    async def fills(self, credentials: Credentials, *, pair: str, exchange_id: str, since: datetime) -> list[TradeFill]:
        """Return all fills of an order, oldest first."""
        async with within(SIGNED_SECONDS):
            await self._require(pair)
            return await self._search(credentials, pair, "", exchange_id, since).fills()

    async def cancel(self, credentials: Credentials, *, pair: str, exchange_id: str, client_id: str) -> None:
        """Cancel an order; one that is closed already, or that there never was, is fine."""
        async with within(SIGNED_SECONDS):
            await self._require(pair)
            if not exchange_id:
                since = datetime.now(tz=UTC) - LOOK_BACK
                report = await self._search(credentials, pair, client_id, "", since).order()
                exchange_id = report.exchange_id if report else ""
            if exchange_id:
                await self._cancel(self._caller(credentials=credentials), pair, exchange_id)

    async def _cancel(self, caller: Caller, pair: str, exchange_id: str) -> None:
        reply = await caller.ask(lambda ccxt: ccxt.cancel_order(exchange_id, pair))
        ways, table = self._lender.spec.trading, self._lender.spec.errors
        if reply.last and has_said(reply.last, ways, table, (*ways.missing, *ways.closed)):
            return
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        read(lambda: reading.require_id(reply.value, exchange_id))

    async def _require(self, pair: str) -> None:
        if pair not in await self._markets.known():
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))

    def _search(self, credentials: Credentials, pair: str, client_id: str, exchange_id: str, since: datetime) -> Search:
        caller = self._caller(credentials=credentials)
        return Search(caller=caller, pair=pair, client_id=client_id, exchange_id=exchange_id, since=since)


def _taken(reply: Reply, client_id: str) -> OrderReport:
    """Return the report of an order that left.

    Raises OrderRefusedError where the exchange certainly refused it, else OrderUnknownError.
    """
    trouble = reply.trouble()
    if trouble is None:
        try:
            return read(lambda: reading.read_accepted(reply.value, client_id=client_id))
        except ExchangeError as error:
            trouble = error.trouble
    elif reply.last and (refused := refusal(reply.last, trouble, reply.spec.trading, reply.spec.errors)):
        raise OrderRefusedError(refused.reason, replace(trouble, code=refused.code))
    raise OrderUnknownError(trouble)


_DESKS: dict[tuple[str, Location], Desk] = {}
_LOCK = threading.Lock()


def desk_of(spec: ExchangeSpec, location: Location) -> Desk:
    """Return this process's desk of an exchange at a location."""
    with _LOCK:
        if (spec.slug, location) not in _DESKS:
            _DESKS[spec.slug, location] = Desk(lender_of(spec, location))
        return _DESKS[spec.slug, location]
