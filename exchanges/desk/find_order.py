"""Looking for an order by every way that an exchange has, and for all its fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchanges.desk import reading
from exchanges.desk.caller import Caller
from exchanges.errors import Cause, ExchangeError, Trouble, classify
from exchanges.judging import goes_on, has_said, is_empty_list, is_nothing
from exchanges.proven import UnreadableError, as_object
from exchanges.values import OrderReport, TradeFill
from exchanges.ways import Look, TradingWays
from exchanges.wire.ask import Act, Reply, read

# Our clock may differ from theirs, and both from the moment at which they say that something happened.
LENIENCE = timedelta(minutes=1)
MOST_PAGES = 10


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
        """Return all fills of the order, oldest first; raise ExchangeError when there may be more of them.

        An exchange that lists from a moment on begins with the newest: a full page is followed by what came before it.
        """
        found: dict[str, TradeFill] = {}
        until = None
        for _ in range(MOST_PAGES):
            page, is_full = await self._page(until)
            fresh = [fill for fill in page if fill.trade_id not in found]
            found |= {fill.trade_id: fill for fill in fresh}
            if not is_full:
                mine = (fill for fill in found.values() if fill.exchange_id == self.exchange_id)
                return sorted(mine, key=lambda fill: fill.at)
            if not fresh or not self._ways.fills.is_timed:
                break
            until = int(min(fill.at for fill in page).timestamp() * 1000)
        raise ExchangeError(Trouble(cause=Cause.UNREADABLE))

    async def _page(self, until: int | None) -> tuple[list[TradeFill], bool]:
        look = self._ways.fills.filled(id=self.exchange_id, client=self._ours)
        since = self._from_ms if look.is_timed else None
        params = {**look.params, **({"until": until} if until else {})}
        raw, page, _ = await self.caller.listed(
            lambda ccxt: getattr(ccxt, look.method)(
                *([look.id] if look.id else []), self.pair, since, look.page, params
            )
        )
        if len(page) < len(raw):
            # ccxt has left some out: what it does not know, or what is beyond the page.
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        is_full = look.page is not None and len(raw) >= look.page
        mend = self._ways.mend_fill
        return read(lambda: [fill for row in page if (fill := self._fill(mend(as_object(row))))]), is_full

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
