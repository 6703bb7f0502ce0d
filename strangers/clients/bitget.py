"""typed-bitget, which holds every answer of Bitget against a model; here with an account of the classic kind."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from typed_bitget.classic import Classic
from typed_bitget.core.auth import Credentials
from typed_bitget.core.transport.http import HttpRpcClient
from typed_core.exceptions import ApiError

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR = "BTCUSDT"
STATES = {"live": "open", "partially_filled": "open", "filled": "filled", "cancelled": "cancelled"}
FORCES = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok", "PO": "post_only"}
RIGHTS = {"stor": "read", "stow": "trade", "wwow": "withdraw"}


class Stranger(shapes.Stranger):
    slug = "bitget"
    sdk = "typed-bitget"
    pointed = "base_url option of its HTTP client"
    refusals = {
        "funds": "43012",
        "minimum": "45110|45111",
        "price_precision": "40808",
        "amount_precision": "40808",
        "band": "43009",
        "unknown_order": "43001",
        "unknown_cancel": "43001",
        "unknown_pair": "40034",
        "used_id": "40786",
        "unknown_key": "40006",
        "wrong_secret": "40009",
        "wrong_passphrase": "40012",
        "clock": "40008",
        "ip": "40018",
        "right": "40014",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.runner = asyncio.Runner()
        self.client = HttpRpcClient(base_url=address, credentials=Credentials(*keys))
        self.runner.run(self.client.__aenter__())
        self.api = Classic(client=self.client)
        self.spot = self.api.spot

    def _ask(self, call: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.runner.run(call)
        except ApiError as error:
            raise RefusedError("", error) from error

    def time(self) -> int:
        return int(self._ask(self.api.common.time())["serverTime"].timestamp() * 1000)

    def rules(self) -> Rules:
        row = self._ask(self.spot.symbols(PAIR))[0]
        price, amount = (Decimal(1).scaleb(-row[name]) for name in ("pricePrecision", "quantityPrecision"))
        return Rules(price, amount, row["minTradeAmount"], row["minTradeUSDT"])

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._ask(self.spot.tickers(PAIR))[0]
        return Decimal(row["bidPr"]), Decimal(row["askPr"])

    def candles(self) -> Sequence[Candle]:
        rows = self._ask(self.spot.candles(symbol=PAIR, granularity="1min", limit=10))
        return [Candle(_millis(row[0]), *(Decimal(part) for part in row[1:5])) for row in rows]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._ask(self.spot.orderbook(symbol=PAIR, limit=20))
        return [row[0] for row in found["bids"]], [row[0] for row in found["asks"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        return {row["coin"]: (row["available"], row["frozen"]) for row in self._ask(self.spot.account.assets())}

    def rights(self) -> set[str]:
        told = {RIGHTS[word] for word in self._ask(self.spot.account.info())["authorities"]}
        return told | ({"read"} if "trade" in told else set())

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"symbol": PAIR, "side": wish.side, "force": FORCES[wish.lifetime]}
        sent |= {"orderType": "market", "size": str(wish.cost or wish.amount)}
        sent |= {"orderType": "limit", "price": str(wish.price)} if wish.price is not None else {}
        sent |= {"clientOid": wish.own_id} if wish.own_id else {}
        return str(self._ask(self.spot.order.place(sent))["orderId"])

    def place_unknown_pair(self) -> None:
        sent = {"symbol": "NOSUCHUSDT", "side": "buy", "orderType": "market", "force": "gtc", "size": "10"}
        self._ask(self.spot.order.place(sent))

    def find(self, identity: str) -> Order:
        return self._one(order_id=identity)

    def find_own(self, own_id: str) -> Order:
        return self._one(client_oid=own_id)

    def _one(self, **named: str) -> Order:
        """An order that does not exist is an empty list here."""
        rows = self._ask(self.spot.order.info(**named))
        if not rows:
            raise RefusedError(43001, "an empty list")
        return _order(rows[0], rows[0]["price"])

    def open_orders(self) -> Sequence[Order]:
        return [_order(row, Decimal(row["priceAvg"])) for row in self._ask(self.spot.order.open(symbol=PAIR))]

    def cancel(self, identity: str) -> None:
        self._ask(self.spot.order.cancel(symbol=PAIR, order_id=identity))

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.spot.order.fills(symbol=PAIR, order_id=identity))]

    def history(self) -> Sequence[Order]:
        return [_order(row, row["price"]) for row in self._ask(self.spot.order.history(symbol=PAIR))]

    def close(self) -> None:
        self.runner.run(self.client.__aexit__(None, None, None))
        self.runner.close()


def _millis(at: Any) -> int:
    return int(at.timestamp() * 1000)


def _order(row: Mapping[str, Any], price: Decimal) -> Order:
    return Order(
        id=row["orderId"],
        own_id=row["clientOid"],
        side=row["side"],
        state=STATES[row["status"]],
        filled=Decimal(row["baseVolume"]),
        amount=Decimal(row["size"]),
        price=price,
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    """Read the fee as Bitget writes it: below zero where it was paid."""
    fee = row["feeDetail"]
    return Fill(
        row["orderId"], Decimal(row["priceAvg"]), Decimal(row["size"]), -Decimal(fee["totalFee"]), fee["feeCoin"]
    )
