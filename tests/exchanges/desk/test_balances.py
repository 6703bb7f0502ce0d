"""Balances through the whole desk: an odd row costs that row, and an answer that stops half-way proves nothing."""

from typing import Any

import pytest

from exchanges.errors import ExchangeError
from exchanges.values import Balances
from tests.exchanges.test_holdings import BODIES, coinbase, wallet
from tests.exchanges.trading import Trader, run


def asked(trader: Trader, *bodies: Any) -> Balances:
    """Ask once as always, so that markets and the kind of account are known, then let these be the answers."""
    run(trader.desk.balances(trader.credentials))
    for body in reversed(bodies):
        trader.rig.fault("answer", slug=trader.slug, method="GET", count=1, body=body)
    return run(trader.desk.balances(trader.credentials))


@pytest.mark.parametrize("odd", [None, "text", {"asset": None}, [7]])
def test_an_odd_row_and_a_foreign_name_leave_the_account_readable(trader: Trader, odd: Any) -> None:
    body, row = BODIES[trader.slug]

    found = asked(trader, body(row("币安人生"), odd, row("USDT"), row("BTC")))

    assert list(found.coins) == ["币安人生", "USDT", "BTC"]
    assert [one.coin for one in found.odd] == [""]


def test_an_account_without_coins_is_told_from_garbage(trader: Trader) -> None:
    body, _ = BODIES[trader.slug]

    assert asked(trader, body()) == Balances(coins={})
    garbage: list[Any] = ["<html></html>", None, {}, {"code": 7}, {"data": {}}]
    for one in garbage:
        with pytest.raises(ExchangeError):
            asked(trader, one)


def test_a_coin_has_the_name_that_its_pairs_have(trader: Trader) -> None:
    body, row = BODIES[trader.slug]
    first = {**row("BTC"), **({"currency": "btc"} if trader.slug == "htx" else {})}

    assert list(asked(trader, body(first)).coins) == ["BTC"]


@pytest.mark.parametrize("trader", ["coinbase"], indirect=True)
def test_all_pages_of_an_account_are_read_or_none(trader: Trader) -> None:
    first = {**coinbase(wallet("BTC")), "has_next": True, "cursor": "2"}

    assert list(asked(trader, first, coinbase(wallet("USD"))).coins) == ["BTC", "USD"]
    with pytest.raises(ExchangeError):
        asked(trader, {**first, "cursor": ""})


@pytest.mark.parametrize("name", ["trade", "trade_hf"])
@pytest.mark.parametrize("trader", ["kucoin"], indirect=True)
def test_the_purse_that_trades_is_found_under_either_name(trader: Trader, name: str) -> None:
    trader.rig.control("PATCH", f"accounts/{trader.account}", traits={"purse": name})

    assert run(trader.desk.balances(trader.credentials)).coins["USDT"].total == 10_000
