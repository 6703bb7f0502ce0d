"""A coin that cannot be read costs the bots on it their entries, nobody anything else; a foreign name costs nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from strategies.execution import reconcile
from strategies.models import Bot, Feed, Funds
from tests.accounts.factories import sign_in
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
# What each of these exchanges calls a coin that is traded there.
FOREIGN = {"binance": "币安人生", "bingx": "MØTH", "gate": "人生K线"}
BALANCES = "/api/v1/accounts"


@pytest.fixture
def traders(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]
) -> Iterator[Callable[[str], Trader]]:
    rig.control("DELETE", "price")
    yield lambda exchange: make_trading(rig, woken, exchange=exchange)
    rig.control("DELETE", "price")


def spoil(trading: Trader, **change: Any) -> Funds:
    """Let KuCoin tell balances otherwise from now on, and read them."""
    trading.show()
    trading.rig.fault("edit", slug="kucoin", path=BALANCES, body={"at": "data", **change})
    return read(trading)


def read(trading: Trader) -> Funds:
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    reconcile.reconcile(trading.bot.connection_id)
    return Funds.objects.get(connection=trading.bot.connection)


def account(coin: object, **changes: Any) -> dict[str, Any]:
    return {"id": "9", "currency": coin, "type": "trade", "balance": "7", "available": "7", "holds": "0", **changes}


@pytest.mark.parametrize("exchange", FOREIGN)
def test_a_coin_with_a_name_in_another_script_is_traded_like_any_other(
    traders: Callable[[str], Trader], exchange: str
) -> None:
    trading = traders(exchange)
    pair = f"{FOREIGN[exchange]}/USDT"
    trading.set(pairs_json=[pair], cool_down_minutes=0)
    price = trading.rig.control("GET", "price")[pair]
    trading.price(price, pair=pair)
    Feed.objects.update(looked_at=None)
    trading.watch()

    trading.signal("long", pair=pair.lower().replace("/", "-"))
    trading.look()
    bought = trading.group
    trading.signal("close", pair=pair)
    trading.watch()

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")], trading.reasons()
    assert (bought.pair, trading.group.mode) == (pair, "closed")
    assert FOREIGN[exchange] in Funds.objects.get().balances_json
    assert trading.wrong() == []


def test_a_bot_on_another_coin_goes_on_beside_an_odd_one(trading: Trader) -> None:
    funds = spoil(trading, add=[account("XRP", available="a lot"), account("a\u202eb"), account("币安人生")])

    trading.signal("long")
    trading.at("61500")

    assert (funds.odd.coins, funds.odd.nameless, funds.trouble) == (("XRP", "a\ufffdb"), 0, "")
    assert trading.orders() == [("entry", "filled"), ("exit", "filled")], trading.reasons()


def test_a_bot_on_an_odd_coin_opens_nothing_and_says_why(trading: Trader) -> None:
    trading.set(entry_source="immediate", re_entry_minutes=0)
    spoil(trading, add=[account("BTC", balance=None)])
    trading.watch()
    assert (trading.orders(), Bot.objects.get().entry_reasons_json) == ([], {"BTC/USDT": "coin.unreadable"})

    trading.show()
    read(trading)
    trading.watch()

    assert trading.orders() == [("entry", "filled")]
    assert Funds.objects.get().odd_json == {}


def test_a_bot_whose_money_cannot_be_read_opens_nothing(trading: Trader) -> None:
    spoil(trading, add=[account("USDT", available=[])])

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.orders()) == ("coin.unreadable", [])


def test_what_was_bought_is_sold_though_its_coin_cannot_be_read(trading: Trader) -> None:
    trading.signal("long")
    trading.set(cool_down_minutes=0)
    for _ in range(4):
        funds = spoil(trading, set={"available": "a lot"})

    trading.at("58400")
    assert (trading.orders(), trading.group.reason) == ([("entry", "filled")], "coin.unreadable")
    trading.at("61500")

    assert funds.shortages_json == {}
    assert trading.orders() == [("entry", "filled"), ("exit", "filled")], trading.reasons()


def test_nothing_is_added_to_a_coin_that_cannot_be_read(trading: Trader) -> None:
    trading.signal("long")
    trading.set(cool_down_minutes=0)
    spoil(trading, add=[account("BTC", balance=None)])

    trading.at("58400")
    assert (trading.orders(), trading.group.reason) == ([("entry", "filled")], "coin.unreadable")
    trading.show()
    read(trading)
    trading.at("58400")

    assert trading.orders() == [("entry", "filled"), ("add_on", "filled")], trading.reasons()


def test_a_row_whose_coin_is_not_told_may_be_of_what_a_bot_holds(trading: Trader) -> None:
    trading.signal("long")
    for _ in range(4):
        funds = spoil(trading, drop=["currency"])

    assert (funds.odd.coins, funds.odd.nameless > 0, funds.balances_json) == ((), True, {})
    assert (funds.shortages_json, Bot.objects.get().is_enabled) == ({}, True)


def test_an_answer_without_a_coin_is_no_proof_that_all_are_gone(trading: Trader) -> None:
    trading.signal("long")
    trading.show()
    trading.rig.fault("answer", slug="kucoin", path=BALANCES, body={"code": "200000", "data": []})
    for _ in range(4):
        funds = read(trading)

    trading.at("58400")
    assert (funds.odd.is_empty, funds.shortages_json, Bot.objects.get().is_enabled) == (True, {}, True)
    assert trading.orders() == [("entry", "filled")]
    trading.at("61500")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")], trading.reasons()


def test_the_trader_sees_which_coin_and_operators_its_shape(trading: Trader, client: Any) -> None:
    spoil(trading, add=[account("<b>X</b>", available="12345.678")])
    assert "odd" not in sign_in(client, trading.bot.connection.owner).get("/").text
    funds = spoil(trading, add=[account("<b>X</b>", available="a lot of it")])

    page = client.get(f"/connections/{trading.bot.connection.public_id}/").text

    assert "1 coin could not be read: <bdi>&lt;B&gt;X&lt;/B&gt;</bdi>" in page
    assert "Your bots on other coins go on" in page
    assert '"available": "text:11"' in funds.odd.shapes[0]
    assert "a lot" not in str(funds.odd_json)
