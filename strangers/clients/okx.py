"""python-okx, OKX's own SDK."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI

from strangers import shapes
from strangers.shapes import Candle, Fill, Keys, Order, RefusedError, Rules, Wish

PAIR = "BTC-USDT"
REAL_MONEY = "0"
STATES = {
    "live": "open",
    "partially_filled": "open",
    "filled": "filled",
    "canceled": "cancelled",
    "mmp_canceled": "cancelled",
}
KINDS = {"GTC": "limit", "IOC": "ioc", "FOK": "fok", "PO": "post_only"}
RIGHTS = {"read_only": "read", "trade": "trade", "withdraw": "withdraw"}


class Stranger(shapes.Stranger):
    slug = "okx"
    sdk = "python-okx"
    pointed = "domain option"
    refusals = {
        "funds": "^51008 ",
        "minimum": "^51020 ",
        "price_precision": "^(51006|51121|51000) ",
        "amount_precision": "^(51121|51000) ",
        "band": "^51137 ",
        "unknown_order": "^51603 ",
        "unknown_cancel": "^51400 ",
        "unknown_pair": "^51001 ",
        "used_id": "^51016 ",
        "unknown_key": "^50119 ",
        "wrong_secret": "^50113 ",
        "wrong_passphrase": "^50105 ",
        "clock": "^50102 ",
        "ip": "^50110 ",
        "right": "^50120 ",
    }

    def __init__(self, address: str, keys: Keys) -> None:
        super().__init__(address, keys)
        self.common = {"flag": REAL_MONEY, "domain": address}
        self.signed = {"api_key": keys.api_key, "api_secret_key": keys.secret, "passphrase": keys.passphrase}

    @cached_property
    def trade(self) -> TradeAPI:
        return TradeAPI(**self.signed, **self.common)

    @cached_property
    def account(self) -> AccountAPI:
        return AccountAPI(**self.signed, **self.common)

    @cached_property
    def market(self) -> MarketAPI:
        return MarketAPI(**self.common)

    @cached_property
    def public(self) -> PublicAPI:
        return PublicAPI(**self.common)

    def _data(self, answer: Mapping[str, Any]) -> Any:
        """Return what an answer holds; a refusal stands in its envelope or in its row."""
        rows = answer.get("data") or [{}]
        if str(answer["code"]) != "0":
            told = rows[0] if isinstance(rows[0], dict) else {}
            raise RefusedError(told.get("sCode", answer["code"]), told.get("sMsg", answer["msg"]))
        return answer["data"]

    def time(self) -> int:
        return int(self._data(self.public.get_system_time())[0]["ts"])

    def rules(self) -> Rules:
        rows = self._data(self.public.get_instruments(instType="SPOT", instId=PAIR))
        if len(rows) != 1:
            raise shapes.DiffersError(f"{len(rows)} instruments instead of the one asked for")
        return Rules(*(Decimal(rows[0][name]) for name in ("tickSz", "lotSz", "minSz")))

    def ticker(self) -> tuple[Decimal, Decimal]:
        row = self._data(self.market.get_ticker(instId=PAIR))[0]
        return Decimal(row["bidPx"]), Decimal(row["askPx"])

    def candles(self) -> Sequence[Candle]:
        rows = self._data(self.market.get_candlesticks(instId=PAIR, bar="1m", limit="10"))
        return [Candle(int(row[0]), *(Decimal(part) for part in row[1:5])) for row in reversed(rows)]

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        found = self._data(self.market.get_orderbook(instId=PAIR, sz="20"))[0]
        return [Decimal(row[0]) for row in found["bids"]], [Decimal(row[0]) for row in found["asks"]]

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        rows = self._data(self.account.get_account_balance())[0]["details"]
        return {row["ccy"]: (Decimal(row["availBal"]), Decimal(row["frozenBal"])) for row in rows}

    def rights(self) -> set[str]:
        return {RIGHTS[word] for word in self._data(self.account.get_account_config())[0]["perm"].split(",")}

    def place(self, wish: Wish) -> str:
        sent: dict[str, Any] = {"instId": PAIR, "tdMode": "cash", "side": wish.side, "clOrdId": wish.own_id}
        if wish.price is None:
            sent |= {"ordType": "market", "sz": str(wish.cost or wish.amount)}
        else:
            sent |= {"ordType": KINDS[wish.lifetime], "sz": str(wish.amount), "px": str(wish.price)}
        return str(self._data(self.trade.place_order(**sent))[0]["ordId"])

    def place_unknown_pair(self) -> None:
        self._data(self.trade.place_order(instId="NO-SUCH", tdMode="cash", side="buy", ordType="market", sz="10"))

    def find(self, identity: str) -> Order:
        return _order(self._data(self.trade.get_order(instId=PAIR, ordId=identity))[0])

    def find_own(self, own_id: str) -> Order:
        return _order(self._data(self.trade.get_order(instId=PAIR, clOrdId=own_id))[0])

    def open_orders(self) -> Sequence[Order]:
        return [_order(row) for row in self._data(self.trade.get_order_list(instType="SPOT", instId=PAIR))]

    def cancel(self, identity: str) -> None:
        self._data(self.trade.cancel_order(instId=PAIR, ordId=identity))

    def fills(self, identity: str) -> Sequence[Fill]:
        return [_fill(row) for row in self._data(self.trade.get_fills(instType="SPOT", ordId=identity))]

    def history(self) -> Sequence[Order]:
        return [_order(row) for row in self._data(self.trade.get_orders_history(instType="SPOT", instId=PAIR))]

    def close(self) -> None:
        for name in ("trade", "account", "market", "public"):
            if name in vars(self):
                getattr(self, name).close()


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        id=row["ordId"],
        own_id=row["clOrdId"],
        side=row["side"],
        state=STATES[row["state"]],
        filled=Decimal(row["accFillSz"]),
        amount=Decimal(row["sz"]),
        price=Decimal(row["px"] or 0),
    )


def _fill(row: Mapping[str, Any]) -> Fill:
    """Read the fee as OKX writes it: below zero where it was paid."""
    return Fill(row["ordId"], Decimal(row["fillPx"]), Decimal(row["fillSz"]), -Decimal(row["fee"]), row["feeCcy"])
