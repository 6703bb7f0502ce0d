"""What leaves as CSV: every row, exact numbers, and nothing that a spreadsheet would calculate."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot
from strategies.pages.exports import FILLS, JOURNAL, as_csv, cell
from tests.strategies.factories import make_bot, make_fill, make_group, make_line, make_order

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader)


def rows(client: Client, name: str, bot: Bot) -> list[dict[str, str]]:
    answer = client.get(reverse(name, args=[bot.public_id]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined] # a streaming answer
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=cmd|' /C calc'!A0"])
def test_a_text_that_begins_like_a_formula_is_made_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_and_other_texts_stay_as_they_are() -> None:
    values = (Decimal("-0.00000001"), Decimal("1E+3"), 7, "BTC/USDT", "a=b", None, AT)

    assert [cell(value) for value in values] == [
        "-0.00000001", "1000", "7", "BTC/USDT", "a=b", "", "2026-11-25 12:00:05",
    ]  # fmt: skip


def test_quotes_and_line_breaks_stay_inside_their_cell() -> None:
    text = "".join(as_csv(["a", "b"], [['x"\n,y', "=1"]])).lstrip("\ufeff")

    assert list(csv.reader(io.StringIO(text))) == [["a", "b"], ['x"\n,y', "'=1"]]


def test_the_journal_has_every_decision_and_its_numbers(signed_in: Client, bot: Bot) -> None:
    make_line(bot=bot, at=AT, numbers_json={"price": "61234.123456789", "open_loss": "-0.01"})
    make_line(bot=bot, at=AT, pair="=HYPERLINK(1)", action="@x", reason="+y")
    make_line(bot=make_bot())

    hostile, plain = rows(signed_in, "bot_journal_csv", bot)

    assert list(plain) == list(JOURNAL)
    assert (plain["time_utc"], plain["pair"], plain["reason"]) == ("2026-11-25 12:00:05", "BTC/USDT", "average.worse")
    assert plain["text"] == "Blocked: the add-on would not improve the average enough."
    assert (plain["price"], plain["open_loss"], plain["average"]) == ("61234.123456789", "-0.01", "")
    assert (hostile["pair"], hostile["action"], hostile["reason"]) == ("'=HYPERLINK(1)", "'@x", "'+y")


def test_orders_have_a_row_per_fill_and_one_when_there_was_none(signed_in: Client, bot: Bot) -> None:
    group = make_group(bot=bot)
    filled = make_order(group=group, exchange_id="=evil()")
    make_fill(order=filled, trade_id="-1+1", price=Decimal("99.123456789"), quantity=Decimal("0.4"), at=AT)
    make_fill(order=filled, quantity=Decimal("0.6"))
    make_order(group=group, state="refused", refusal="order.refused_funds")

    refused, first, second = rows(signed_in, "bot_fills_csv", bot)

    assert list(first) == list(FILLS)
    assert (refused["state"], refused["refusal"], refused["trade_id"]) == (
        "refused",
        "The account did not have enough free money.",
        "",
    )
    assert (first["trade_id"], first["exchange_id"]) == ("'-1+1", "'=evil()")
    assert (first["fill_price"], first["fill_quantity"], first["fill_time_utc"]) == (
        "99.123456789", "0.4", "2026-11-25 12:00:05",
    )  # fmt: skip
    assert (second["client_id"], second["fill_quantity"]) == (filled.client_id, "0.6")


def test_the_whole_journal_leaves_not_only_a_page(signed_in: Client, bot: Bot) -> None:
    for _ in range(120):
        make_line(bot=bot)

    assert len(rows(signed_in, "bot_journal_csv", bot)) == 120
