"""How Coinbase spells rights and products, and its terms of trade."""

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

from practice.http.wire import Call
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, Terms
from practice.world.pairs import Pair, lots

VIEW, TRADE = ("can_view",), ("can_trade",)
FLAGS = ("can_view", "can_trade", "can_transfer")
V3 = "/api/v3/brokerage"
LONGEST_CURSOR = 9
# BTC as /products answered in a recording of 2026; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.00000001 0.00000001",
    "ETH/USDT 0.01 0.00000001 0.00000001",
    "SOL/USDT 0.01 0.00000001 0.00000001",
    "XRP/USDT 0.0001 0.000001 0.000001",
    "DOGE/USDT 0.00001 0.1 0.1",
    "BNB/USDT 0.01 0.00001 0.00001",
    "ADA/USDT 0.0001 0.00000001 0.00000001",
    "LTC/USDT 0.01 0.00000001 0.00000001",
    "LINK/USDT 0.001 0.01 0.01",
    "BTC/USDC 0.01 0.00000001 0.00000001",
    "ETH/USDC 0.01 0.00000001 0.00000001",
    "BTC/USD 0.01 0.00000001 0.00000001",
    "ETH/USD 0.01 0.00000001 0.00000001",
    "ETH/BTC 0.00001 0.00000001 0.00000001",
)
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in LOTS.values()}


def make_uuid(*parts: str | int) -> str:
    digest = blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


# How far a limit may be from the market is not documented.
# A client id that was used before places nothing and brings back its order: see trading.place_order.
TERMS = Terms(
    maker=Decimal("0.006"),
    taker=Decimal("0.012"),
    fee_in="quote",
    order_id=lambda n: make_uuid("coinbase order", n),
    pairs=LOTS,
    band=Band.against_haste("0.1"),
    refuses=("PO",),
)


def find_pair(product: str) -> Pair:
    if product not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, product)
    return PAIRS[product]


def page(call: Call, rows: list[Any], limit: int) -> tuple[list[Any], str]:
    """Return one page of rows and the cursor of the next, "" after the last."""
    most, cursor = call.whole("limit") or limit, call.params.get("cursor") or "0"
    if not cursor.isdecimal() or len(cursor) > LONGEST_CURSOR:
        raise RefusedError(Reason.BAD_PARAMETER, "cursor")
    end = int(cursor) + most
    return rows[int(cursor) : end], str(end) if end < len(rows) else ""


def iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
