"""gate-api, Gate's own client, generated from its specification."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import gate_api
from gate_api.exceptions import GateApiException

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR = "BTC_USDT"
STATES = {"open": "open", "closed": "filled", "cancelled": "cancelled"}
FORCES = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok", "PO": "poc"}
RIGHTS = {("spot", True): {"read"}, ("spot", False): {"read", "trade"}, ("withdraw", False): {"withdraw"}}


class Stranger(shapes.Stranger):
    slug = "gate"
    sdk = "gate-api"
    pointed = "host of its configuration"
    own_id = "t-{}"
    refusals = {
        "funds": "^BALANCE_NOT_ENOUGH ",
        "minimum": "^INVALID_PARAM_VALUE .*too small",
        "price_precision": "^INVALID_PRECISION ",
        "amount_precision": "^INVALID_PRECISION ",
        "band": "^PRICE_TOO_DEVIATED ",
        "post_only": "^POC_FILL_IMMEDIATELY ",
        "fok": "^FOK_NOT_FILL ",
        "unknown_order": "^ORDER_NOT_FOUND ",
        "unknown_cancel": "^ORDER_NOT_FOUND ",
        "unknown_pair": "^INVALID_CURRENCY_PAIR ",
        "unknown_key": "^INVALID_KEY ",
        "wrong_secret": "^INVALID_SIGNATURE ",
        "clock": "^REQUEST_EXPIRED ",
        "ip": "^FORBIDDEN Request IP not in whitelist",
        "right": "^READ_ONLY |^FORBIDDEN .*permission",
    }
    lacks = {
        "no: used id": "Gate takes both orders and lets the later one have the id (gateapi-go#41)",
        "no: passphrase": "Gate has none",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        settings = gate_api.Configuration(host=f"{address}/api/v4", key=keys.api_key, secret=keys.secret)
        self.client = gate_api.ApiClient(settings)
        self.spot = gate_api.SpotApi(self.client)

    def _ask(self, call: Callable[..., Any], *args: Any, **sent: Any) -> Any:
        try:
            return call(*args, **sent)
        except GateApiException as error:
            raise RefusedError(error.label, error.message) from error

    def time(self) -> int:
        return int(self.spot.get_system_time().server_time)

    def rules(self) -> Rules:
        row = self.spot.get_currency_pair(PAIR)
        price, amount = (Decimal(1).scaleb(-places) for places in (row.precision, row.amount_precision))
        return Rules(price, amount, Decimal(row.min_base_amount), Decimal(row.min_quote_amount))

    def ticker(self) -> tuple[Decimal, Decimal]:
        (row,) = self.spot.list_tickers(currency_pair=PAIR)
        return Decimal(row.highest_bid), Decimal(row.lowest_ask)

    def candles(self) -> Sequence[Candle]:
        rows = self.spot.list_candlesticks(PAIR, interval="1m", limit=10)
        return [Candle(int(row[0]) * 1000, *(Decimal(row[at]) for at in (5, 3, 4, 2))) for row in rows]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self.spot.list_order_book(PAIR, limit=20)
        return [Decimal(row[0]) for row in found.bids], [Decimal(row[0]) for row in found.asks]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.spot.list_spot_accounts)
        return {row.currency: (Decimal(row.available), Decimal(row.locked)) for row in rows}

    def rights(self) -> set[str]:
        """Read the answer as it came: the SDK's model is one object, Gate's documents and answers are a list."""
        raw = self._ask(gate_api.AccountApi(self.client).get_account_main_keys, _preload_content=False)
        (mine,) = (row for row in json.loads(raw.data) if self.keys.api_key.startswith(row["key"].rstrip("*")))
        told = [RIGHTS.get((row["name"], row["read_only"]), set()) for row in mine["perms"]]
        return {right for rights in told for right in rights}

    def place(self, wish: Wish) -> str:
        order = gate_api.Order(
            currency_pair=PAIR,
            type="market" if wish.is_market else "limit",
            side=wish.side,
            amount=str(wish.cost or wish.amount),
            price=None if wish.price is None else str(wish.price),
            time_in_force="ioc" if wish.is_market else FORCES[wish.lifetime],
            text=wish.own_id or None,
        )
        return str(self._ask(self.spot.create_order, order).id)

    def place_unknown_pair(self) -> None:
        order = gate_api.Order(currency_pair="NOSUCH_USDT", side="buy", amount="1", price="1", time_in_force="gtc")
        self._ask(self.spot.create_order, order)

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.spot.get_order, identity, PAIR))

    def find_own(self, own_id: str) -> Order:
        return self.find(own_id)

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.spot.list_orders, PAIR, "open")]

    def cancel(self, identity: str) -> None:
        self._ask(self.spot.cancel_order, identity, PAIR)

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.spot.list_my_trades, currency_pair=PAIR, order_id=identity)]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.spot.list_orders, PAIR, "finished")]

    def close(self) -> None:
        self.client.close()


def _order(row: Any) -> Order:
    return Order(
        id=str(row.id),
        own_id=row.text,
        side=row.side,
        state=STATES[row.status],
        filled=Decimal(row.filled_amount),
        amount=Decimal(row.amount),
        price=Decimal(row.price),
    )


def _fill(row: Any) -> Fill:
    return Fill(row.order_id, Decimal(row.price), Decimal(row.amount), Decimal(row.fee), row.fee_currency)
