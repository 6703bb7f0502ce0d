"""Close, release, Recovery Mode: the preview in figures, what cannot be sold and why, and what is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, User
from strategies.models import Bot, Group, Order, StopSwitch
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.rows import D

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader, state="enabled", name="Closer")


def url(name: str, of: Bot | Group) -> str:
    return reverse(name, args=[of.public_id])


def test_the_preview_says_what_it_would_bring_after_fees(signed_in: Client, bot: Bot) -> None:
    group = rows.make_group(bot=bot)
    rows.make_price(price="31000")

    page = signed_in.get(url("group_close", group)).text

    # 0.01 · 31,000 less 0.1 % brings 309.69; it cost 300 and a fee of 0.30.
    assert "+9.39 USDT" in page
    assert "0.01 BTC" in page
    assert "31,000.00" in page


def test_fees_taken_in_the_coin_and_partial_exits_count(signed_in: Client, bot: Bot) -> None:
    sold: dict[str, Any] = {"sold": D("0.005"), "proceeds": D(160)}
    group = rows.make_group(bot=bot, fee_quote=D(0), fee_coin=D("0.00001"), **sold)
    rows.make_price(price="31000")

    page = signed_in.get(url("group_close", group)).text

    # 0.00499 · 31,000 · 0.999 + 160 − 300
    assert "0.00499 BTC" in page
    assert "+14.54 USDT" in page


def test_a_loss_is_said_as_one_and_the_sum_is_given_per_currency(signed_in: Client, trader: User, bot: Bot) -> None:
    rows.make_group(bot=bot)
    rows.make_group(bot=bot, pair="ETH/USDT", quantity=D(1), cost=D(3000), fee_quote=D(3))
    rows.make_group(bot=make_bot(owner=trader), pair="ETH/BTC", quantity=D(1), cost=D("0.1"), fee_quote=D(0))
    rows.make_price()
    rows.make_price(pair="ETH/USDT", price="2500")
    rows.make_price(pair="ETH/BTC", price="0.09", min_cost=D("0.0001"))

    of_bot = signed_in.get(url("bot_close", bot)).text
    of_all = signed_in.get(reverse("trader_close")).text

    assert "−505.50 USDT" in of_bot
    assert "<strong>−496.11 USDT</strong>" in of_bot
    assert "ETH/BTC" not in of_bot
    assert "Together in BTC" in of_all
    assert "<strong>−0.01009 BTC</strong>" in of_all
    assert "<strong>−496.11 USDT</strong>" in of_all


@pytest.mark.parametrize("age", [None, timedelta(seconds=16)])
def test_without_a_fresh_price_no_result_is_invented(signed_in: Client, bot: Bot, age: timedelta | None) -> None:
    rows.make_group(bot=bot)
    if age:
        rows.make_price(at=timezone.now() - age)

    page = signed_in.get(url("bot_close", bot)).text

    assert "There is no fresh price now" in page
    assert '<td class="right num">–</td>' in page
    assert "31,000" not in page


@pytest.mark.parametrize(
    ("group", "connection", "said"),
    [
        ({"quantity": D("0.00001"), "cost": D("0.3")}, {}, "Too little to sell: KuCoin takes 1.00 USDT at least."),
        ({"quantity": D(0), "cost": D(0)}, {}, "Nothing is bought yet: its first order is canceled"),
        ({"close_asked_at": timezone.now()}, {}, "It is being closed already."),
        ({}, {"status": "error", "trouble": "key.expired"}, "It cannot be sold now. The connection has an error."),
        ({}, {"status": "error", "trouble": "key.expired"}, "We keep your wish: it is sold when the connection is"),
        ({}, {"status": "untested", "deleted": True}, "We cannot sell it: its connection was deleted"),
    ],
)
def test_what_cannot_be_sold_says_why_and_what_to_do(
    signed_in: Client, trader: User, group: dict[str, Any], connection: dict[str, Any], said: str
) -> None:
    bot = make_bot(connection=make_connection(owner=trader, **connection))
    made = rows.make_group(bot=bot, **group)
    rows.make_price()

    assert said in signed_in.get(url("group_close", made)).text


def test_the_sum_holds_only_what_would_be_sold_now(signed_in: Client, trader: User, bot: Bot) -> None:
    rows.make_price()
    rows.make_group(bot=bot)
    rows.make_group(bot=bot, pair="ETH/USDT")
    rows.make_group(bot=make_bot(owner=trader), quantity=D("0.00001"), cost=D("0.3"))
    rows.make_group(bot=make_bot(connection=make_connection(owner=trader, status="error", trouble="key.expired")))

    page = signed_in.get(reverse("trader_close")).text

    assert "<strong>+9.39 USDT</strong>" in page
    assert "3 groups are not in the sum" in page


def test_while_all_orders_are_stopped_it_says_so(signed_in: Client, bot: Bot) -> None:
    group = rows.make_group(bot=bot)
    StopSwitch.objects.create(is_global=True, level="orders")

    assert "we have stopped all orders for everybody" in signed_in.get(url("group_close", group)).text


def test_closing_a_group_asks_for_it_once_and_leaves_the_others(signed_in: Client, bot: Bot) -> None:
    group, other = rows.make_group(bot=bot), rows.make_group(bot=bot, pair="ETH/USDT")

    first = signed_in.post(url("group_close", group), follow=True)
    asked_at = Group.objects.get(pk=group.pk).close_asked_at
    second = signed_in.post(url("group_close", group), follow=True)

    assert "The group is being closed at market." in first.text
    assert "There was nothing to close." in second.text
    assert asked_at is not None
    assert Group.objects.get(pk=group.pk).close_asked_at == asked_at
    assert Group.objects.get(pk=other.pk).close_asked_at is None
    assert AuditEvent.objects.filter(action="group.close_asked").count() == 1
    assert Bot.objects.get().paused == ""


@pytest.mark.parametrize(("before", "after"), [("", "entries"), ("add_ons", "add_ons")])
@pytest.mark.parametrize("name", ["bot_close", "group_close"])
def test_pausing_first_never_makes_a_pause_milder(
    signed_in: Client, bot: Bot, name: str, before: str, after: str
) -> None:
    Bot.objects.update(paused=before)
    group = rows.make_group(bot=bot)

    signed_in.post(url(name, bot if name == "bot_close" else group), {"pause": "1"})

    assert Bot.objects.get().paused == after
    assert Group.objects.get().close_asked_at


def test_closing_everything_is_everything_of_mine(signed_in: Client, trader: User, bot: Bot) -> None:
    mine = [rows.make_group(bot=bot), rows.make_group(bot=make_bot(owner=trader))]
    closed = rows.make_group(bot=bot, mode="closed")
    other = rows.make_group(bot=make_bot())

    answer = signed_in.post(reverse("trader_close"), {"pause": "1"}, follow=True)

    assert "2 groups are being closed at market." in answer.text
    assert set(Group.objects.exclude(close_asked_at=None)) == set(mine)
    assert {closed.pk, other.pk}.isdisjoint(Group.objects.exclude(close_asked_at=None).values_list("pk", flat=True))
    assert StopSwitch.objects.get().level == "entries"


def test_with_nothing_open_there_is_nothing_to_press(signed_in: Client, bot: Bot) -> None:
    for page in (signed_in.get(reverse("trader_close")).text, signed_in.get(url("bot_close", bot)).text):
        assert "There is no open group" in page
        assert "btn danger" not in page


def test_releasing_says_where_the_coins_are_and_forgets_the_group(signed_in: Client, bot: Bot) -> None:
    group = rows.make_group(bot=bot)
    rows.make_price()

    page = signed_in.get(url("group_release", group)).text
    answer = signed_in.post(url("group_release", group), follow=True)

    assert "0.01 BTC at KuCoin are yours to keep" in page
    assert "its result would be +9.39 USDT after fees" in page
    assert "BTC/USDT is released." in answer.text
    assert Group.objects.get().mode == "released"
    assert AuditEvent.objects.filter(action="group.released").count() == 1


@pytest.mark.parametrize("state", ["sent", "unknown", "open"])
def test_a_group_with_an_order_under_way_is_not_released(signed_in: Client, bot: Bot, state: str) -> None:
    group = rows.make_group(bot=bot)
    rows.make_order(group=group, state=state)

    answer = signed_in.post(url("group_release", group), follow=True)

    assert "Not released: an order of this group is under way." in answer.text
    assert Group.objects.get().mode == "normal"


def test_an_order_that_was_not_sent_is_dropped_with_its_group(signed_in: Client, bot: Bot) -> None:
    group = rows.make_group(bot=bot)
    rows.make_fill(order=rows.make_order(group=group))
    waiting = rows.make_order(group=group, state="intended", purpose="add_on", step=1)

    signed_in.post(url("group_release", group))

    assert Order.objects.get(pk=waiting.pk).state == "dropped"
    assert Group.objects.get().mode == "released"


@pytest.mark.parametrize(("on", "said"), [("1", "goes into Recovery Mode"), ("0", "leaves Recovery Mode")])
def test_recovery_mode_is_switched(signed_in: Client, bot: Bot, on: str, said: str) -> None:
    group = rows.make_group(bot=bot)

    answer = signed_in.post(url("group_recovery", group), {"on": on}, follow=True)

    group.refresh_from_db()
    assert said in answer.text
    assert (group.recovery_forced, group.recovery_released) == (on == "1", on == "0")


@pytest.mark.parametrize("on", ["", "2", "on", None])
def test_neither_on_nor_off_changes_nothing(signed_in: Client, bot: Bot, on: str | None) -> None:
    group = rows.make_group(bot=bot)

    answer = signed_in.post(url("group_recovery", group), {} if on is None else {"on": on})

    assert answer.status_code == 400
    assert Group.objects.values_list("recovery_forced", "recovery_released").get() == (False, False)


@pytest.mark.parametrize("name", ["group_close", "group_release", "group_recovery"])
@pytest.mark.parametrize("whose", ["another trader's", "closed"])
def test_groups_of_others_and_groups_that_are_over_look_like_none(
    signed_in: Client, bot: Bot, name: str, whose: str
) -> None:
    group = rows.make_group(bot=bot, mode="closed") if whose == "closed" else rows.make_group(bot=make_bot())
    before = Group.objects.values().get(pk=group.pk)

    statuses = {signed_in.post(url(name, group), {"on": "1"}).status_code}
    if name != "group_recovery":
        statuses.add(signed_in.get(url(name, group)).status_code)

    assert statuses == {404}
    assert Group.objects.values().get(pk=group.pk) == before


def test_a_hundred_groups_take_few_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows.make_price()
    for _ in range(100):
        rows.make_group(bot=make_bot(owner=trader))

    with django_assert_max_num_queries(8):
        page = signed_in.get(reverse("trader_close")).text

    assert page.count("+9.39 USDT") == 100
    assert "<strong>+939.00 USDT</strong>" in page
