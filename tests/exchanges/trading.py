"""One trader with money and a key of its own at one practice exchange, who uses the desk as a bot does."""

import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.values import Credentials, NewOrder, OrderReport, OrderSide, TradeFill
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import LOOP
from tests.exchanges.asking import FIELDS, location_at
from tests.practice.rig import Rig, rights_of

SLUGS = [spec.slug for spec in registry.ALL]
# Where one exchange has accounts of two kinds, with an API each: slug and kind, as the practice exchange names it.
WALKS = [*SLUGS, "bitget unified"]
# Asked once for a key before its first order: they must know which account or which kind of account it is.
PREFACED = {spec.slug for spec in registry.ALL if spec.trading.preface}
PAIR = "BTC/USDT"
MONEY = {"USDT": "10000", "BTC": "1"}
T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return LOOP.submit(coroutine).result(30)


def new_order(**changes: Any) -> NewOrder:
    """Return a buy that rests far below the market, with changes."""
    given: dict[str, Any] = {
        "side": OrderSide.BUY,
        "quantity": "0.01",
        "price": "40000",
        "is_immediate": False,
        "pair": PAIR,
    }
    given |= {"client_id": "bf" + uuid.uuid4().hex[:22], **changes}
    return NewOrder(**{**given, **{name: Decimal(given[name]) for name in ("quantity", "price")}})


@dataclass
class Trader:
    rig: Rig
    slug: str
    account: str
    credentials: Credentials
    desk: Desk
    kind: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(tz=UTC))

    def place(self, order: NewOrder, *, seconds: float = 5) -> OrderReport:
        return run(self.desk.place(self.credentials, order, not_after=time.monotonic() + seconds))

    def find(self, order: NewOrder, exchange_id: str = "") -> OrderReport | None:
        asked: dict[str, Any] = {"pair": order.pair, "client_id": order.client_id, "since": self.began}
        asked["exchange_id"] = exchange_id
        return run(self.desk.find(self.credentials, **asked))

    def found(self, order: NewOrder, exchange_id: str = "") -> OrderReport:
        report = self.find(order, exchange_id)
        assert report is not None
        return report

    def fills(self, exchange_id: str) -> list[TradeFill]:
        return run(self.desk.fills(self.credentials, pair=PAIR, exchange_id=exchange_id, since=self.began))

    def cancel(self, order: NewOrder, exchange_id: str = "") -> None:
        asked = {"pair": order.pair, "client_id": order.client_id, "exchange_id": exchange_id}
        run(self.desk.cancel(self.credentials, **asked))

    def journal(self, order: NewOrder) -> list[dict[str, Any]]:
        """Return what the practice exchange accepted under this client id, whatever stands before it there."""
        rows = self.rig.control("GET", f"journal?account={self.account}")["orders"]
        return [row for row in rows if row["client_id"].endswith(order.client_id)]

    def requests(self, **wanted: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in {"slug": self.slug, **wanted}.items())
        rows: list[dict[str, Any]] = self.rig.control("GET", f"requests?{query}")["requests"]
        return rows

    def creates(self) -> list[dict[str, Any]]:
        return self.requests(method="POST")

    def pin(self, price: str = "50000", liquidity: str = "1000") -> None:
        """Set the price, and all that the book holds, at one price on each side."""
        self.rig.control("POST", "price", pair=PAIR, price=price, liquidity=liquidity, levels=1)


def make_trader(rig: Rig, slug: str, kind: str = "", **key: Any) -> Trader:
    account = rig.new_account(slug, kind, balances={"spot": MONEY})["id"]
    keys = rig.new_key(slug, account=account, **rights_of(slug, kind, key.pop("grants", ["read", "trade"])), **key)
    credentials = Credentials(**{name: keys[name] for name in FIELDS if name in keys})
    return Trader(rig, slug, account, credentials, Desk(Lender(registry.get(slug), location_at(rig.base, slug))), kind)
