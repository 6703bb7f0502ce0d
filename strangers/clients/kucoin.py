"""kucoin-universal-sdk, KuCoin's own, which reads every answer into a model."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from time import time
from typing import Any
from uuid import uuid4

from kucoin_universal_sdk.api import DefaultClient
from kucoin_universal_sdk.generate.account.account import GetSpotAccountListReqBuilder
from kucoin_universal_sdk.generate.spot.market import (
    GetKlinesReq,
    GetKlinesReqBuilder,
    GetPartOrderBookReqBuilder,
    GetSymbolReqBuilder,
    GetTickerReqBuilder,
)
from kucoin_universal_sdk.generate.spot.order import (
    AddOrderReq,
    AddOrderReqBuilder,
    CancelOrderByOrderIdReqBuilder,
    GetClosedOrdersReqBuilder,
    GetOpenOrdersReqBuilder,
    GetOrderByClientOidReqBuilder,
    GetOrderByOrderIdReqBuilder,
    GetTradeHistoryReqBuilder,
)
from kucoin_universal_sdk.model import ClientOptionBuilder, TransportOptionBuilder
from kucoin_universal_sdk.model.common import RestError

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR = "BTC-USDT"
RIGHTS = {"General": "read", "Spot": "trade", "Transfer": "withdraw"}
MINUTES_SHOWN = 600


class Stranger(shapes.Stranger):
    slug = "kucoin"
    sdk = "kucoin-universal-sdk"
    pointed = "spot endpoint option"
    too_small = Decimal("0.000001")
    refusals = {
        "funds": "200004.*Balance insufficient",
        "minimum": "400100",
        "price_precision": "600100.*[Pp]rice increment",
        "amount_precision": "600100.*[Ss]ize increment",
        "band": "400370",
        "unknown_order": "100001|400100",
        "unknown_cancel": "order_not_exist_or_not_allow_to_cancel",
        "unknown_pair": "900001",
        "used_id": "400100|102426",
        "unknown_key": "400003",
        "wrong_secret": "400004|400005",
        "wrong_passphrase": "400004",
        "clock": "400002",
        "ip": "400006",
        "right": "400007",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        options = ClientOptionBuilder().set_key(keys.api_key).set_secret(keys.secret).set_passphrase(keys.passphrase)
        options = options.set_spot_endpoint(address).set_futures_endpoint(address).set_broker_endpoint(address)
        options = options.set_transport_option(TransportOptionBuilder().build())
        rest = DefaultClient(options.build()).rest_service()
        self.service = rest
        self.orders, self.market = (
            rest.get_spot_service().get_order_api(),
            rest.get_spot_service().get_market_api(),
        )
        self.account = rest.get_account_service().get_account_api()

    def _ask(self, call: Callable[..., Any], *sent: Any) -> Any:
        try:
            return call(*sent)
        except RestError as error:
            told = error.get_common_response()
            raise RefusedError(told.code if told else "", told.message if told else error.msg) from error

    def time(self) -> int:
        return int(self._ask(self.market.get_server_time).data)

    def rules(self) -> Rules:
        row = self._ask(self.market.get_symbol, GetSymbolReqBuilder().set_symbol(PAIR).build())
        numbers = (row.price_increment, row.base_increment, row.base_min_size, row.min_funds)
        return Rules(*(Decimal(number) for number in numbers))

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._ask(self.market.get_ticker, GetTickerReqBuilder().set_symbol(PAIR).build())
        return Decimal(row.best_bid), Decimal(row.best_ask)

    def candles(self) -> Sequence[Candle]:
        now, minute = int(time()), GetKlinesReq.TypeEnum.T_1MIN
        asked = (
            GetKlinesReqBuilder().set_symbol(PAIR).set_type(minute).set_start_at(now - MINUTES_SHOWN).set_end_at(now)
        )
        rows = self._ask(self.market.get_klines, asked.build()).data
        return [_candle(row) for row in reversed(rows)]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        asked = GetPartOrderBookReqBuilder().set_symbol(PAIR).set_size("20").build()
        found = self._ask(self.market.get_part_order_book, asked)
        return [Decimal(row[0]) for row in found.bids], [Decimal(row[0]) for row in found.asks]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._ask(self.account.get_spot_account_list, GetSpotAccountListReqBuilder().build()).data
        return {row.currency: (Decimal(row.available), Decimal(row.holds)) for row in rows if row.type.value == "trade"}

    def rights(self) -> set[str]:
        return {RIGHTS[word] for word in self._ask(self.account.get_apikey_info).permission.split(",")}

    def place(self, wish: Wish) -> str:
        asked = AddOrderReqBuilder().set_symbol(PAIR).set_client_oid(wish.own_id or uuid4().hex)
        asked = asked.set_side(AddOrderReq.SideEnum(wish.side))
        asked = asked.set_funds(str(wish.cost)) if wish.cost else asked.set_size(str(wish.amount))
        if wish.price is None:
            asked = asked.set_type(AddOrderReq.TypeEnum.MARKET)
        else:
            asked = asked.set_type(AddOrderReq.TypeEnum.LIMIT).set_price(str(wish.price))
            is_maker = wish.lifetime == "PO"
            lifetime = AddOrderReq.TimeInForceEnum("GTC" if is_maker else wish.lifetime)
            asked = asked.set_time_in_force(lifetime).set_post_only(is_maker)
        return str(self._ask(self.orders.add_order, asked.build()).order_id)

    def place_unknown_pair(self) -> None:
        asked = AddOrderReqBuilder().set_symbol("NO-SUCH").set_client_oid(uuid4().hex).set_size("1")
        asked = asked.set_side(AddOrderReq.SideEnum.BUY).set_type(AddOrderReq.TypeEnum.MARKET)
        self._ask(self.orders.add_order, asked.build())

    def find(self, identity: str) -> Order:
        asked = GetOrderByOrderIdReqBuilder().set_symbol(PAIR).set_order_id(identity).build()
        return _order(self._ask(self.orders.get_order_by_order_id, asked))

    def find_own(self, own_id: str) -> Order:
        asked = GetOrderByClientOidReqBuilder().set_symbol(PAIR).set_client_oid(own_id).build()
        return _order(self._ask(self.orders.get_order_by_client_oid, asked))

    def open_orders(self) -> Sequence[Order]:
        rows = self._ask(self.orders.get_open_orders, GetOpenOrdersReqBuilder().set_symbol(PAIR).build()).data
        return [_order(row) for row in rows or []]

    def cancel(self, identity: str) -> None:
        asked = CancelOrderByOrderIdReqBuilder().set_symbol(PAIR).set_order_id(identity).build()
        self._ask(self.orders.cancel_order_by_order_id, asked)

    def fills(self, identity: str) -> Sequence[Fill]:
        asked = GetTradeHistoryReqBuilder().set_symbol(PAIR).set_order_id(identity).build()
        return [_fill(row) for row in self._ask(self.orders.get_trade_history, asked).items]

    def history(self) -> Sequence[Order]:
        asked = GetClosedOrdersReqBuilder().set_symbol(PAIR).build()
        return [_order(row) for row in self._ask(self.orders.get_closed_orders, asked).items]


def _candle(row: Sequence[str]) -> Candle:
    """Read KuCoin's own order: open, close, high, low."""
    first, last, high, low = (Decimal(part) for part in row[1:5])
    return Candle(int(row[0]) * 1000, first, high, low, last)


def _order(row: Any) -> Order:
    if row.id is None:
        raise shapes.DiffersError("the SDK could not read the order into its model")
    ended = "cancelled" if row.cancel_exist else "filled"
    return Order(
        id=row.id,
        own_id=row.client_oid,
        side=row.side.value,
        state="open" if row.active else ended,
        filled=Decimal(row.deal_size),
        amount=Decimal(row.size),
        price=Decimal(row.price),
    )


def _fill(row: Any) -> Fill:
    return Fill(row.order_id, Decimal(row.price), Decimal(row.size), Decimal(row.fee), row.fee_currency)
