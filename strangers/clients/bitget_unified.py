"""typed-bitget once more, with an account of the unified kind: the only one that Bitget opens since May 2026."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from typed_bitget.core.auth import Credentials
from typed_bitget.core.transport.http import HttpRpcClient
from typed_bitget.uta import Uta
from typed_core.exceptions import ApiError

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR, CATEGORY = "BTCUSDT", "SPOT"
STATES = {"live": "open", "new": "open", "partially_filled": "open", "filled": "filled", "cancelled": "cancelled"}
FORCES = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok", "PO": "post_only"}


class Stranger(shapes.Stranger):
    slug = "bitget"
    sdk = "typed-bitget"
    pointed = "base_url option of its HTTP client"
    traits = {"kind": "unified"}
    words = {
        "read": ("uta_mgt", "uta_trade", "read_only"),
        "read trade": ("uta_mgt", "uta_trade"),
        "read trade withdraw": ("uta_mgt", "uta_trade", "withdraw"),
    }
    refusals = {
        "funds": "25202",
        "minimum": "25207",
        "price_precision": "25610|40808",
        "amount_precision": "25610|25611|40808",
        "band": "2520[56]",
        "unknown_order": "25204",
        "unknown_cancel": "25204",
        "unknown_pair": "25100",
        "used_id": "25212",
        "unknown_key": "40006",
        "wrong_secret": "40009",
        "wrong_passphrase": "40012",
        "clock": "40008",
        "ip": "40018",
        "right": "40014",
    }

    known = {"key rights": "Bitget writes the parent's number as a number, as recorded; the SDK wants a text"}

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.runner = asyncio.Runner()
        self.client = HttpRpcClient(base_url=address, credentials=Credentials(*keys))
        self.runner.run(self.client.__aenter__())
        self.api = Uta(client=self.client)

    def _ask(self, call: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.runner.run(call)
        except ApiError as error:
            raise RefusedError("", error) from error

    def time(self) -> int:
        return int(self._ask(self.api.market.server_time())["serverTime"].timestamp() * 1000)

    def rules(self) -> Rules:
        row = self._ask(self.api.market.instruments(CATEGORY, symbol=PAIR))[0]
        price, amount = (Decimal(1).scaleb(-row[name]) for name in ("pricePrecision", "quantityPrecision"))
        return Rules(price, amount, row["minOrderQty"], row["minOrderAmount"])

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._ask(self.api.market.tickers(CATEGORY, symbol=PAIR))[0]
        return row["bid1Price"], row["ask1Price"]

    def candles(self) -> Sequence[Candle]:
        rows = self._ask(self.api.market.candles.recent(CATEGORY, symbol=PAIR, interval="1m", limit=10))
        candles = [Candle(_millis(row[0]), *(Decimal(part) for part in row[1:5])) for row in rows]
        return sorted(candles)

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._ask(self.api.market.orderbook(CATEGORY, symbol=PAIR, limit=20))
        return [Decimal(str(row[0])) for row in found["b"]], [Decimal(str(row[0])) for row in found["a"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        return {
            row["coin"]: (row["available"], row["locked"]) for row in self._ask(self.api.account.assets())["assets"]
        }

    def rights(self) -> set[str]:
        told = self._ask(self.api.account.info())
        boxes = {"read"} | ({"trade"} if "uta_trade" in told["permissions"] else set())
        boxes |= {"withdraw"} if "withdraw" in told["permissions"] else set()
        return {"read"} if told["permType"] == "read_only" else boxes

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"category": CATEGORY, "symbol": PAIR, "side": wish.side}
        sent |= {"orderType": "market", "qty": str(wish.cost or wish.amount)}
        if wish.price is not None:
            sent |= {"orderType": "limit", "price": str(wish.price), "timeInForce": FORCES[wish.lifetime]}
        sent |= {"clientOid": wish.own_id} if wish.own_id else {}
        return str(self._ask(self.api.trade.order.place(sent))["orderId"])

    def place_unknown_pair(self) -> None:
        sent = {"category": CATEGORY, "symbol": "NOSUCHUSDT", "side": "buy", "orderType": "market", "qty": "10"}
        self._ask(self.api.trade.order.place(sent))

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.api.trade.order.info(order_id=identity)))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.api.trade.order.info(client_oid=own_id)))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.api.trade.order.unfilled(category=CATEGORY))["list"]]

    def cancel(self, identity: str) -> None:
        self._ask(self.api.trade.order.cancel(order_id=identity))

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.api.trade.order.fills(CATEGORY, order_id=identity))["list"]]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.api.trade.order.history(CATEGORY))["list"]]

    def close(self) -> None:
        self.runner.run(self.client.__aexit__(None, None, None))
        self.runner.close()


def _millis(at: Any) -> int:
    return int(at.timestamp() * 1000)


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        id=row["orderId"],
        own_id=row["clientOid"],
        side=row["side"],
        state=STATES[row["orderStatus"]],
        filled=Decimal(row["cumExecQty"]),
        amount=Decimal(row["qty"]),
        price=Decimal(row["price"]),
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    """Read the fee as version 3 writes it: above zero where it was paid."""
    fee = row["feeDetail"][0]
    return Fill(row["orderId"], row["execPrice"], row["execQty"], fee["fee"], fee["feeCoin"])
