"""Dust and what comes late: no coin is counted twice, and none is lost, however the two meet."""

from datetime import datetime, timedelta
from decimal import Decimal as D
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.by import By
from exchanges.values import OrderReport, OrderSide, ReportedState, TradeFill
from recount import account
from strategies.choices import GroupMode
from strategies.execution import books, reconcile
from strategies.models import Bot, Fill, Group, Instrument, Order
from strategies.models.funds import Funds
from strategies.stops import flows
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.practice.rig import Rig
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.test_race import at_once
from tests.strategies.stories.test_races import LADDER, ROUNDS, make_trader
from tests.strategies.stories.trader import Trader

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
# What one group of 0.00033 BTC leaves: a fee of 0.1 % is kept of it, and 0.00032 can be sold.
DUST = D("0.00000967")


@pytest.fixture
def binance(transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]) -> Trader:
    """Return a bot at Binance, whose BTC comes in lots of 0.00001 and whose fee of 0.1 % is kept in the coin."""
    rig.control("DELETE", "price")
    trader = make_trading(rig, woken, exchange="binance")
    trader.set(base_order=D(20), margin_limit=5000, risk_level="high", take_profit=4, re_entry_minutes=0)
    return trader


def compare(trader: Trader) -> None:
    """Let the account be read now."""
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    reconcile.reconcile(trader.bot.connection_id)


def buy(trader: Trader) -> Group:
    """Open a group at 60,000."""
    trader.price("60000")
    trader.look()
    signal = trader.signal("long")
    assert signal is not None
    assert signal.outcome == "order.intended"
    trader.work()
    return trader.group


def sell(trader: Trader) -> Group:
    """Let the take profit close the open group, and the account be read when all is sold."""
    trader.at("64500")
    closed = trader.group
    assert closed.mode == GroupMode.CLOSED
    Group.objects.filter(mode=GroupMode.CLOSED).update(closed_at=timezone.now() - timedelta(minutes=2))
    compare(trader)
    return closed


def lose_an_add_on(trader: Trader, liquidity: str = "1000000") -> Order:
    """Let an add-on get what there is, without our knowing it; it is given up."""
    trader.hide()
    trader.lose("late_accept")
    trader.price("58000", liquidity=liquidity)
    trader.watch()
    late = trader.forget()
    assert (late.purpose, late.filled) == ("add_on", 0)
    return late


def assert_each_coin_counts_once(trader: Trader) -> None:
    """What our groups hold, those that are over included, is what the account has; the recount finds no difference."""
    recounted = account.recount(trader.bot.connection)
    (btc,) = (line for line in recounted.coins if line.coin == "BTC")
    assert recounted.differences == []
    assert sum((group.held for group in Group.objects.all()), D(0)) == btc.account
    assert trader.wrong() == []


def test_a_late_fill_that_is_dust_goes_into_the_next_group_as_well(binance: Trader) -> None:
    """Its group has passed on what it left by then: the rest must not be forgotten for that."""
    first = buy(binance)
    late = lose_an_add_on(binance, "0.00001")
    sell(binance)
    assert buy(binance).carried == DUST

    binance.ask(late)

    first.refresh_from_db()
    more = D("0.00000999")
    assert (late.filled, first.mode, first.held) == (D("0.00001"), "closed", more)
    left = sell(binance).held
    assert buy(binance).carried == left + more
    first.refresh_from_db()
    assert first.held == 0
    assert_each_coin_counts_once(binance)


def test_a_late_buy_is_handed_to_the_group_that_took_the_dust(binance: Trader) -> None:
    first = buy(binance)
    late = lose_an_add_on(binance)
    sell(binance)
    second = buy(binance)

    binance.ask(late)

    first.refresh_from_db()
    second.refresh_from_db()
    assert late.filled > 0
    assert (first.held, second.carried, second.held) == (D(0), DUST, DUST + (D("0.00033") + late.filled) * D("0.999"))
    assert_each_coin_counts_once(binance)
    sell(binance)
    assert_each_coin_counts_once(binance)


def test_a_group_that_opens_again_has_what_it_passed_on_no_more(binance: Trader) -> None:
    """A late buy opens it when the group that took its dust is over; what it leaves then is passed on, too."""
    first = buy(binance)
    late = lose_an_add_on(binance)
    sell(binance)
    buy(binance)
    second = sell(binance)

    binance.ask(late)

    first.refresh_from_db()
    assert (first.mode, first.held) == ("normal", late.filled * D("0.999"))
    assert_each_coin_counts_once(binance)
    binance.at("65000")
    first.refresh_from_db()
    assert (first.mode, 0 < first.held < D("0.00001")) == ("closed", True)
    Group.objects.filter(mode=GroupMode.CLOSED).update(closed_at=timezone.now() - timedelta(minutes=2))
    compare(binance)
    left = first.held + second.held
    assert buy(binance).carried == left
    assert_each_coin_counts_once(binance)


def test_dust_goes_with_a_group_that_is_released(binance: Trader) -> None:
    """Its coins are the trader's then, those that it carried, too: no later group takes them."""
    buy(binance)
    sell(binance)
    second = buy(binance)
    assert second.carried == DUST
    compare(binance)
    flows.release_group(
        Group.objects.select_related("bot__connection", "connection").get(pk=second.pk),
        by=By(user=binance.bot.connection.owner),
    )

    assert buy(binance).carried == 0
    assert_each_coin_counts_once(binance)


def test_coins_that_it_has_just_bought_do_not_stand_for_dust_that_is_gone(binance: Trader) -> None:
    """The account was read between the trade and our hearing of it: what lies there are the group's own."""
    buy(binance)
    first = sell(binance)
    binance.rig.control("PATCH", f"accounts/{binance.account}", balances={"spot": {"BTC": "0"}})
    binance.price("60000")
    binance.look()
    binance.hide()
    binance.lose("late_accept")
    binance.signal("long")
    binance.work()
    assert binance.order.state == "unknown"
    compare(binance)
    binance.show()

    binance.ask()

    first.refresh_from_db()
    assert (binance.group.quantity, binance.group.carried) == (D("0.00033"), 0)
    # The reading may lag behind the trade: whether they are gone is not sure yet.
    assert first.held == DUST


# What the exchange takes in the coin, and what is told of an order, by hand: the practice exchange tells no such lies.


def make_place(**fields: Any) -> Bot:
    """Make a bot at an exchange whose BTC comes in lots of 0.00001, of which a first group left 0.00000967."""
    bot = make_trader(price="60000", **fields)
    Instrument.objects.update(amount_step=D("0.00001"), min_amount=D("0.00001"), min_cost=D(5))
    return bot


def make_dust(bot: Bot) -> Group:
    ago = timezone.now() - timedelta(minutes=5)
    sums: dict[str, Any] = {
        "quantity": D("0.00033"),
        "fee_coin": D("0.00000033"),
        "sold": D("0.00032"),
        "cost": D("19.8"),
    }
    group = rows.make_group(bot=bot, ladder_json=LADDER, mode="closed", closed_at=ago, result=D("0.3"), **sums)
    Funds.objects.update(balances_json={"BTC": {"free": "1", "total": "1"}}, read_at=timezone.now())
    return group


def make_sent(bot: Bot, quantity: str = "0.00033", **fields: Any) -> Order:
    """Make a group whose entry is on its way."""
    nothing = dict.fromkeys(("quantity", "cost", "fee_quote"), D(0))
    group = rows.make_group(bot=bot, ladder_json=LADDER, first_price=None, **(nothing | fields))
    return rows.make_order(group=group, state="sent", quantity=D(quantity), price=D(60000), sent_at=timezone.now())


def tell(
    order: Order, *quantities: str, state: ReportedState = ReportedState.CANCELED, at: datetime | None = None
) -> None:
    """Let the exchange tell of an order and of its trades, of each of which it kept a thousandth."""
    fills = [
        TradeFill(
            trade_id=f"{order.pk}-{number}",
            exchange_id="x",
            side=OrderSide.BUY,
            price=D(60000),
            quantity=D(quantity),
            cost=D(60000) * D(quantity),
            fee=D(quantity) / 1000,
            fee_asset="BTC",
            at=at or timezone.now(),
        )
        for number, quantity in enumerate(quantities)
    ]
    filled = sum((fill.quantity for fill in fills), D(0))
    report = OrderReport(exchange_id="x", client_id=order.client_id, state=state, filled=filled, at=None)
    books.record(order.pk, report, fills, now=timezone.now())


def held() -> D:
    return sum((group.held for group in Group.objects.all()), D(0))


def bought() -> D:
    """Return what all told trades left in the account, beside what the first group left."""
    return sum((fill.quantity - fill.fee for fill in Fill.objects.all()), D(0))


@pytest.fixture
def quiet(woken: list[tuple[str, int]]) -> None:
    """Nothing leaves for the broker."""


def test_what_was_carried_of_an_order_is_not_handed_over_once_more(quiet: None) -> None:
    """An entry was told to have got one lot, too little to sell, and had got 33: that lot was carried meanwhile."""
    bot = make_place()
    entry = make_sent(bot)
    tell(entry, "0.00001")
    first = Group.objects.get()
    assert (first.mode, first.held) == ("closed", D("0.00000999"))
    Group.objects.update(closed_at=timezone.now() - timedelta(minutes=2))
    Funds.objects.update(balances_json={"BTC": {"free": "1", "total": "1"}}, read_at=timezone.now())
    tell(make_sent(bot), "0.00033", state=ReportedState.FILLED)
    second = Group.objects.latest("pk")
    assert second.carried == D("0.00000999")

    tell(entry, "0.00001", "0.00032", state=ReportedState.FILLED)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.quantity, first.held) == (D(0), D(0))
    assert (second.quantity, second.held) == (D("0.00066"), D("0.00066") * D("0.999"))
    assert held() == bought()


def test_what_was_carried_and_sold_since_is_not_there_when_its_order_is_handed_over(quiet: None) -> None:
    """The group that took it is over, and a third one gets the order: what it brings is less by what was sold."""
    bot = make_place()
    entry = make_sent(bot)
    tell(entry, "0.00001")
    Group.objects.update(closed_at=timezone.now() - timedelta(minutes=2))
    Funds.objects.update(balances_json={"BTC": {"free": "1", "total": "1"}}, read_at=timezone.now())
    tell(make_sent(bot), "0.00033", state=ReportedState.FILLED)
    second = Group.objects.latest("pk")
    # Whose 34 lots were sold.
    sold = {"sold": D("0.00033"), "mode": "closed", "closed_at": timezone.now(), "passed_on": D("0.00000966")}
    Group.objects.filter(pk=second.pk).update(**sold)
    third = make_sent(bot)

    tell(entry, "0.00001", "0.00032", state=ReportedState.FILLED)

    third.group.refresh_from_db()
    assert third.group.held == D("0.00033") * D("0.999") - D("0.00000999")
    tell(third, "0.00033", state=ReportedState.FILLED)
    assert Group.objects.get(pk=third.group_id).held == D("0.00066") * D("0.999") - D("0.00000999")


def test_two_bots_of_one_pair_never_take_the_same_dust(quiet: None) -> None:
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")
    for _ in range(ROUNDS):
        one = make_place()
        other = make_bot(connection=one.connection, state="enabled", entry_source="webhook", margin_limit=D(2000))
        left = make_dust(one)
        entries = [make_sent(bot) for bot in (one, other)]

        raised = at_once(*(partial(tell, entry, "0.00033", state=ReportedState.FILLED) for entry in entries))

        left.refresh_from_db()
        carried = [Group.objects.get(pk=entry.group_id).carried for entry in entries]
        assert raised == []
        # Who sees the other's fill already lets the dust wait.
        assert sorted(carried) in ([0, DUST], [0, 0])
        assert left.held + sum(carried) == DUST


def test_a_late_fill_and_a_take_at_the_same_moment_lose_nothing(quiet: None) -> None:
    """The group that is corrected is left alone, or has passed its dust on before: then the order counts less it."""
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")
    for _ in range(ROUNDS):
        Group.objects.update(mode="released")
        bot = make_place()
        late = make_sent(bot)
        tell(late, "0.00001")
        Group.objects.filter(pk=late.group_id).update(closed_at=timezone.now() - timedelta(minutes=2))
        Funds.objects.update(balances_json={"BTC": {"free": "1", "total": "1"}}, read_at=timezone.now())
        entry = make_sent(bot)

        raised = at_once(
            partial(tell, late, "0.00001", "0.00032", state=ReportedState.FILLED),
            partial(tell, entry, "0.00033", state=ReportedState.FILLED),
        )

        assert raised == []
        mine = Group.objects.filter(bot=bot)
        assert sum((group.held for group in mine), D(0)) == D("0.00066") * D("0.999")
        assert Group.objects.get(pk=late.group_id).held == 0
