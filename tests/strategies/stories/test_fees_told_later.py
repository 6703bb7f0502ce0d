"""A fee that an exchange does not tell, or in a way we do not understand: the trade counts, the fee is asked for again.

Until it is told it is reckoned at the pair's rate, in the coin that the exchange takes fees in, and marked as such.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from exchanges import registry
from practice.dialects import BY_SLUG
from strategies.execution import books
from strategies.models import Fill, Group, Instrument, JournalLine, Order
from tests.accounts.factories import sign_in
from tests.exchanges.desk.test_fees import UNTOLD
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def traders(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]
) -> Iterator[Callable[[str], Trader]]:
    rig.control("DELETE", "price")
    yield lambda exchange: make_trading(rig, woken, exchange=exchange)
    rig.control("DELETE", "price")


def hide_fees(trading: Trader) -> None:
    path, at, change = UNTOLD[trading.bot.connection.exchange]
    trading.rig.fault("edit", slug=trading.bot.connection.exchange, path=path, body={"at": at, **change})


@pytest.mark.parametrize("exchange", [spec.slug for spec in registry.ALL])
def test_a_fill_whose_fee_is_not_told_counts_and_its_fee_is_asked_for_again(
    traders: Callable[[str], Trader], exchange: str
) -> None:
    trading = traders(exchange)
    hide_fees(trading)

    trading.signal("long")

    order, fill = trading.order, Fill.objects.get()
    is_quote = BY_SLUG[exchange].terms.fee_in == "quote"
    assert (order.state, trading.group.quantity) == ("filled", order.filled)
    assert (fill.is_fee_known, fill.fee_asset) == (False, "USDT" if is_quote else "BTC")
    assert (
        fill.fee == (fill.cost if is_quote else fill.quantity) * (Instrument.objects.get(pair=fill.pair).taker or 0) > 0
    )
    assert order.look_at is not None
    trading.show()
    told = trading.ask()

    fill.refresh_from_db()
    assert (fill.is_fee_known, told.look_at, told.state) == (True, None, "filled")
    assert trading.wrong() == []


def test_an_exit_goes_on_though_no_fee_is_told(traders: Callable[[str], Trader]) -> None:
    trading = traders("okx")
    hide_fees(trading)
    trading.signal("long")

    trading.at("61900")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")], trading.reasons()
    assert trading.group.mode == "closed"


def test_the_result_of_a_closed_group_follows_a_fee_that_is_told_later(traders: Callable[[str], Trader]) -> None:
    trading = traders("htx")
    trading.signal("long")
    hide_fees(trading)
    trading.at("61900")
    reckoned = trading.group
    assert reckoned.mode == "closed"
    # Points had paid, and less than the rate.
    trading.show()
    change = {"set": {"filled-fees": "0", "filled-points": "0.01", "fee-deduct-currency": "hbpoint"}}
    trading.rig.fault("edit", slug="htx", path="*/matchresults", body={"at": "data", **change})

    trading.ask()

    group, fill = trading.group, Fill.objects.latest("pk")
    line = JournalLine.objects.filter(bot=trading.bot).latest("pk")
    assert (group.mode, fill.fee_asset, fill.fee) == ("closed", "HBPOINT", D("0.01"))
    assert group.result is not None
    assert reckoned.result is not None
    assert group.result > reckoned.result
    assert (line.action, line.reason, line.numbers["result"]) == ("fee", "fee.told", group.result)
    # What a point is worth nobody has told: the question stays, and the group says so.
    assert group.has_unvalued_fees
    assert Order.objects.filter(look_at__isnull=False).get() == fill.order


def test_two_fees_of_one_fill_count_both(traders: Callable[[str], Trader], client: Any) -> None:
    trading = traders("gate")
    change = {"at": "", "set": {"gt_fee": "0.0021", "point_fee": "0.5"}}
    trading.rig.fault("edit", slug="gate", path="/api/v4/spot/my_trades", body=change)

    trading.signal("long")

    group, fill = trading.group, Fill.objects.get()
    assert (fill.fee_asset, fill.more_fees_json) == ("BTC", [["GT", "0.0021"], ["GATEPOINT", "0.5"]])
    assert (group.fee_coin, trading.order.state) == (fill.fee, "filled")
    page = sign_in(client, trading.bot.connection.owner).get(f"/bots/{trading.bot.public_id}/orders/").text
    assert "BTC and 0.0021 GT and 0.5 GATEPOINT" in page


def test_a_fee_that_is_never_told_is_asked_for_less_often_and_then_no_more(trading: Trader) -> None:
    hide_fees(trading)
    trading.signal("long")
    pauses = []
    for age in (0, 2 * 3600, 22 * 3600):
        trading.age(age)
        look_at = trading.ask().look_at
        pauses.append(look_at and round((look_at - timezone.now()).total_seconds() / 10) * 10)

    assert pauses == [0, books.FEES_PACE.seconds, None]
    assert (Fill.objects.get().is_fee_known, Group.objects.get().mode) == (False, "normal")


def test_the_page_and_the_file_say_what_is_reckoned(trading: Trader, client: Any) -> None:
    hide_fees(trading)
    trading.signal("long")
    owner = sign_in(client, trading.bot.connection.owner)

    page = owner.get(f"/bots/{trading.bot.public_id}/orders/").text
    answer = owner.get(f"/bots/{trading.bot.public_id}/orders.csv")
    file = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined] # a streaming answer

    assert "fee not told yet, reckoned at" in page
    assert 'data-label="Fee">about ' in page
    assert ',"fee not told yet, reckoned at 0.1 %"' in file
