"""huobi-sdk-hash-7, HTX's own client as others keep it: the original of 2020 reads no answer since Python 3.9."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from huobi.client.account import AccountClient
from huobi.client.generic import GenericClient
from huobi.client.market import MarketClient
from huobi.client.subuser import SubuserClient
from huobi.client.trade import TradeClient
from huobi.exception.huobi_api_exception import HuobiApiException

from strangers import shapes
from strangers.shapes import ZERO, Candle, Fill, Keys, Order, RefusedError, Rules, Wish

SYMBOL = "btcusdt"
STATES = {
    "submitted": "open",
    "partial-filled": "open",
    "filled": "filled",
    "partial-canceled": "cancelled",
    "canceled": "cancelled",
}
KINDS = {"GTC": "limit", "IOC": "ioc", "FOK": "limit-fok", "PO": "limit-maker"}
RIGHTS = {"readOnly": "read", "trade": "trade", "withdraw": "withdraw"}


class Stranger(shapes.Stranger):
    slug = "htx"
    sdk = "huobi-sdk-hash-7"
    pointed = "url of its clients"
    refusals = {
        "funds": "account-frozen-balance-insufficient-error",
        "minimum": "order-(value|limitorder-amount)-min-error",
        "price_precision": "order-orderprice-precision-error",
        "amount_precision": "order-orderamount-precision-error",
        "band": "order-limitorder-price-(buy-)?max-error",
        "unknown_order": "base-record-invalid",
        "unknown_cancel": "base-record-invalid",
        "unknown_pair": "base-symbol-error",
        "used_id": "invalid-client-order-id",
        "unknown_key": "api-signature-not-valid: .*Incorrect Access key",
        "wrong_secret": "api-signature-not-valid: .*Verification failure",
        "clock": "api-signature-not-valid: .*submission time",
        "ip": "api-signature-not-valid: .*Incorrect IP address",
        "right": "api-signature-not-valid: .*no permission",
    }
    lacks = {"no: passphrase": "HTX has none"}
    # Its window is five minutes wide.
    too_late = 600_000

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        signed = {"url": address, "api_key": keys.api_key, "secret_key": keys.secret}
        self.generic, self.market = GenericClient(url=address), MarketClient(url=address)
        self.accounts, self.trades = AccountClient(**signed), TradeClient(**signed)
        self.users = SubuserClient(**signed)

    def _ask(self, call: Callable[..., Any], *args: Any, **sent: Any) -> Any:
        try:
            return call(*args, **sent)
        except HuobiApiException as error:
            raise RefusedError("", error.error_message) from error

    def _account(self) -> int:
        return int(self._ask(self.accounts.get_accounts)[0].id)

    def time(self) -> int:
        return int(self.generic.get_exchange_timestamp())

    def rules(self) -> Rules:
        (row,) = (row for row in self.generic.get_exchange_symbols() if row.symbol == SYMBOL)
        price, amount = (Decimal(1).scaleb(-places) for places in (row.price_precision, row.amount_precision))
        least = Decimal(str(row.limit_order_min_order_amt))
        return Rules(price, amount, least, Decimal(str(row.min_order_value)))

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self.market.get_market_detail_merged(SYMBOL)
        return Decimal(str(row.bid[0])), Decimal(str(row.ask[0]))

    def candles(self) -> Sequence[Candle]:
        rows = self.market.get_candlestick(SYMBOL, "1min", 10)
        return [
            Candle(row.id * 1000, *(Decimal(str(part)) for part in (row.open, row.high, row.low, row.close)))
            for row in reversed(rows)
        ]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self.market.get_pricedepth(SYMBOL, "step0", 20)
        return [Decimal(str(row.price)) for row in found.bids], [Decimal(str(row.price)) for row in found.asks]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        parts: dict[str, dict[str, Decimal]] = {}
        for row in self._ask(self.accounts.get_balance, self._account()):
            parts.setdefault(row.currency.upper(), {})[row.type] = Decimal(row.balance)
        return {coin: (rows.get("trade", ZERO), rows.get("frozen", ZERO)) for coin, rows in parts.items()}

    def rights(self) -> set[str]:
        uid = self._ask(self.users.get_uid)
        (mine,) = self._ask(self.users.get_user_apikey_info, str(uid), self.keys.api_key)
        return {RIGHTS[word] for word in mine.permission.split(",")}

    def place(self, wish: Wish) -> str:
        kind = "market" if wish.is_market else KINDS[wish.lifetime]
        amount, price = str(wish.cost or wish.amount), None if wish.price is None else str(wish.price)
        sent = (SYMBOL, self._account(), f"{wish.side}-{kind}", amount, price)
        return str(self._ask(self.trades.create_spot_order, *sent, client_order_id=wish.own_id or None))

    def place_unknown_pair(self) -> None:
        self._ask(self.trades.create_spot_order, "nosuchusdt", self._account(), "buy-market", "10", None)

    def find(self, identity: str) -> Order:
        return _order(self._ask(self.trades.get_order, identity))

    def find_own(self, own_id: str) -> Order:
        return _order(self._ask(self.trades.get_order_by_client_order_id, own_id))

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.trades.get_open_orders, SYMBOL, self._account())]

    def cancel(self, identity: str) -> None:
        self._ask(self.trades.cancel_order, SYMBOL, identity)

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._ask(self.trades.get_match_results_by_order_id, identity)]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._ask(self.trades.get_history_orders, SYMBOL)]


def _order(row: Any) -> Order:
    return Order(
        id=str(row.id),
        own_id=row.client_order_id,
        side=row.type.partition("-")[0],
        state=STATES[row.state],
        filled=Decimal(row.filled_amount),
        amount=Decimal(row.amount),
        price=Decimal(row.price),
    )


def _fill(row: Any) -> Fill:
    fee = Decimal(row.filled_fees), row.fee_currency.upper()
    return Fill(str(row.order_id), Decimal(row.price), Decimal(row.filled_amount), *fee)
