"""Files of a year, for a tax office: every fill once, every fee once, nothing of practice money."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot
from strategies.pages.money.tax import FILLS, GROUPS
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_fill, make_group, make_order

pytestmark = pytest.mark.django_db
D = Decimal
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(connection=make_connection(owner=trader, venue="live", name="=Main"))


def rows(client: Client, name: str, year: int = 2026) -> list[dict[str, str]]:
    answer = client.get(reverse(name, args=[year]))
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_buy_and_a_sale_have_what_left_and_what_came(signed_in: Client, bot: Bot) -> None:
    group = make_group(bot=bot)
    make_fill(order=make_order(group=group), price=D(100), quantity=D(2), fee=D("0.2"), at=AT, trade_id="1")
    sale = make_order(group=group, purpose="exit")
    make_fill(order=sale, price=D(110), quantity=D(2), fee=D("0.22"), at=AT + timedelta(hours=1), trade_id="2")

    bought, sold = rows(signed_in, "results_trades_csv")

    assert list(bought) == list(FILLS)
    assert list(bought.values())[:7] == ["2026-01-01 00:00:00", "200", "USDT", "2", "BTC", "0.2", "USDT"]
    assert list(sold.values())[:7] == ["2026-01-01 01:00:00", "2", "BTC", "220", "USDT", "0.22", "USDT"]
    assert (bought["Label"], bought["TxHash"]) == ("", "1")


def test_each_further_fee_is_a_row_of_its_own_and_one_that_was_paid_out_came(signed_in: Client, bot: Bot) -> None:
    more = [["BNB", "0.001"], ["GT", "-0.5"]]
    order = make_order(group=make_group(bot=bot))
    make_fill(order=order, fee=D("0.1"), fee_asset="BTC", more_fees_json=more, at=AT)
    make_fill(order=order, fee=D(0), at=AT + timedelta(seconds=1))

    trade, bnb, gt, free = rows(signed_in, "results_trades_csv")

    assert (trade["Fee Amount"], trade["Fee Currency"]) == ("0.1", "BTC")
    assert (bnb["Sent Amount"], bnb["Sent Currency"], bnb["Received Amount"], bnb["Label"]) == (
        "0.001",
        "BNB",
        "",
        "cost",
    )
    assert (gt["Sent Amount"], gt["Received Amount"], gt["Received Currency"], gt["Label"]) == (
        "",
        "0.5",
        "GT",
        "reward",
    )
    assert (free["Fee Amount"], free["Fee Currency"]) == ("", "")


def test_a_year_is_one_of_utc_and_each_moment_is_in_one(signed_in: Client, bot: Bot) -> None:
    order = make_order(group=make_group(bot=bot))
    for number, at in enumerate((AT - timedelta(microseconds=1), AT, datetime(2027, 1, 1, tzinfo=UTC))):
        make_fill(order=order, at=at, trade_id=f"n{number}")

    assert [[row["TxHash"] for row in rows(signed_in, "results_trades_csv", year)] for year in (2025, 2026, 2027)] == [
        ["n0"], ["n1"], ["n2"],
    ]  # fmt: skip


def test_closed_groups_have_their_result_and_those_let_go_have_none(signed_in: Client, bot: Bot) -> None:
    make_group(bot=bot, mode="closed", closed_at=AT, result=D("-1.5"), has_unvalued_fees=True)
    make_group(bot=bot, mode="released", closed_at=AT, pair="ETH/USDT")
    make_group(bot=bot, pair="SOL/USDT")

    lost, let_go = rows(signed_in, "results_groups_csv")

    assert list(lost) == list(GROUPS)
    assert (lost["result"], lost["fees"], lost["result_lacks_fees_of_unknown_worth"]) == ("-1.5", "0.202", "yes")
    assert lost["connection"] == "'=Main"
    assert (let_go["pair"], let_go["result"]) == ("ETH/USDT", "")


def test_adopted_coins_are_no_trade_and_are_named_beside_their_group(signed_in: Client, bot: Bot) -> None:
    adopted: dict[str, Any] = {"adopted": D(1), "adopted_price": D(100), "adopted_at": AT}
    group = make_group(bot=bot, mode="closed", closed_at=AT, **adopted)
    make_fill(order=make_order(group=group, purpose="exit", price=D(102)), at=AT)

    (sold,) = rows(signed_in, "results_trades_csv")
    (closed,) = rows(signed_in, "results_groups_csv")

    assert (sold["Sent Currency"], sold["Received Currency"]) == ("BTC", "USDT")
    assert (closed["bought"], closed["adopted"], closed["adopted_at_price"]) == ("1", "1", "100")


@pytest.mark.parametrize("name", ["results_trades_csv", "results_groups_csv"])
def test_practice_money_and_other_peoples_are_in_no_file(signed_in: Client, trader: User, bot: Bot, name: str) -> None:
    stranger = make_bot(connection=make_connection(owner=make_bot().connection.owner, venue="live"))
    for other in (make_bot(connection=make_connection(owner=trader)), stranger):
        make_fill(order=make_order(group=make_group(bot=other, mode="closed", closed_at=AT)), at=AT)

    assert rows(signed_in, name) == []


@pytest.mark.parametrize("year", [0, 2008, 9999, 10**9])
def test_a_year_that_cannot_be_is_not_found(signed_in: Client, year: int) -> None:
    assert signed_in.get(reverse("results_trades_csv", args=[year])).status_code == 404
