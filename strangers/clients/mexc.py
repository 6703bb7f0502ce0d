"""pymexc, the client of MEXC that people keep up; it hands on what MEXC says as it is."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pymexc.base import MexcAPIError
from pymexc.spot import HTTP

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

SYMBOL = "BTCUSDT"
STATES = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "filled",
    "CANCELED": "cancelled",
    "PARTIALLY_CANCELED": "cancelled",
}
TYPES = {"GTC": "LIMIT", "PO": "LIMIT_MAKER", "IOC": "IMMEDIATE_OR_CANCEL", "FOK": "FILL_OR_KILL"}


class Stranger(shapes.Stranger):
    slug = "mexc"
    sdk = "pymexc"
    pointed = "base_url of the client"
    refusals = {
        "funds": "^30004 ",
        "minimum": "^30002 The minimum transaction volume",
        "price_precision": "^30002 .*scale",
        "amount_precision": "^30002 .*scale",
        "band": "^(30010|30087) ",
        "unknown_order": "^-2013 ",
        "unknown_cancel": "^-2011 ",
        "unknown_pair": "^-1121 ",
        "unknown_key": "^10072 ",
        "wrong_secret": "^700002 ",
        "clock": "^700003 ",
        "ip": "^700006 ",
        "right": "^700007 ",
    }
    lacks = {
        "key rights": "the SDK does not ask apiKeyInfo",
        "no: used id": "whether MEXC refuses one is not known",
        "no: passphrase": "MEXC has none",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.client = HTTP(keys.api_key, keys.secret)
        self.client.base_url = address

    def _ask(self, call: Callable[..., Any], *args: Any, **sent: Any) -> Any:
        try:
            return call(*args, **sent)
        except MexcAPIError as error:
            code, text = re.findall(r"^\(code=(-?\d+)\): (.*)$", str(error), re.DOTALL)[0]
            raise RefusedError(code, text) from error

    def time(self) -> int:
        return int(self.client.time()["serverTime"])

    def rules(self) -> Rules:
        (row,) = self.client.exchange_info(symbol=SYMBOL)["symbols"]
        price, amount = (Decimal(1).scaleb(-int(row[name])) for name in ("quotePrecision", "baseAssetPrecision"))
        return Rules(price, amount, Decimal(row["baseSizePrecision"]), Decimal(row["quoteAmountPrecision"]))

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self.client.ticker_book_price(SYMBOL)
        return Decimal(row["bidPrice"]), Decimal(row["askPrice"])

    def candles(self) -> Sequence[Candle]:
        rows = self.client.klines(SYMBOL, "1m", limit=10)
        return [Candle(int(row[0]), *(Decimal(part) for part in row[1:5])) for row in rows]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self.client.order_book(SYMBOL, limit=20)
        return [Decimal(row[0]) for row in found["bids"]], [Decimal(row[0]) for row in found["asks"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.client.account_information)["balances"]
        return {row["asset"]: (Decimal(row["free"]), Decimal(row["locked"])) for row in rows}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"new_client_order_id": wish.own_id or None}
        sent |= {"quote_order_qty": str(wish.cost)} if wish.cost else {"quantity": str(wish.amount)}
        sent |= {} if wish.price is None else {"price": str(wish.price)}
        kind = "MARKET" if wish.is_market else TYPES[wish.lifetime]
        return str(self._ask(self.client.order, SYMBOL, wish.side.upper(), kind, **sent)["orderId"])

    def place_unknown_pair(self) -> None:
        self._ask(self.client.order, "NOSUCHUSDT", "BUY", "MARKET", quantity="1")

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.client.query_order, SYMBOL, order_id=identity))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.client.query_order, SYMBOL, orig_client_order_id=own_id))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.current_open_orders, SYMBOL)]

    def cancel(self, identity: str) -> None:
        self._ask(self.client.cancel_order, SYMBOL, order_id=identity)

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.client.account_trade_list, SYMBOL, order_id=identity)]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.all_orders, SYMBOL)]

    def close(self) -> None:
        self.client.session.close()


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
