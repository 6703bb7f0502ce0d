"""Looking for an order by every way that an exchange has, and for all its fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchanges.desk import reading
from exchanges.desk.caller import Caller
from exchanges.errors import Cause, ExchangeError, RawAnswer, Trouble, classify
from exchanges.judging import goes_on, has_said, is_empty_list, is_nothing
from exchanges.proven import UnreadableError, as_object
from exchanges.values import FillsMissingError, OrderReport, TradeFill
from exchanges.ways import Look, TradingWays
from exchanges.wire.ask import Act, Reply, read

# Our clock may differ from theirs, and both from the moment at which they say that something happened.
LENIENCE = timedelta(minutes=1)
MOST_PAGES = 30


@dataclass(frozen=True, kw_only=True)
class Search:
    """One order, by the exchange's id (may be empty) or by ours."""

    caller: Caller
    pair: str
    client_id: str
    exchange_id: str
    since: datetime

    async def order(self) -> OrderReport | None:
        """Return the order, None only when the exchange says by every way it has that there is none."""
        for look in (self._ways.by_id if self.exchange_id else None, self._ways.by_client_id):
            if look and (report := await self._one(look.filled(id=self.exchange_id, client=self._ours))):
                return report
        for look in (self._ways.open_orders, *self._ways.recent):
            if report := await self._among(look.filled(id=self.exchange_id, client=self._ours)):
                return report
        return None

    @property
    def _ways(self) -> TradingWays:
        return self.caller.lender.spec.trading

    @property
    def _ours(self) -> str:
        return self._ways.id_prefix + self.client_id

    @property
    def _from_ms(self) -> int:
        return int((self.since - LENIENCE).timestamp() * 1000)

    async def _one(self, look: Look) -> OrderReport | None:
        reply = await self.caller.ask(lambda ccxt: getattr(ccxt, look.method)(look.id, self.pair, dict(look.params)))
        if self._is_missing(reply, look):
            return None
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        return self._report(reply.value)

    def _is_missing(self, reply: Reply, look: Look) -> bool:
        """Say whether the exchange itself says that there is no such order, in words or by an empty list."""
        if reply.last is None:
            return False
        if has_said(reply.last, self._ways, self.caller.lender.spec.errors, self._ways.missing):
            return True
        if classify(reply.last, self.caller.lender.spec.errors):
            return False
        body = reply.last.json
        return is_nothing(body, self._ways) or (look.is_list and is_empty_list(body, self._ways))

    async def _among(self, look: Look) -> OrderReport | None:
        """Look for it in a list; a full page that does not reach back far enough may hide it."""
        raw, found, answer = await self.caller.listed(self._listing(look))
        orders = read(lambda: [as_object(row) for row in found])
        if mine := next((row for row in orders if self._is_mine(row)), None):
            return self._report(mine)
        is_full = bool(look.page and len(raw) >= look.page)
        # An answer may speak of the order after all: ccxt leaves out rows that it does not know.
        if is_full or goes_on(answer.json, self._ways) or f'"{self._ours}"' in answer.text:
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        return None

    def _listing(self, look: Look) -> Act:
        since = self._from_ms if look.is_timed else None
        return lambda ccxt: getattr(ccxt, look.method)(self.pair, since, look.page, dict(look.params))

    def _is_mine(self, row: Mapping[str, object]) -> bool:
        return row.get("clientOrderId") == self._ours or bool(self.exchange_id and row.get("id") == self.exchange_id)

    def _report(self, order: object) -> OrderReport:
        return read(
            lambda: reading.read_report(
                order, self._ways, pair=self.pair, client_id=self.client_id, exchange_id=self.exchange_id
            )
        )

    async def recent(self) -> list[str]:
        """Return the exchange's ids of the orders that it lists as over."""
        found: list[str] = []
        for look in self._ways.recent:
            _, orders, _ = await self.caller.listed(self._listing(look.of_all()))
            found += _ids(orders, self.pair)
        return found

    async def fills(self) -> list[TradeFill]:
        """Return all fills of the order, oldest first; raise FillsMissingError when there may be more than are known.

        A full page is followed by the next one by cursor. Without cursors an exchange that lists from a moment on
        begins with the newest: it is followed by what came before it, as far as not all of it shares one moment.
        """
        found: dict[str, TradeFill] = {}
        more: Mapping[str, object] | None = {}
        for number in range(2, MOST_PAGES + 2):
            before = more or {}
            page, raw, answer = await self._page(before)
            found |= {fill.trade_id: fill for fill in page if fill.exchange_id == self.exchange_id}
            size = self._ways.fills.page
            more = {} if size is None or len(raw) < size else self._ways.fills.further(answer.json, raw, number)
            if more is None and self._ways.fills.is_timed and page:
                more = {"until": int(min(fill.at for fill in page).timestamp() * 1000)}
            if not more or more == before:
                break
        fills = sorted(found.values(), key=lambda fill: fill.at)
        if more != {}:
            raise FillsMissingError(fills)
        return fills

    async def _page(self, more: Mapping[str, object]) -> tuple[list[TradeFill], list[object], RawAnswer]:
        """Return a page of fills, its raw rows and the answer; `more` is what asks for another page than the first."""
        look = self._ways.fills.filled(id=self.exchange_id, client=self._ours)
        since = self._from_ms if look.is_timed else None
        params = {**look.params, **more}
        raw, page, answer = await self.caller.listed(
            lambda ccxt: getattr(ccxt, look.method)(
                *([look.id] if look.id else []), self.pair, since, look.page, params
            )
        )
        if len(page) < len(raw):
            # ccxt has left some out: what it does not know, or what is beyond the page.
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        mend = self._ways.mend_fill
        return read(lambda: [fill for row in page if (fill := self._fill(mend(as_object(row))))]), raw, answer

    def _fill(self, row: Mapping[str, object]) -> TradeFill | None:
        """Read a fill; one that cannot be read costs nothing where it is of another order."""
        try:
            return reading.read_fill(row, self._ways, pair=self.pair)
        except UnreadableError:
            if row.get("order") in (None, "", self.exchange_id):
                raise
            return None


def _ids(orders: list[object], pair: str) -> list[str]:
    rows = read(lambda: [as_object(row) for row in orders])
    return [str(row.get("id")) for row in rows if row.get("symbol") == pair]
