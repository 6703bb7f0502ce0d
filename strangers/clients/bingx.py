"""bingx-py, which holds every answer of BingX against a model of its documents."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bingx_py import BingXClient
from bingx_py.exceptions import APIError
from bingx_py.models.general import OrderSide, TimeInForce
from bingx_py.models.spot.trades import SpotOrderType

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

SYMBOL = "BTC-USDT"
STATES = {"NEW": "open", "PENDING": "open", "PARTIALLY_FILLED": "open", "FILLED": "filled", "CANCELED": "cancelled"}
FORCES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PO": TimeInForce.POST_ONLY,
}
RIGHTS = {1: "trade", 2: "read", 3: "futures", 4: "transfer", 5: "withdraw"}
TRUNCATED = "BingX leaves off what is too many and takes the order, as its documents say"


class Stranger(shapes.Stranger):
    slug = "bingx"
    sdk = "bingx-py"
    pointed = "base_url of the client"
    refusals = {
        "funds": "^100202 ",
        "minimum": "^100400 .*minimum",
        "band": "^(100440|100400) ",
        "unknown_order": "^100404 ",
        "unknown_cancel": "^100404 ",
        "unknown_pair": "^100490 ",
        "used_id": "^100400 .*clientOrderID",
        "unknown_key": "^100413 ",
        "wrong_secret": "^100001 ",
        "clock": "^100421 ",
        "ip": "^100419 ",
        "right": "^100004 ",
    }
    lacks = {
        "server time": "the SDK does not ask it for spot",
        "no: price decimals": TRUNCATED,
        "no: amount decimals": TRUNCATED,
        "no: passphrase": "BingX has none",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.client = BingXClient(keys.api_key, keys.secret)
        self.client.base_url = address
        self.client.connect()
        self.spot = self.client.spot

    def _ask(self, call: Callable[..., Any], *args: Any, **sent: Any) -> Any:
        try:
            return call(*args, **sent).data
        except APIError as error:
            raise RefusedError(error.code, error.message) from error

    def rules(self) -> Rules:
        (row,) = self._ask(self.spot.get_spot_trading_symbols, SYMBOL).symbols
        return Rules(*(Decimal(str(part)) for part in (row.tick_size, row.step_size, row.min_qty, row.min_notional)))

    def ticker(self) -> tuple[Decimal, Decimal]:
        (row,) = self._ask(self.spot.get_symbol_order_book_ticker, SYMBOL)
        return Decimal(row.bid_price), Decimal(row.ask_price)

    def candles(self) -> Sequence[Candle]:
        rows = self._ask(self.spot.get_kline_data, SYMBOL, "1m", limit=10)
        return [Candle(int(row[0]), *(Decimal(str(part)) for part in row[1:5])) for row in reversed(rows)]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        """Answer asks from the best: BingX lists them from the highest."""
        found = self._ask(self.spot.get_order_book, SYMBOL, 20)
        return [Decimal(row[0]) for row in found.bids], [Decimal(row[0]) for row in reversed(found.asks)]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.spot.query_assets).balances
        return {row.asset: (Decimal(row.free), Decimal(row.locked)) for row in rows}

    def rights(self) -> set[str]:
        keys = self.client.sub_account
        uid = self._ask(keys.query_account_uid).uid
        (mine,) = self._ask(keys.query_sub_account_api_key, uid).api_infos
        return {RIGHTS[number] for number in mine.permissions}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"quote_order_qty": float(wish.cost)} if wish.cost else {"quantity": float(wish.amount)}
        sent |= {"new_client_order_id": wish.own_id} if wish.own_id else {}
        if wish.price is not None:
            sent |= {"price": float(wish.price), "time_in_force": FORCES[wish.lifetime]}
        kind = SpotOrderType.MARKET if wish.is_market else SpotOrderType.LIMIT
        placed = self._ask(self.spot.place_order, SYMBOL, OrderSide(wish.side.upper()), kind, **sent)
        return str(placed.order_id)

    def place_unknown_pair(self) -> None:
        self._ask(self.spot.place_order, "NOSUCH-USDT", OrderSide.BUY, SpotOrderType.MARKET, quantity=1.0)

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.spot.query_order_details, SYMBOL, order_id=int(identity)))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.spot.query_order_details, SYMBOL, client_order_id=own_id))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.spot.current_open_orders, SYMBOL).orders]

    def cancel(self, identity: str) -> None:
        self._ask(self.spot.cancel_order, SYMBOL, order_id=int(identity))

    def fills(self, identity: str) -> Sequence[Fill]:
        rows = self._ask(self.spot.query_transaction_details, SYMBOL, order_id=int(identity)).fills
        return [_fill(row) for row in rows]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.spot.query_order_history, SYMBOL).orders]

    def close(self) -> None:
        self.client.close()


def _order(row: Any) -> Order:
    return Order(
        id=str(row.order_id),
        own_id=row.client_order_id or "",
        side=row.side.value.lower(),
        state=STATES[row.status.value],
        filled=Decimal(row.executed_qty),
        amount=Decimal(row.orig_qty),
        price=Decimal(row.price),
    )


def _fill(row: Any) -> Fill:
    """Read the fee as BingX writes it: below zero where it was paid."""
    fee = -Decimal(str(row.commission))
    return Fill(str(row.order_id), Decimal(row.price), Decimal(row.qty), fee, row.commission_asset)
