"""Who is looked at: the bots whose prices left their band at once, those that changed, and each one now and then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts.by import PRODUCT, By
from exchanges.values import Rules
from strategies import claims
from strategies.bots import flows as bots
from strategies.choices import StopLevel
from strategies.engine.decision import Action, Decision
from strategies.engine.wake import Band
from strategies.execution import lookup, settlement
from strategies.market import feed as market_feed
from strategies.models import Bot, Feed, Funds, Group, Instrument, Order
from strategies.runner import bands, watch
from strategies.runner.outcome import GroupOutcome
from strategies.stops import flows
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument
from tests.strategies.rows import make_fill, make_order
from workers import wake

pytestmark = pytest.mark.django_db(transaction=True)
HERE = ("kucoin", "practice")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def make_holding(**fields: Any) -> Group:
    """Make an enabled bot whose group bought at 100 and waits at 99.5."""
    bot = make_bot(state="enabled", **fields)
    make_funds(connection=bot.connection, USDT="10000", BTC="10")
    make_read()
    return make_group(bot=bot)


def make_read() -> None:
    """Let all books be compared just now."""
    Funds.objects.update(read_at=timezone.now(), reconciled_at=timezone.now())


@pytest.fixture(autouse=True)
def _nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "publish", lambda *_: None)


def look(price: str = "", /, **fields: Any) -> None:
    """Look once at all bots, with prices of now."""
    prices = dict.fromkeys(("price", "bid", "ask"), D(price)) if price else {}
    Instrument.objects.update(priced_at=timezone.now(), **(prices | fields))
    feed, _ = Feed.objects.get_or_create(exchange="kucoin", venue="practice")
    watch.step_due(feed, {one.pair: one for one in Instrument.objects.all()})


@pytest.fixture
def settled() -> Group:
    group = make_holding()
    make_instrument(connection=group.bot.connection, price="99.5")
    look()
    return fresh(group)


def fresh(group: Group) -> Group:
    return Group.objects.select_related("bot__connection__owner").get(pk=group.pk)


def is_due(group: Group) -> bool:
    return Bot.objects.get(pk=group.bot_id).step_at <= timezone.now()


def test_a_group_that_waits_keeps_its_band_and_its_bot_sleeps(settled: Group) -> None:
    assert settled.reason == "zone.not_reached"
    assert settled.wake_low == pytest.approx(98.5)
    assert settled.wake_high == pytest.approx(100.2, abs=0.01)
    assert settled.wake_at == settled.first_fill_at + timedelta(days=7)  # type: ignore[operator]
    assert settled.bot.step_at > timezone.now() + timedelta(seconds=55)


@pytest.mark.parametrize("price", ["98.6", "100.1"])
def test_a_look_leaves_alone_a_bot_whose_price_is_within_its_band(settled: Group, price: str) -> None:
    look(price)

    assert fresh(settled).bot.fence == settled.bot.fence


@pytest.mark.parametrize("changes", [{"bid": D("98.5")}, {"price": D("98.4")}, {"ask": D("100.3")}])
def test_a_look_steps_a_bot_of_which_any_price_left_its_band(settled: Group, changes: dict[str, D]) -> None:
    look("99.5", **changes)

    assert fresh(settled).bot.fence == settled.bot.fence + 1


def test_a_stop_loss_comes_with_the_first_price_that_reaches_it() -> None:
    group = make_holding(stop_loss=D(5), recovery_mode=False)
    Group.objects.update(add_ons_done=5)
    make_instrument(connection=group.bot.connection, price="96")
    look()
    assert fresh(group).bot.step_at > timezone.now() + timedelta(seconds=55)

    look("95")

    assert fresh(group).mode == "closing", fresh(group).reason
    assert Order.objects.get().reason == "exit.stop_loss"


def test_each_bot_is_looked_at_now_and_then_whatever_its_band_says(settled: Group) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=181), tick=False):
        look()

    assert fresh(settled).bot.fence == settled.bot.fence + 1


def test_the_moment_of_a_band_wakes_too(settled: Group) -> None:
    Bot.objects.update(step_at=timezone.now() + timedelta(days=30))
    assert settled.wake_at is not None
    with time_machine.travel(settled.wake_at, tick=False):
        look()

    assert fresh(settled).bot.fence == settled.bot.fence + 1


def test_prices_of_another_exchange_wake_nobody(settled: Group) -> None:
    one = Instrument.objects.get()
    one.price = one.bid = one.ask = D(50)

    bands.wake_outside("okx", "practice", {one.pair: one}, now=timezone.now())

    assert not is_due(settled)


def test_a_bot_that_is_off_or_just_being_stepped_is_not_woken(settled: Group) -> None:
    one = Instrument.objects.get()
    one.price = one.bid = one.ask = D(50)
    (claimed,) = claims.claim_some([settled.bot_id], now=timezone.now())

    bands.wake_outside(*HERE, {one.pair: one}, now=timezone.now())

    assert not is_due(settled)
    claims.let_go([], [], [claimed], now=timezone.now())
    Bot.objects.update(state="off")
    bands.wake_outside(*HERE, {one.pair: one}, now=timezone.now())
    assert not is_due(settled)


def add_fill(group: Group) -> None:
    order = make_order(group=group, state="filled", price=D(99), quantity=D("0.1"), purpose="add_on", step=1)
    make_fill(order=order)
    settlement.settle_group(order, now=timezone.now())


def change_fee(group: Group) -> None:
    one = Instrument.objects.get()
    fee = {"taker": D("0.002"), "maker": D("0.001")}
    rules = Rules(
        pair=one.pair, amount_step=D(0), price_step=D(0), min_amount=D(0), min_cost=D(1), is_active=True, **fee
    )
    market_feed._keep_rules({one.pair: one}, {one.pair: rules}, [], timezone.now())


CHANGES: dict[str, Callable[[Group], object]] = {
    "the bot's stop": lambda group: flows.pause_bot(group.bot, StopLevel.ADD_ONS, by=PRODUCT),
    "the trader's stop": lambda group: flows.pause_trader(
        group.bot.connection.owner, StopLevel.ADD_ONS, by=By(user=group.bot.connection.owner)
    ),
    "the kill switch": lambda group: flows.pause_everybody(StopLevel.ORDERS, by=PRODUCT),
    "settings": lambda group: bots.change_bot(
        group.bot, settings=replace(group.bot.settings, stop_loss=D(2)), by=PRODUCT
    ),
    "recovery": lambda group: flows.switch_recovery(group, is_on=True, by=PRODUCT),
    "a close": lambda group: flows.close_groups([group], by=PRODUCT),
    "a release": lambda group: flows.release_group(group, by=PRODUCT),
    "a fill": add_fill,
    "a fee of the exchange": change_fee,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_the_decision_without_a_price_makes_the_bot_due(settled: Group, name: str) -> None:
    CHANGES[name](settled)

    assert is_due(settled)


def test_a_group_that_is_no_longer_open_wakes_nobody(settled: Group) -> None:
    flows.release_group(settled, by=PRODUCT)

    assert not Group.objects.filter(wake_at__isnull=False).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"entry_source": "immediate", "pairs_json": ["BTC/USDT", "ETH/USDT"]},
        {"paused": StopLevel.ORDERS},
    ],
)
def test_a_bot_that_may_enter_or_is_stopped_altogether_is_looked_at_each_time(
    fields: dict[str, Any],
) -> None:
    group = make_holding(**fields)
    make_instrument(connection=group.bot.connection, price="99.5")

    look()

    assert fresh(group).bot.step_at <= timezone.now() + timedelta(seconds=1)


@pytest.mark.parametrize("state", ["open", "unknown", "absent"])
def test_a_group_with_an_order_under_way_has_no_band(state: str) -> None:
    group = make_holding()
    make_instrument(connection=group.bot.connection, price="99.5")
    make_order(group=group, state=state, purpose="add_on", step=1)

    look()

    assert fresh(group).wake_at is None
    assert fresh(group).bot.step_at <= timezone.now() + timedelta(seconds=1)


def make_buying(state: str, **fields: Any) -> Group:
    """Make a group that has bought nothing yet, with its entry in that state; its bot looked at just now."""
    bot = make_bot(state="enabled", **fields)
    make_funds(connection=bot.connection, USDT="10000", BTC="10")
    make_read()
    make_instrument(connection=bot.connection, price="99.5")
    nothing: dict[str, Any] = dict.fromkeys(("quantity", "cost", "fee_quote", "fees", "held_quantity", "at_work"), D(0))
    nothing |= dict.fromkeys(("first_price", "first_fill_at", "last_fill_at", "last_fill_price"))
    group = make_group(bot=bot, **nothing)
    long_ago = timezone.now() - timedelta(minutes=5)
    make_order(group=group, state=state, quantity=D("0.1"), price=D(100), sent_at=long_ago, created_at=long_ago)
    look()
    return fresh(group)


def pause_of(group: Group) -> timedelta:
    """Return after what time its bot is looked at again."""
    return fresh(group).bot.step_at - timezone.now()


@pytest.mark.parametrize("state", ["sent", "open", "unknown"])
def test_a_bot_that_waits_for_its_entry_alone_is_left_to_what_becomes_of_it(state: str) -> None:
    group = make_buying(state)

    assert (group.wake_low, group.wake_high, group.wake_at) == (None, None, None)
    assert timedelta(seconds=10) < pause_of(group) <= claims.UNDER_WAY
    look("1")
    assert pause_of(group) > timedelta(seconds=10)


@pytest.mark.parametrize(
    ("state", "fields"),
    [("absent", {}), ("open", {"entry_source": "immediate", "pairs_json": ["BTC/USDT", "ETH/USDT"]})],
)
def test_a_bot_that_may_do_more_than_wait_for_its_entry_is_looked_at_each_time(
    state: str, fields: dict[str, Any]
) -> None:
    assert pause_of(make_buying(state, **fields)) <= timedelta(seconds=1)


def test_a_fill_of_its_entry_makes_the_bot_due() -> None:
    group = make_buying("open")
    order = Order.objects.get()
    make_fill(order=order)

    settlement.settle_group(order, now=timezone.now())

    assert is_due(group)


def test_an_entry_that_proves_absent_makes_the_bot_due() -> None:
    group = make_buying("unknown")
    order = Order.objects.get()

    for _ in range(2):
        assert not is_due(group)
        lookup._not_found(order, timezone.now())

    assert Order.objects.get().state == "absent"
    assert is_due(group)


def test_a_part_of_its_entry_is_looked_after_at_each_price() -> None:
    group = make_buying("open")
    Group.objects.update(quantity=D("0.1"), cost=D(10), first_price=D(100), held_quantity=D("0.1"), at_work=D(10))
    Bot.objects.update(step_at=timezone.now())

    look()

    assert pause_of(group) <= timedelta(seconds=1)


def test_a_band_that_is_no_longer_there_is_taken_away(settled: Group) -> None:
    look("98.4")

    assert fresh(settled).wake_at is None


def test_a_float_never_hides_a_price_that_reached_its_bound() -> None:
    random, group = Random(5), make_holding()
    for _ in range(100):
        bound = D(random.randint(1, 10**30)).scaleb(random.randint(-30, 0))
        decision = Decision(action=Action.WAIT, reason="zone.not_reached")
        band = Band(low=bound, high=bound)
        with transaction.atomic():
            bands.keep([GroupOutcome(bot=group.bot, group=group, decision=decision, band=band)])
        low, high = Group.objects.values_list("wake_low", "wake_high").get(pk=group.pk)
        assert low is not None
        assert high is not None
        for price in (bound, bound * D("0.99999999999999999999"), bound * D("1.00000000000000000001")):
            assert price > bound or float(price) <= low
            assert price < bound or float(price) >= high


@pytest.mark.parametrize("seed", range(6))
def test_two_bots_alike_are_decided_alike_though_only_one_is_looked_at_each_time(seed: int) -> None:
    random = Random(seed)
    fields = {"trailing": random.choice((None, D(1))), "stop_loss": random.choice((None, D(12)))}
    with time_machine.travel(NOW, tick=False) as clock:
        steady, lazy = make_holding(**fields), make_holding(**fields)
        make_instrument(connection=steady.bot.connection, price="99.5")
        price, told = D("99.5"), list[Any]()
        for _ in range(80):
            clock.shift(timedelta(seconds=random.choice((1, 1, 1, 5, 30))))
            price += D(random.randint(-8, 8)) / 10
            Bot.objects.filter(pk=steady.bot_id).update(step_at=timezone.now())
            Group.objects.filter(pk=steady.pk).update(wake_at=None, wake_low=None, wake_high=None)
            make_read()
            look(str(price))
            seen = [
                [getattr(fresh(group), name) for name in ("mode", "reason", "alarms", "best", "recovery_reason")]
                for group in (steady, lazy)
            ]
            assert seen[0] == seen[1]
            told.append(seen[0])
            if Order.objects.exists():
                break
    orders = [list(Order.objects.filter(group=one).values_list("purpose", "reason")) for one in (steady, lazy)]
    assert orders[0] == orders[1]
    assert fresh(lazy).bot.fence < fresh(steady).bot.fence
