"""Coins of the account that a bot adopts: as if it had bought them, by no order, and only what is there is sold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from accounts.sudo import NotFreshError
from connections.models import Connection
from messaging.models import Message
from recount.account import recount
from strategies.choices import OrderState
from strategies.execution import coins
from strategies.hands import adopting, flows
from strategies.models import Bot, Fill, Funds, Group, Instrument, KeptResult, Order
from strategies.stops import flows as stops
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot
from tests.strategies.rows import make_group
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
D = Decimal
# 120 of the 125 that a group of this bot begins with; its whole ladder is 500.
COINS = {"quantity": D("0.002"), "price": D(60000)}


def own(trading: Trader, amount: str) -> None:
    """Let the account have so many coins that its owner brought there, and let us know it."""
    trading.rig.control("PATCH", f"accounts/{trading.account}", by_hand={"BTC": amount})
    trading.look()


@pytest.fixture(autouse=True)
def some_coins(trading: Trader) -> None:
    own(trading, "0.01")


def seen(trading: Trader, **of: Decimal) -> adopting.AdoptionPlan:
    bot = Bot.objects.get(pk=trading.bot.pk)
    instrument = Instrument.objects.of_pair(bot.connection, "BTC/USDT")
    return adopting.of_coins(bot, instrument, "BTC/USDT", **COINS | of, now=timezone.now())


def adopt(trading: Trader, *, mark: str | None = None, **of: Decimal) -> str:
    mark = seen(trading, **of).seen if mark is None else mark
    return flows.adopt_coins(trading.bot, "BTC/USDT", **COINS | of, seen=mark, by=PRODUCT)


def assert_books_are_right(trading: Trader, *, own: str = "0.01") -> None:
    """What the account has is what its owner brought, and what orders left beside that."""
    assert [line for line in trading.wrong() if " in our books" not in line] == []
    assert recount(trading.bot.connection).differences == []
    left = sum((group.held - (group.adopted or 0) for group in Group.objects.all()), D(own))
    has = {row["asset"]: D(row["free"]) + D(row["locked"]) for row in trading.truth()["balances"]}
    assert has["BTC"] == left


def test_the_bot_holds_them_as_if_it_had_bought_them_and_no_order_did(trading: Trader) -> None:
    assert adopt(trading) == ""

    group = trading.group
    assert (group.quantity, group.cost, group.average, group.held) == (D("0.002"), D(120), D(60000), D("0.002"))
    assert (group.first_price, group.add_ons_done, group.fees, group.fee_rate) == (D(60000), 0, D(0), None)
    assert not Order.objects.exists()
    assert not Fill.objects.exists()
    assert trading.reasons() == ["coins.adopted"]
    assert AuditEvent.objects.get(action="group.adopted").outcome == "BTC/USDT"
    assert Message.objects.get(kind="group.opened").title == "[Practice] “Trader” adopted BTC/USDT"
    trading.look()
    assert_books_are_right(trading)


def test_what_the_page_tells_is_what_is_written_down(trading: Trader) -> None:
    told = seen(trading).does
    adopt(trading)

    group = trading.group
    assert (told["quantity"], told["cost"], told["average"]) == (group.held, group.cost, group.average)
    assert told["ladder_total"] == group.ladder.total == 500
    # 2.5 % below: what the first order would have bought more is bought with it.
    assert (told["next_add_on"], told["next_cost"]) == (D(58500), D(130))
    # 1.5 % above what was paid, with the fee of the sale; none was paid for the coins.
    assert round(told["take_profit"], 4) == round(60000 * D("1.015") / D("0.999"), 4)


def test_the_take_profit_sells_them_and_the_result_counts_from_the_price_that_was_named(trading: Trader) -> None:
    adopt(trading)
    trading.look()
    trading.at("61500")

    group = trading.group
    assert trading.orders() == [("exit", "filled")]
    assert (group.mode, group.close_reason, group.sold) == ("closed", "exit.take_profit", D("0.002"))
    # 0.1 % of what a sale brings is its fee, and no fee was paid for the coins.
    assert group.result == group.proceeds - 120
    assert group.proceeds == Fill.objects.get().cost * D("0.999")
    assert KeptResult.objects.ever().get().result == group.result
    assert "Adopted and bought for 120.00" in Message.objects.get(kind="group.closed").text
    assert_books_are_right(trading)


def test_add_ons_follow_below_them(trading: Trader) -> None:
    adopt(trading)
    trading.look()
    trading.at("58000")

    group = trading.group
    assert trading.orders() == [("add_on", "filled")]
    assert group.add_ons_done == 1
    assert group.average is not None
    assert 58000 < group.average < 60000
    assert_books_are_right(trading)


def test_a_stop_loss_sells_them(trading: Trader) -> None:
    trading.set(stop_loss=D(5), stop_timeout_seconds=0, add_on_behaviour="off")
    adopt(trading)
    trading.look()
    trading.at("56000")
    trading.watch()

    assert trading.group.close_reason == "exit.stop_loss"
    assert_books_are_right(trading)


def test_the_rungs_that_they_cover_are_done(trading: Trader) -> None:
    # 360 of 125, 250, 375: the first rung, and not quite the second.
    adopt(trading, quantity=D("0.006"))

    assert trading.group.add_ons_done == 1
    assert seen(trading).refusal == "entry.group_open"


def test_nothing_is_sent_before_the_account_showed_them(trading: Trader) -> None:
    adopt(trading)
    trading.at("61500")

    assert trading.orders() == []
    assert trading.group.reason == "coins.unseen"
    trading.look()
    assert trading.orders() == [("exit", "filled")]


def test_a_reading_that_was_asked_for_before_shows_nothing(trading: Trader) -> None:
    before = Funds.objects.get()
    adopt(trading)

    coins.look_for_adopted(before, now=timezone.now())

    assert trading.group.is_unseen


def test_coins_that_left_meanwhile_are_let_go_and_nothing_is_sold(trading: Trader) -> None:
    adopt(trading)
    trading.rig.control("PATCH", f"accounts/{trading.account}", by_hand={"BTC": "0.0019"})
    trading.look()
    trading.at("61500")

    group = trading.group
    assert (group.mode, group.close_reason, group.result) == ("released", "coins.gone", None)
    assert trading.orders() == []
    assert trading.reasons()[-1] == "coins.gone"
    assert "does not have the adopted coins any more" in Message.objects.get(kind="group.closed").text
    trading.bot.refresh_from_db()
    assert trading.bot.is_enabled
    assert recount(trading.bot.connection).differences == []


def test_what_is_released_can_be_adopted_again(trading: Trader) -> None:
    trading.set(re_entry_minutes=0)
    adopt(trading)
    stops.release_group(trading.group, by=PRODUCT)

    assert adopt(trading) == ""
    assert Group.objects.open().get().cost == 120


def test_a_double_click_and_a_second_tab_open_one_group(trading: Trader) -> None:
    mark = seen(trading).seen
    assert adopt(trading, mark=mark) == ""
    assert adopt(trading, mark=mark) == ""

    assert Group.objects.count() == 1
    assert adopt(trading, mark=mark, quantity=D("0.003")) == "entry.group_open"


def test_a_worker_that_opens_a_group_of_the_pair_at_this_moment_comes_first(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, plan = seen(trading).seen, adopting.of_coins

    def plan_late(bot: Bot, *told: Any, **of: Any) -> adopting.AdoptionPlan:
        made = plan(bot, *told, **of)
        make_group(bot=bot)
        return made

    monkeypatch.setattr(adopting, "of_coins", plan_late)

    assert adopt(trading, mark=mark) == "entry.group_open"
    assert not AuditEvent.objects.filter(action="group.adopted").exists()


@pytest.mark.parametrize(
    "befalls",
    [
        lambda trading: trading.set(take_profit=D(9)),
        lambda trading: trading.set(base_order=D(30)),
        lambda trading: trading.set(stop_loss=D(3)),
        lambda trading: Instrument.objects.update(bid=D(66000), ask=D(66000), price=D(66000)),
    ],
)
def test_what_would_come_to_something_else_by_now_is_not_done(trading: Trader, befalls: Any) -> None:
    mark = seen(trading).seen
    befalls(trading)

    assert adopt(trading, mark=mark) == "adopt.changed"
    assert not Group.objects.exists()


@pytest.mark.parametrize("paid", ["59000", "63000"])
def test_a_tick_of_the_price_changes_nothing_of_what_was_shown(trading: Trader, paid: str) -> None:
    # Sized by the risk: the ladder grows with the account.
    Funds.objects.update(balances_json=told(USDT="2000", BTC="1"))
    trading.set(stop_loss=D(20), recovery_mode=False, take_profit=D(10))
    mark = seen(trading, price=D(paid)).seen
    Instrument.objects.update(bid=D("60000.7"), ask=D("60001.3"), price=D("60001"))

    assert adopt(trading, mark=mark, price=D(paid)) == ""


@pytest.mark.parametrize(
    ("befalls", "refusal"),
    [
        (lambda trading: trading.set(state="off"), "add_on.bot_off"),
        (lambda trading: trading.set(winding_down_at=timezone.now()), "bot.winding_down"),
        (lambda trading: trading.set(paused="entries"), "entry.paused"),
        (lambda trading: trading.set(margin_limit=2), "size.below_minimum"),
        (lambda trading: trading.set(pairs_json=["ETH/USDT"]), "bot.not_running"),
        (lambda trading: trading.set(deleted_at=timezone.now(), state="off"), "bot.not_running"),
        (lambda trading: Instrument.objects.all().delete(), "part.no_price"),
        (lambda trading: Instrument.objects.update(min_cost=D(120)), "part.too_small"),
        (lambda trading: Connection.objects.update(status="error"), "connection.not_proven"),
        (lambda trading: Connection.objects.update(passed_at=ago(25 * 3600)), "connection.not_proven"),
        (lambda trading: Funds.objects.update(balances_json=told(USDT="500", BTC="1")), "adopt.above_ladder"),
        (lambda trading: Funds.objects.update(loss_cap=1, balances_json=told(USDT="2000", BTC="1")), "account.cap"),
        (lambda trading: Funds.objects.update(balances_json=told(USDT="10000", BTC="0.00199")), "adopt.too_few"),
        (lambda trading: Funds.objects.update(reconciled_at=ago(61)), "adopt.not_read"),
        (lambda trading: Funds.objects.update(odd_json={"coins": ["BTC"]}), "adopt.not_read"),
        (lambda trading: Funds.objects.update(restored_from=ago(60)), "books.behind"),
        (lambda trading: Funds.objects.all().delete(), "adopt.not_read"),
    ],
)
def test_what_is_forbidden_is_not_done(trading: Trader, befalls: Any, refusal: str) -> None:
    mark = seen(trading).seen
    befalls(trading)

    assert adopt(trading, mark=mark) == refusal
    assert not Group.objects.exists()


def told(**amounts: str) -> dict[str, dict[str, str]]:
    return {coin: {"free": amount, "total": amount} for coin, amount in amounts.items()}


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_more_than_a_ladder_of_the_bot_is_refused_with_its_figures(trading: Trader) -> None:
    plan = seen(trading, quantity=D("0.009"))

    assert plan.refusal == "adopt.above_ladder"
    assert plan.does == {"cost": D(540), "ladder_total": D(500), "ladder_coins": D("0.00833333")}


def test_coins_of_other_groups_are_nobodys_to_adopt(trading: Trader) -> None:
    other = make_bot(connection=trading.bot.connection, state="enabled", margin_limit=D(1000))
    trading.signal("long")
    held = trading.group.held
    trading.look()

    def free() -> coins.FreeCoins:
        return adopting.free_in(other, "BTC/USDT", now=timezone.now())

    # What it bought a moment ago may not be in the balances yet.
    assert free().refusal == "adopt.moving"
    Order.objects.update(ended_at=ago(120))
    assert free().quantity == D("0.01")
    Group.objects.update(is_unseen=True)
    assert free().quantity == D("0.01")
    Group.objects.update(mode="released")
    assert free().quantity == D("0.01") + held


def test_an_order_of_the_coin_on_its_way_is_waited_for(trading: Trader) -> None:
    other = make_bot(connection=trading.bot.connection, state="enabled", margin_limit=D(1000))
    trading.signal("long")
    trading.look()
    Order.objects.update(ended_at=ago(120), state=OrderState.OPEN, pair="ETH/BTC")

    assert adopting.free_in(other, "BTC/USDT", now=timezone.now()).refusal == "adopt.moving"
    Order.objects.update(state=OrderState.FILLED)
    assert adopting.free_in(other, "BTC/USDT", now=timezone.now()).refusal == ""


def test_groups_of_two_bots_cannot_both_adopt_the_same_coins(trading: Trader) -> None:
    other = make_bot(connection=trading.bot.connection, state="enabled", margin_limit=D(1000))
    own(trading, "0.0025")
    adopt(trading)

    assert adopting.free_in(other, "BTC/USDT", now=timezone.now()).quantity == D("0.0005")


@pytest.mark.parametrize(
    ("price", "notes"),
    [
        ("58000", ("sells.at_target",)),
        ("61000", ()),
        ("62000", ("adopt.buys",)),
        ("68000", ("adopt.recovers", "adopt.buys")),
    ],
)
def test_what_comes_at_once_is_said_before(trading: Trader, price: str, notes: tuple[str, ...]) -> None:
    assert seen(trading, price=D(price)).notes == notes


def test_a_stop_loss_that_is_reached_is_said_before(trading: Trader) -> None:
    trading.set(stop_loss=D(5))

    assert seen(trading, price=D(64000)).notes == ("sells.at_stop",)


def test_a_price_that_nobody_paid_lets_the_bot_have_no_more(trading: Trader) -> None:
    # However cheap they are said to have been, and however dear.
    assert seen(trading, quantity=D("0.01"), price=D(1)).refusal == ""
    assert seen(trading, quantity=D("0.0001"), price=D(6000000)).refusal == "adopt.above_ladder"


@pytest.mark.django_db
def test_where_money_is_live_it_asks_for_a_fresh_sign_in() -> None:
    home = make_connection(owner=make_user(), venue="live")
    bot = make_bot(connection=home, state="enabled")

    with pytest.raises(NotFreshError):
        flows.adopt_coins(bot, "BTC/USDT", **COINS, seen="", by=By(user=home.owner))
    fresh = By(user=home.owner, is_fresh=True)
    assert flows.adopt_coins(bot, "BTC/USDT", **COINS, seen="", by=fresh) == "part.no_price"
