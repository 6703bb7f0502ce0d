"""binance-sdk-spot, Binance's own SDK, which reads every answer into a strict model."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import Error
from binance_sdk_spot.spot import Spot

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

SYMBOL = "BTCUSDT"
STATES = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "filled",
    "CANCELED": "cancelled",
    "EXPIRED": "cancelled",
}


class Stranger(shapes.Stranger):
    """Of a refusal this SDK keeps the text alone."""

    slug = "binance"
    sdk = "binance-sdk-spot"
    pointed = "base_path option"
    refusals = {
        "funds": "Account has insufficient balance",
        "minimum": "Filter failure: (NOTIONAL|LOT_SIZE)",
        "price_precision": "Filter failure: PRICE_FILTER|too much precision",
        "amount_precision": "Filter failure: LOT_SIZE|too much precision",
        "band": "Filter failure: PERCENT_PRICE_BY_SIDE",
        "post_only": "Order would immediately match and take",
        "unknown_order": "Order does not exist",
        "unknown_cancel": "Unknown order sent",
        "unknown_pair": "Invalid symbol",
        "used_id": "Duplicate order sent",
        "unknown_key": "Invalid Api-Key ID",
        "wrong_secret": "Signature for this request is not valid",
        "clock": "Timestamp for this request (is outside of the recvWindow|was 1000ms ahead)",
        "ip": "Invalid API-key, IP, or permissions for action",
        "right": "Invalid API-key, IP, or permissions for action",
    }
    lacks = {
        "no: passphrase": "Binance has none",
        "key rights": "the SDK for spot does not ask the wallet's paths",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        options = ConfigurationRestAPI(api_key=keys.api_key, api_secret=keys.secret, base_path=address, retries=0)
        self.api = Spot(config_rest_api=options).rest_api

    def _ask(self, call: Callable[..., Any], **sent: Any) -> Any:
        try:
            return call(**sent).data()
        except Error as error:
            raise RefusedError("", error) from error

    def time(self) -> int:
        return int(self._ask(self.api.time).server_time)

    def rules(self) -> Rules:
        rows = self._ask(self.api.exchange_info, symbol=SYMBOL).to_dict()["symbols"][0]["filters"]
        filters = {row["filterType"]: row for row in rows}
        lot, notional = filters["LOT_SIZE"], filters["NOTIONAL"]
        numbers = (filters["PRICE_FILTER"]["tickSize"], lot["stepSize"], lot["minQty"], notional["minNotional"])
        return Rules(*(Decimal(number) for number in numbers))

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._ask(self.api.ticker_book_ticker, symbol=SYMBOL).to_dict()
        return Decimal(row["bidPrice"]), Decimal(row["askPrice"])

    def candles(self) -> Sequence[Candle]:
        rows = self._ask(self.api.klines, symbol=SYMBOL, interval="1m", limit=10)
        return [Candle(int(row[0]), *(Decimal(part) for part in row[1:5])) for row in rows]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._ask(self.api.depth, symbol=SYMBOL, limit=20)
        return [Decimal(row[0]) for row in found.bids], [Decimal(row[0]) for row in found.asks]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.api.get_account).balances
        return {row.asset: (Decimal(row.free), Decimal(row.locked)) for row in rows}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"symbol": SYMBOL, "side": wish.side.upper(), "type": "MARKET"}
        sent |= {"new_client_order_id": wish.own_id} if wish.own_id else {}
        sent |= {"quote_order_qty": wish.cost} if wish.cost else {"quantity": wish.amount}
        if wish.price is not None:
            is_maker = wish.lifetime == "PO"
            sent |= {"price": wish.price, "type": "LIMIT_MAKER" if is_maker else "LIMIT"}
            sent |= {} if is_maker else {"time_in_force": wish.lifetime}
        return str(self._ask(self.api.new_order, **sent).order_id)

    def place_unknown_pair(self) -> None:
        self._ask(self.api.new_order, symbol="NOSUCHUSDT", side="BUY", type="MARKET", quantity=1)

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.api.get_order, symbol=SYMBOL, order_id=int(identity)))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.api.get_order, symbol=SYMBOL, orig_client_order_id=own_id))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.api.get_open_orders, symbol=SYMBOL)]

    def cancel(self, identity: str) -> None:
        self._ask(self.api.delete_order, symbol=SYMBOL, order_id=int(identity))

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.api.my_trades, symbol=SYMBOL, order_id=int(identity))]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.api.all_orders, symbol=SYMBOL)]


def _order(row: Any) -> Order:
    return Order(
        id=str(row.order_id),
        own_id=row.client_order_id,
        side=row.side.lower(),
        state=STATES[row.status],
        filled=Decimal(row.executed_qty),
        amount=Decimal(row.orig_qty),
        price=Decimal(row.price),
    )


def _fill(row: Any) -> Fill:
    fee = Decimal(row.commission), row.commission_asset
    return Fill(str(row.order_id), Decimal(row.price), Decimal(row.qty), *fee)
