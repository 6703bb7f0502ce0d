"""A plain ccxt instance, with only its base URL changed, reads right values from every dialect."""

import asyncio
from typing import Any

import pytest

from practice.dialects import ALL
from tests.practice.rig import Rig, make_ccxt, milliseconds

SLUGS = [dialect.slug for dialect in ALL]
# It has no futures under the same key.
SPOT_ONLY = {"coinbase"}
KINDS = [(slug, kind) for slug in SLUGS for kind in ("spot", "swap") if kind == "spot" or slug not in SPOT_ONLY]
SYMBOL = {"spot": "BTC/USDT", "swap": "BTC/USDT:USDT"}
MONEY: dict[str, dict[str, float]] = {"spot": {"USDT": 10_000, "BTC": 0.5, "ETH": 5}, "swap": {"USDT": 1_000}}
# One trading account pays for spot and futures alike.
ONE_PURSE = {"bybit", "okx"}


def read(exchange: Any, symbol: str) -> dict[str, Any]:
    return {
        "time": exchange.fetch_time(),
        "markets": exchange.load_markets(),
        "balance": exchange.fetch_balance(),
        "orders": exchange.fetch_open_orders(symbol),
    }


async def read_async(exchange: Any, symbol: str) -> dict[str, Any]:
    try:
        return {
            "time": await exchange.fetch_time(),
            "markets": await exchange.load_markets(),
            "balance": await exchange.fetch_balance(),
            "orders": await exchange.fetch_open_orders(symbol),
        }
    finally:
        await exchange.close()


def money_of(slug: str, kind: str) -> dict[str, float]:
    return MONEY["spot" if slug in ONE_PURSE else kind]


def assert_right(found: dict[str, Any], kind: str, slug: str) -> None:
    assert abs(found["time"] - milliseconds()) < 2_000
    assert {"BTC/USDT", "ETH/USDT"} <= set(found["markets"])
    assert slug in SPOT_ONLY or "BTC/USDT:USDT" in found["markets"]
    assert found["markets"][SYMBOL[kind]]["active"]
    expected = money_of(slug, kind)
    assert {asset: found["balance"]["free"].get(asset) for asset in expected} == expected
    assert found["orders"] == []


@pytest.fixture
def keys(rig: Rig, request: pytest.FixtureRequest) -> Any:
    """Return a fresh key on a fresh account with known money."""

    def make(slug: str) -> Any:
        spot = {asset: str(amount) for asset, amount in MONEY["spot"].items()}
        account = rig.control("POST", "accounts", slug=slug, balances={"spot": spot, "futures": {"USDT": "1000"}})
        return rig.new_key(slug, account=account["id"], grants=["read", "trade", "futures", "ccxt"])

    return make


@pytest.mark.parametrize(("slug", "kind"), KINDS)
def test_it_reads_markets_balances_and_orders(rig: Rig, keys: Any, slug: str, kind: str) -> None:
    exchange = make_ccxt(rig, slug, keys(slug), kind=kind)

    assert_right(read(exchange, SYMBOL[kind]), kind, slug)


@pytest.mark.parametrize(("slug", "kind"), KINDS)
def test_it_reads_the_same_asynchronously(rig: Rig, keys: Any, slug: str, kind: str) -> None:
    credentials = keys(slug)

    async def main() -> dict[str, Any]:
        return await read_async(make_ccxt(rig, slug, credentials, kind=kind, is_async=True), SYMBOL[kind])

    assert_right(asyncio.run(main()), kind, slug)
