"""coinbase-advanced-py, Coinbase's own client."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from coinbase.rest import RESTClient
from requests.exceptions import HTTPError

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PRODUCT = "BTC-USDT"
STATES = {"PENDING": "open", "OPEN": "open", "FILLED": "filled", "CANCELLED": "cancelled", "EXPIRED": "cancelled"}
RIGHTS = {"can_view": "read", "can_trade": "trade", "can_transfer": "withdraw"}
OVER = ["FILLED", "CANCELLED", "EXPIRED", "FAILED"]
ONE_WORD = "^401 .*Unauthorized"


class Stranger(shapes.Stranger):
    slug = "coinbase"
    sdk = "coinbase-advanced-py"
    pointed = "base_url of the client, which speaks TLS alone"
    wants_tls = True
    # A taker pays 1.2 %, also out of what a market buy may cost.
    most_fee = Decimal("0.015")
    refusals = {
        "funds": "^INSUFFICIENT_FUND PREVIEW_INSUFFICIENT_FUND",
        "minimum": " PREVIEW_INVALID_(BASE|QUOTE)_SIZE_TOO_SMALL",
        "price_precision": "^INVALID_PRICE_PRECISION PREVIEW_INVALID_PRICE_PRECISION",
        "amount_precision": "^INVALID_SIZE_PRECISION PREVIEW_INVALID_SIZE_PRECISION",
        "band": "LIMIT_PRICE",
        "post_only": "INVALID_LIMIT_PRICE_POST_ONLY",
        "unknown_order": "^404 .*NOT_FOUND",
        "unknown_cancel": "^UNKNOWN_CANCEL_ORDER ",
        "unknown_pair": "^400 .*INVALID_ARGUMENT",
        "unknown_key": ONE_WORD,
        "wrong_secret": ONE_WORD,
        "clock": ONE_WORD,
        "ip": ONE_WORD,
        "right": "^403 .*PERMISSION_DENIED",
    }
    lacks = {
        "no: used id": "Coinbase answers with the order that has it, and places nothing",
        "no: passphrase": "Coinbase has none",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.client = RESTClient(keys.api_key, keys.secret, base_url=address.removeprefix("https://"))

    def _ask(self, call: Callable[..., Any], *args: Any, **sent: Any) -> Any:
        try:
            return call(*args, **sent).to_dict()
        except HTTPError as error:
            answer: Any = error.response
            raise RefusedError(answer.status_code, f"{answer.reason} {answer.text}") from error

    def time(self) -> int:
        return int(self._ask(self.client.get_unix_time)["epoch_millis"])

    def rules(self) -> Rules:
        row = self._ask(self.client.get_public_product, PRODUCT)
        names = ("price_increment", "base_increment", "base_min_size", "quote_min_size")
        return Rules(*(Decimal(row[name]) for name in names))

    def ticker(self) -> tuple[Decimal, Decimal]:
        (book,) = self._ask(self.client.get_best_bid_ask, [PRODUCT])["pricebooks"]
        return Decimal(book["bids"][0]["price"]), Decimal(book["asks"][0]["price"])

    def candles(self) -> Sequence[Candle]:
        now = self.time() // 1000
        rows = self._ask(self.client.get_public_candles, PRODUCT, str(now - 600), str(now), "ONE_MINUTE")["candles"]
        names = ("open", "high", "low", "close")
        return [Candle(int(row["start"]) * 1000, *(Decimal(row[name]) for name in names)) for row in reversed(rows)]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._ask(self.client.get_public_product_book, PRODUCT, 20)["pricebook"]
        return [Decimal(row["price"]) for row in found["bids"]], [Decimal(row["price"]) for row in found["asks"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.client.get_accounts, limit=250)["accounts"]
        return {
            row["currency"]: (Decimal(row["available_balance"]["value"]), Decimal(row["hold"]["value"])) for row in rows
        }

    def rights(self) -> set[str]:
        told = self._ask(self.client.get_api_key_permissions)
        return {ours for theirs, ours in RIGHTS.items() if told[theirs]}

    def place(self, wish: Wish) -> str:
        return self._place(PRODUCT, wish.side, _configuration(wish), wish.own_id or secrets.token_hex(8))

    def place_unknown_pair(self) -> None:
        self._place("NOSUCH-USDT", "buy", {"market_market_ioc": {"quote_size": "10"}}, secrets.token_hex(8))

    def _place(self, product: str, side: str, configuration: dict[str, Any], own_id: str) -> str:
        told = self._ask(self.client.create_order, own_id, product, side.upper(), configuration)
        if not told["success"]:
            wrong = told["error_response"]
            raise RefusedError(wrong["error"], f"{wrong['preview_failure_reason']} {wrong['message']}")
        return str(told["success_response"]["order_id"])

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.client.get_order, identity)["order"])

    def find_own(self, own_id: str) -> Order:
        """Look among the open ones and among the others, which cannot be asked for together."""
        found = chain(self.open_orders(), self.history())
        return next(order for order in found if order.own_id == own_id)

    def open_orders(self) -> Sequence[Order]:
        return self._orders(["OPEN"])

    def history(self) -> Sequence[Order]:
        return self._orders(OVER)

    def _orders(self, statuses: list[str]) -> Sequence[Order]:
        told = self._ask(self.client.list_orders, product_ids=[PRODUCT, "ETH-USDT"], order_status=statuses)
        return [_order(row) for row in told["orders"]]

    def cancel(self, identity: str) -> None:
        (told,) = self._ask(self.client.cancel_orders, [identity])["results"]
        if not told["success"]:
            raise RefusedError(told["failure_reason"], "")

    def fills(self, identity: str) -> Sequence[Fill]:
        told = self._ask(self.client.get_fills, order_ids=[identity, "00000000-0000-0000-0000-000000000000"])
        return [_fill(row) for row in told["fills"]]

    def close(self) -> None:
        self.client.session.close()


def _configuration(wish: Wish) -> dict[str, Any]:
    if wish.price is None:
        return {"market_market_ioc": {"quote_size": str(wish.cost)} if wish.cost else {"base_size": str(wish.amount)}}
    sizes: dict[str, Any] = {"base_size": str(wish.amount), "limit_price": str(wish.price)}
    if wish.lifetime in ("GTC", "PO"):
        return {"limit_limit_gtc": {**sizes, "post_only": wish.lifetime == "PO"}}
    return {"sor_limit_ioc" if wish.lifetime == "IOC" else "limit_limit_fok": sizes}


def _order(row: Mapping[str, Any]) -> Order:
    (sizes,) = row["order_configuration"].values()
    return Order(
        id=row["order_id"],
        own_id=row["client_order_id"],
        side=row["side"].lower(),
        state=STATES[row["status"]],
        filled=Decimal(row["filled_size"]),
        amount=Decimal(sizes["base_size"]) if "base_size" in sizes else None,
        price=Decimal(sizes["limit_price"]) if "limit_price" in sizes else None,
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    fee = Decimal(row["commission"]), row["product_id"].partition("-")[2]
    return Fill(row["order_id"], Decimal(row["price"]), Decimal(row["size"]), *fee)
