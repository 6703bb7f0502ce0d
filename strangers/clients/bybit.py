"""pybit, Bybit's own SDK."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR = {"category": "spot", "symbol": "BTCUSDT"}
STATES = {
    "New": "open",
    "PartiallyFilled": "open",
    "Filled": "filled",
    "Cancelled": "cancelled",
    "PartiallyFilledCanceled": "cancelled",
    "Rejected": "cancelled",
}
RIGHTS = {("Spot", "SpotTrade"): "trade", ("Wallet", "Withdraw"): "withdraw"}


class Stranger(shapes.Stranger):
    slug = "bybit"
    sdk = "pybit"
    pointed = "endpoint of the client"
    refusals = {
        "funds": "^170131 ",
        "minimum": "^(170140|170136) ",
        "price_precision": "^170134 ",
        "amount_precision": "^170137 ",
        "band": "^170193 ",
        "unknown_order": "^170213 ",
        "unknown_cancel": "^170213 ",
        "unknown_pair": "^170121 ",
        "used_id": "^170141 ",
        "unknown_key": "^10003 ",
        "wrong_secret": "^10004 ",
        "clock": "^10002 ",
        "ip": "^10010 ",
        "right": "^10005 ",
    }
    lacks = {"no: passphrase": "Bybit has none"}

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        # The SDK would try a refused time again, seconds later.
        self.client = HTTP(api_key=keys.api_key, api_secret=keys.secret, retry_codes={10006})
        self.client.endpoint = address

    def _ask(self, call: Callable[..., Any], **sent: Any) -> Any:
        try:
            return call(**sent)["result"]
        except (InvalidRequestError, FailedRequestError) as error:
            raise RefusedError(error.status_code, error.message) from error

    def time(self) -> int:
        return int(self.client.get_server_time()["result"]["timeNano"]) // 1_000_000

    def rules(self) -> Rules:
        row = self._ask(self.client.get_instruments_info, **PAIR)["list"][0]
        lot = row["lotSizeFilter"]
        return Rules(
            Decimal(row["priceFilter"]["tickSize"]),
            Decimal(lot["basePrecision"]),
            Decimal(lot["minOrderQty"]),
            Decimal(lot["minOrderAmt"]),
        )

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._ask(self.client.get_tickers, **PAIR)["list"][0]
        return Decimal(row["bid1Price"]), Decimal(row["ask1Price"])

    def candles(self) -> Sequence[Candle]:
        rows = self._ask(self.client.get_kline, **PAIR, interval="1", limit=10)["list"]
        return [Candle(int(row[0]), *(Decimal(part) for part in row[1:5])) for row in reversed(rows)]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._ask(self.client.get_orderbook, **PAIR, limit=20)
        return [Decimal(row[0]) for row in found["b"]], [Decimal(row[0]) for row in found["a"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Ask for two coins at once, as the documents allow."""
        found = self._ask(self.client.get_wallet_balance, accountType="UNIFIED", coin="USDT,BTC")["list"][0]["coin"]
        rows = [(row["coin"], Decimal(row["walletBalance"]), Decimal(row["locked"])) for row in found]
        return {coin: (total - locked, locked) for coin, total, locked in rows}

    def rights(self) -> set[str]:
        told = self._ask(self.client.get_api_key_information)
        boxes = {(group, word) for group, words in told["permissions"].items() for word in words}
        return {"read"} | {ours for theirs, ours in RIGHTS.items() if theirs in boxes and not told["readOnly"]}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {**PAIR, "side": wish.side.capitalize(), "qty": str(wish.cost or wish.amount)}
        sent |= {"orderLinkId": wish.own_id} if wish.own_id else {}
        if wish.price is None:
            sent["orderType"] = "Market"
        else:
            lifetime = "PostOnly" if wish.lifetime == "PO" else wish.lifetime
            sent |= {"orderType": "Limit", "price": str(wish.price), "timeInForce": lifetime}
        return str(self._ask(self.client.place_order, **sent)["orderId"])

    def place_unknown_pair(self) -> None:
        self._ask(
            self.client.place_order, category="spot", symbol="NOSUCHUSDT", side="Buy", orderType="Market", qty="10"
        )

    def find(self, identity: str) -> Order:
        return self._one(orderId=identity)

    def find_own(self, own_id: str) -> Order:
        return self._one(orderLinkId=own_id)

    def _one(self, **named: str) -> Order:
        """Look where open and lately closed orders are, then into the history; what is in neither is unknown."""
        for call in (self.client.get_open_orders, self.client.get_order_history):
            if rows := self._ask(call, **PAIR, **named)["list"]:
                return _order(rows[0])
        raise RefusedError(170213, "in no list")

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.get_open_orders, **PAIR)["list"]]

    def cancel(self, identity: str) -> None:
        self._ask(self.client.cancel_order, **PAIR, orderId=identity)

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.client.get_executions, **PAIR, orderId=identity)["list"]]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.client.get_order_history, **PAIR)["list"]]


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        id=row["orderId"],
        own_id=row["orderLinkId"],
        side=row["side"].lower(),
        state=STATES[row["orderStatus"]],
        filled=Decimal(row["cumExecQty"]),
        amount=Decimal(row["qty"]),
        price=Decimal(row["price"]),
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    fee = Decimal(row["execFee"]), row["feeCurrency"]
    return Fill(row["orderId"], Decimal(row["execPrice"]), Decimal(row["execQty"]), *fee)
