"""python-binance, with which most of Python trades at Binance."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from binance.client import Client
from binance.exceptions import BinanceAPIException

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
RIGHTS = {"enableReading": "read", "enableSpotAndMarginTrading": "trade", "enableWithdrawals": "withdraw"}


class Stranger(shapes.Stranger):
    slug = "binance"
    sdk = "python-binance"
    pointed = "API_URL and MARGIN_API_URL of the client"
    refusals = {
        "funds": "^-2010 Account has insufficient balance",
        "minimum": "^-1013 Filter failure: (NOTIONAL|LOT_SIZE)",
        "price_precision": "^-1013 Filter failure: PRICE_FILTER|^-1111 ",
        "amount_precision": "^-1013 Filter failure: LOT_SIZE|^-1111 ",
        "band": "^-1013 Filter failure: PERCENT_PRICE_BY_SIDE",
        "post_only": "^-2010 Order would immediately match and take",
        "unknown_order": "^-2013 ",
        "unknown_cancel": "^-2011 ",
        "unknown_pair": "^-1121 ",
        "used_id": "^-2010 Duplicate order sent",
        "unknown_key": "^-2008 ",
        "wrong_secret": "^-1022 ",
        "clock": "^-1021 ",
        "ip": "^-2015 ",
        "right": "^-2015 ",
    }
    lacks = {"no: passphrase": "Binance has none"}

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.client = Client(keys.api_key, keys.secret, ping=False)
        self.client.API_URL, self.client.MARGIN_API_URL = f"{address}/api", f"{address}/sapi"

    def _ask(self, call: Callable[..., Any], **sent: Any) -> Any:
        try:
            return call(**sent)
        except BinanceAPIException as error:
            raise RefusedError(error.code, error.message) from error

    def time(self) -> int:
        return int(self.client.get_server_time()["serverTime"])

    def rules(self) -> Rules:
        filters = {row["filterType"]: row for row in self.client.get_symbol_info(SYMBOL)["filters"]}
        lot, notional = filters["LOT_SIZE"], filters["NOTIONAL"]
        return Rules(
            Decimal(filters["PRICE_FILTER"]["tickSize"]),
            Decimal(lot["stepSize"]),
            Decimal(lot["minQty"]),
            Decimal(notional["minNotional"]),
        )

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self.client.get_orderbook_ticker(symbol=SYMBOL)
        return Decimal(row["bidPrice"]), Decimal(row["askPrice"])

    def candles(self) -> Sequence[Candle]:
        rows = self.client.get_klines(symbol=SYMBOL, interval="1m", limit=10)
        return [Candle(int(row[0]), *(Decimal(part) for part in row[1:5])) for row in rows]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self.client.get_order_book(symbol=SYMBOL, limit=20)
        return [Decimal(row[0]) for row in found["bids"]], [Decimal(row[0]) for row in found["asks"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.client.get_account)["balances"]
        return {row["asset"]: (Decimal(row["free"]), Decimal(row["locked"])) for row in rows}

    def rights(self) -> set[str]:
        told = self._ask(self.client.get_account_api_permissions)
        return {ours for theirs, ours in RIGHTS.items() if told[theirs]}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"symbol": SYMBOL, "side": wish.side.upper(), "type": "MARKET"}
        if wish.own_id:
            sent["newClientOrderId"] = wish.own_id
        sent |= {"quoteOrderQty": str(wish.cost)} if wish.cost else {"quantity": str(wish.amount)}
        if wish.price is not None:
            is_maker = wish.lifetime == "PO"
            sent |= {"price": str(wish.price), "type": "LIMIT_MAKER" if is_maker else "LIMIT"}
            sent |= {} if is_maker else {"timeInForce": wish.lifetime}
        return str(self._ask(self.client.create_order, **sent)["orderId"])

    def place_unknown_pair(self) -> None:
        self._ask(self.client.create_order, symbol="NOSUCHUSDT", side="BUY", type="MARKET", quantity="1")

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.client.get_order, symbol=SYMBOL, orderId=identity))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.client.get_order, symbol=SYMBOL, origClientOrderId=own_id))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.get_open_orders, symbol=SYMBOL)]

    def cancel(self, identity: str) -> None:
        self._ask(self.client.cancel_order, symbol=SYMBOL, orderId=identity)

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.client.get_my_trades, symbol=SYMBOL, orderId=identity)]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.get_all_orders, symbol=SYMBOL)]

    def close(self) -> None:
        self.client.close_connection()


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        id=str(row["orderId"]),
        own_id=row["clientOrderId"],
        side=row["side"].lower(),
        state=STATES[row["status"]],
        filled=Decimal(row["executedQty"]),
        amount=Decimal(row["origQty"]),
        price=Decimal(row["price"]),
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    fee = Decimal(row["commission"]), row["commissionAsset"]
    return Fill(str(row["orderId"]), Decimal(row["price"]), Decimal(row["qty"]), *fee)
