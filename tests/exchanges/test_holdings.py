"""What is read of each exchange's balance rows: the odd row is set aside and told, the account goes on.

Bodies are as the exchanges' documents and public test data of others have them; amounts are made up.
"""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import registry
from exchanges.holdings import LONGEST_COIN, read_balances
from exchanges.judging import require_list
from exchanges.proven import UnreadableError
from exchanges.shape import shape_of_row
from exchanges.values import Balances, OddRow
from tests.exchanges.trading import SLUGS


def read(slug: str, body: Any) -> Balances:
    ways = registry.get(slug).trading
    return read_balances(require_list(body, ways, *ways.purse.rows), ways.purse, code_of=str.upper)


def told(slug: str, body: Any) -> dict[str, tuple[str, str]]:
    """Return free and total of each coin as text."""
    return {coin: (f"{one.free:f}", f"{one.total:f}") for coin, one in read(slug, body).coins.items()}


def binance(*rows: Any) -> Any:
    return {"accountType": "SPOT", "canTrade": True, "balances": list(rows)}


def kucoin(*rows: Any) -> Any:
    return {"code": "200000", "data": list(rows)}


def okx(*rows: Any) -> Any:
    return {"code": "0", "msg": "", "data": [{"uTime": "1705474164160", "totalEq": "1", "details": list(rows)}]}


def bitget(*rows: Any) -> Any:
    return {"code": "00000", "msg": "success", "requestTime": 1700623852854, "data": list(rows)}


def bitget_unified(*rows: Any) -> Any:
    return {"code": "00000", "msg": "success", "requestTime": 1, "data": {"accountEquity": "1", "assets": list(rows)}}


def gate(*rows: Any) -> Any:
    return list(rows)


def htx(*rows: Any) -> Any:
    return {"status": "ok", "data": {"id": 1, "type": "spot", "state": "working", "list": list(rows)}}


def bingx(*rows: Any) -> Any:
    return {"code": 0, "msg": "", "data": {"balances": list(rows)}}


def coinbase(*rows: Any) -> Any:
    return {"accounts": list(rows), "has_next": False, "cursor": "", "size": len(rows)}


def bybit(*rows: Any) -> Any:
    return {"retCode": 0, "retMsg": "OK", "result": {"list": [{"accountType": "UNIFIED", "coin": list(rows)}]}}


def wallet(coin: str, **changes: Any) -> dict[str, Any]:
    """Return a row of Coinbase's list."""
    return {
        "uuid": "8bfc20d7-f7c6-4422-bf07-8243ca4169fe",
        "currency": coin,
        "available_balance": {"value": "2.5", "currency": coin},
        "hold": {"value": "0.5", "currency": coin},
        "type": "ACCOUNT_TYPE_CRYPTO",
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
        **changes,
    }


# By exchange: the body around rows, and a row of 2 free and 1 in orders of a coin.
BODIES: dict[str, tuple[Any, Any]] = {
    "binance": (binance, lambda coin: {"asset": coin, "free": "2.00000000", "locked": "1.00000000"}),
    "mexc": (binance, lambda coin: {"asset": coin, "free": "2", "locked": "1"}),
    "kucoin": (
        kucoin,
        lambda coin: {"id": "1", "currency": coin, "type": "trade", "balance": "3", "available": "2", "holds": "1"},
    ),
    "okx": (okx, lambda coin: {"ccy": coin, "eq": "3", "cashBal": "3", "availBal": "2", "availEq": "2"}),
    "bitget": (
        bitget,
        lambda coin: {"coin": coin, "available": "2", "frozen": "1", "locked": "0", "limitAvailable": "0"},
    ),
    "gate": (gate, lambda coin: {"currency": coin, "available": "2", "locked": "1", "update_id": 98}),
    "htx": (htx, lambda coin: {"currency": coin.lower(), "type": "trade", "balance": "2"}),
    "bingx": (bingx, lambda coin: {"asset": coin, "disp": coin, "free": "2", "locked": "1"}),
    "coinbase": (
        coinbase,
        lambda coin: wallet(coin, available_balance={"value": "2"}, hold={"value": "1"}),
    ),
    "bybit": (bybit, lambda coin: {"coin": coin, "walletBalance": "3", "locked": "1", "availableToWithdraw": ""}),
}
NAMES = ["币安人生", "MØTH", "人生K线", "Ethereum Classic", "1000SATS", "$NAP", "नमस्ते"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_coin_may_have_a_name_in_any_script(slug: str, name: str) -> None:
    body, row = BODIES[slug]

    found = read(slug, body(row(name), row("USDT")))

    assert list(found.coins) == [name.upper(), "USDT"]
    assert found.odd == ()


@pytest.mark.parametrize("name", ["a\u202eb", "a\nb", "\x00", "a\u200bb", "a\ud800", "C" * (LONGEST_COIN + 1)])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_name_that_would_deceive_is_set_aside_and_taken_for_no_other_coin(slug: str, name: str) -> None:
    body, row = BODIES[slug]

    found = read(slug, body(row(name), row("USDT")))

    assert list(found.coins) == ["USDT"]
    assert [one.coin.isprintable() and len(one.coin) <= LONGEST_COIN for one in found.odd] == [True]
    assert "\N{REPLACEMENT CHARACTER}" in found.odd[0].coin


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, {"asset": 7}, {"unknown": "9.87"}])
@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_no_row_costs_nothing_but_itself(slug: str, odd: Any) -> None:
    body, row = BODIES[slug]

    found = read(slug, body(row("BTC"), odd, row("USDT")))

    assert list(found.coins) == ["BTC", "USDT"]
    assert found.odd == (OddRow(coin="", shape=shape_of_row(odd)),)


@pytest.mark.parametrize("amount", ["NaN", "1e999", "a lot", [], {}, True])
@pytest.mark.parametrize("slug", SLUGS)
def test_an_amount_that_is_none_is_set_aside_under_its_coin(slug: str, amount: Any) -> None:
    body, row = BODIES[slug]
    spoilt = {name: amount if str(value).startswith("2") else value for name, value in row("DOGE").items()}
    if slug == "coinbase":
        spoilt["available_balance"] = {"value": amount}
    if slug == "bybit":
        spoilt["walletBalance"] = amount

    found = read(slug, body(spoilt, row("USDT")))

    assert list(found.coins) == ["USDT"]
    assert [one.coin for one in found.odd] == ["DOGE"]
    assert str(amount) not in found.odd[0].shape or amount in ([], {}, True)


@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_a_hostile_row_is_read_or_set_aside(value: Any) -> None:
    for slug in SLUGS:
        body, row = BODIES[slug]
        for name in row("BTC"):
            found = read(slug, body({**row("BTC"), name: value}))

            assert len(found.coins) + len(found.odd) <= 1
            assert all(one.free >= 0 and one.total.is_finite() for one in found.coins.values())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # Borrowed, in account levels 2 to 4.
        ({"ccy": "USDT", "eq": "-10.5", "cashBal": "-10.5", "availBal": "0", "availEq": "0"}, ("0", "0")),
        ({"ccy": "USDT", "eq": "-10.5", "cashBal": "-10.5", "availBal": "", "availEq": "-3"}, ("0", "0")),
        # The simple account level tells no available equity.
        (
            {"ccy": "USDT", "eq": "92.8", "cashBal": "92.8", "availBal": "34.3", "availEq": ""},
            ("34.3", "92.8"),
        ),
        # What futures gain can be more than the coins.
        ({"ccy": "USDT", "eq": "5", "cashBal": "5", "availBal": "5", "availEq": "7"}, ("5", "5")),
        ({"ccy": "USDT", "eq": "", "cashBal": "5", "availBal": "5", "availEq": ""}, ("5", "5")),
    ],
)
def test_okx_owes_coins_below_zero(row: dict[str, Any], expected: tuple[str, str]) -> None:
    assert told("okx", okx(row)) == {"USDT": expected}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"walletBalance": "-0.5", "locked": "0", "availableToWithdraw": ""}, ("0", "0")),
        ({"walletBalance": "1", "locked": "1.5", "availableToWithdraw": ""}, ("0", "1")),
        ({"walletBalance": "10.5", "locked": "", "availableToWithdraw": ""}, ("10.5", "10.5")),
        ({"walletBalance": "10", "locked": "1", "totalOrderIM": "2", "totalPositionIM": "3"}, ("4", "10")),
        ({"walletBalance": "10", "locked": "1", "availableToWithdraw": "8"}, ("8", "10")),
        ({"walletBalance": "10", "free": "7", "locked": "3"}, ("7", "10")),
    ],
)
def test_bybit_may_lock_more_than_there_is(row: dict[str, Any], expected: tuple[str, str]) -> None:
    assert told("bybit", bybit({"coin": "USDT", **row})) == {"USDT": expected}


def test_bybit_tells_no_amount_of_a_coin_by_an_empty_text() -> None:
    found = read("bybit", bybit({"coin": "USDC", "walletBalance": "", "locked": ""}))

    assert (found.coins, [one.coin for one in found.odd]) == ({}, ["USDC"])


def test_htx_tells_a_coin_by_as_many_rows_as_it_likes() -> None:
    # The example of its own document has a coin without a frozen row; others have none but what is locked up.
    rows = [
        {"currency": "poly", "type": "trade", "balance": "147.9", "seq-num": "1"},
        {"currency": "usdt", "type": "trade", "balance": "5"},
        {"currency": "usdt", "type": "frozen", "balance": "2"},
        {"currency": "usdt", "type": "lock", "balance": "9"},
        {"currency": "ht", "type": "frozen", "balance": "1"},
        {"currency": "trx", "type": "lock", "balance": "4"},
        {"currency": "btc", "type": "loan", "balance": "-2.4"},
        {"currency": "btc", "type": "transfer-out-available", "balance": "3"},
    ]

    assert told("htx", htx(*rows)) == {"POLY": ("147.9", "147.9"), "USDT": ("5", "7"), "HT": ("0", "1")}
    assert read("htx", htx(*rows)).odd == ()


def test_kucoin_calls_the_purse_that_trades_by_two_names() -> None:
    rows = [
        {"currency": "USDT", "type": "main", "balance": "100", "available": "100", "holds": "0"},
        {"currency": "USDT", "type": "trade_hf", "balance": "3", "available": "2", "holds": "1"},
        {"currency": "BTC", "type": "trade", "balance": "1", "available": "1", "holds": "0"},
        {"currency": "ETH", "type": "margin_v2", "balance": "7", "available": "7", "holds": "0"},
        {"currency": "XRP", "type": "new_kind", "balance": "7", "available": "7", "holds": "0"},
    ]

    found = read("kucoin", kucoin(*rows))

    assert told("kucoin", kucoin(*rows)) == {"USDT": ("2", "3"), "BTC": ("1", "1")}
    assert [one.coin for one in found.odd] == ["XRP"]


def test_coinbase_trades_from_the_wallets_of_its_consumer_platform_alone() -> None:
    rows = [
        wallet("BTC"),
        wallet("ETH", type="CRYPTO", platform=None),
        wallet("USD", type="ACCOUNT_TYPE_FIAT"),
        wallet("USD", type="ACCOUNT_TYPE_FIAT", platform="ACCOUNT_PLATFORM_CFM_CONSUMER"),
        wallet("USDC", platform="ACCOUNT_PLATFORM_INTX"),
        wallet("BTC", type="ACCOUNT_TYPE_VAULT"),
        wallet("SOL", hold=None),
        wallet("ADA", available_balance=None),
        wallet("DOT", type="ACCOUNT_TYPE_STAKED"),
    ]

    found = read("coinbase", coinbase(*rows))

    plain = ("2.5", "3.0")
    assert told("coinbase", coinbase(*rows)) == {"BTC": plain, "ETH": plain, "USD": plain, "SOL": ("2.5", "2.5")}
    assert [one.coin for one in found.odd] == ["ADA", "DOT"]


def test_bitget_tells_what_is_frozen_in_either_kind_of_account() -> None:
    classic = {"coin": "USDT", "available": "5", "frozen": "1", "locked": "2", "limitAvailable": "0"}
    unified = {"coin": "USDT", "equity": "6", "balance": "6", "available": "5", "debt": "0", "locked": "1"}

    assert told("bitget", bitget(classic)) == {"USDT": ("5", "8")}
    assert told("bitget", bitget_unified(unified)) == {"USDT": ("5", "6")}


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("bybit", {"retCode": 0, "retMsg": "OK", "result": {"list": []}}),
        ("bybit", {"retCode": 0, "retMsg": "OK", "result": {"list": None}}),
        ("bingx", {"code": 0, "msg": "", "data": {"balances": None}}),
        ("kucoin", {"code": "200000", "data": None}),
        ("htx", {"status": "ok", "data": {"id": 1, "type": "spot", "list": None}}),
        ("coinbase", {"accounts": None, "has_next": False}),
        ("okx", okx()),
        ("gate", []),
    ],
)
def test_an_account_that_never_held_a_coin_holds_none(slug: str, body: Any) -> None:
    assert read(slug, body) == Balances(coins={})


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("binance", {"accountType": "SPOT", "balances": None}),
        ("mexc", {}),
        ("coinbase", {"accounts": None}),
        ("gate", None),
        ("kucoin", {"data": None}),
        ("bybit", {"retCode": 0}),
        ("okx", {"code": "0", "data": [{}]}),
        ("bingx", {"code": 1, "data": {"balances": []}}),
    ],
)
def test_nothing_is_read_where_nothing_proves_whose_answer_it_is(slug: str, body: Any) -> None:
    with pytest.raises(UnreadableError):
        read(slug, body)


def test_rows_of_one_coin_are_added_up() -> None:
    found = read("gate", gate(*[{"currency": "USDT", "available": "1.5", "locked": "1"}] * 2))

    assert (found.coins["USDT"].free, found.coins["USDT"].total) == (D(3), D(5))
