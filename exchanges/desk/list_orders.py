"""Listing an account's orders of a pair, open ones and those that are over, with the ids that they were given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from exchanges.desk.caller import Caller
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.proven import UnreadableError, as_millis, as_object, as_price
from exchanges.values import OrderSide
from exchanges.ways import Look
from exchanges.wire.ask import read

T = TypeVar("T")
MOST_PAGES = 20


@dataclass(frozen=True, kw_only=True)
class ListedOrder:
    """`client_id` is as the client spelt it, "" where it gave none that begins as ours do at that exchange.

    What else the exchange tells of it: `at` is when it was placed; None is what cannot be read.
    """

    exchange_id: str
    client_id: str
    side: OrderSide | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """The orders of one pair since a moment."""

    caller: Caller
    pair: str
    since: datetime

    async def orders(self) -> list[ListedOrder]:
        """Return them; raises ExchangeError when there may be more."""
        ways, found = self.caller.lender.spec.trading, dict[str, ListedOrder]()
        for look in (ways.open_orders, *ways.recent):
            found |= await self._all(look.of_all())
        return list(found.values())

    async def _all(self, look: Look) -> dict[str, ListedOrder]:
        """Follow full pages back to what came before them, where the list does not end with the moment by itself."""
        found, until = dict[str, ListedOrder](), None
        for _ in range(MOST_PAGES):
            rows, is_full = await self._page(look, until)
            page = {one.exchange_id: one for row in rows if (one := self._listed(row))}
            is_new = not page.keys() <= found.keys()
            found |= page
            until = _first_moment(rows) if is_full else None
            if until is None or until < self._from_ms:
                return found
            if not is_new:
                break
        raise ExchangeError(Trouble(cause=Cause.UNREADABLE))

    @property
    def _from_ms(self) -> int:
        return int(self.since.timestamp() * 1000)

    async def _page(self, look: Look, until: int | None) -> tuple[list[Mapping[str, object]], bool]:
        since = self._from_ms if look.is_timed else None
        params = {**look.params, **({"until": until} if until else {})}
        raw, rows, _ = await self.caller.listed(
            lambda ccxt: getattr(ccxt, look.method)(self.pair, since, look.page, params)
        )
        return read(lambda: [as_object(row) for row in rows]), look.page is not None and len(raw) >= look.page

    def _listed(self, row: Mapping[str, object]) -> ListedOrder | None:
        prefix, spelt = self.caller.lender.spec.trading.id_prefix, str(row.get("clientOrderId") or "")
        if row.get("symbol") != self.pair:
            return None
        side, millis = row.get("side"), _or_none(as_millis, row.get("timestamp"))
        return ListedOrder(
            exchange_id=str(row.get("id") or ""),
            client_id=spelt.removeprefix(prefix) if spelt.startswith(prefix) else "",
            side=OrderSide(side) if side in {"buy", "sell"} else None,
            quantity=_or_none(as_price, row.get("amount")),
            price=_or_none(as_price, row.get("price")),
            at=datetime.fromtimestamp(millis / 1000, tz=UTC) if millis else None,
        )


def _or_none(reader: Callable[[object], T], value: object) -> T | None:
    try:
        return reader(value)
    except UnreadableError:
        return None


def _first_moment(rows: Sequence[Mapping[str, object]]) -> int:
    return read(lambda: min(as_millis(row.get("timestamp")) for row in rows))
