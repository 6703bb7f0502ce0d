"""More of a group, bought at once because its trader asked: one order, by the rules of every add-on, or a reason."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from accounts.sudo import NotFreshError
from recount.account import recount
from strategies.execution import intents
from strategies.hands import flows, plans
from strategies.models import Bot, Group, Instrument, Order
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def holding(trading: Trader) -> Trader:
    """A group that a cool-down keeps from adding on, at a price a little below its average and above its next zone."""
    trading.set(take_profit=D(50), cool_down_minutes=60)
    trading.signal("long")
    trading.at("59700")
    assert trading.orders() == [("entry", "filled")]
    return trading


def ask(trading: Trader, cost: str | None = None) -> str:
    group = trading.group
    wanted = plans.next_rung(group) if cost is None else D(cost)
    assert wanted is not None
    seen = Order.objects.next_number(group.pk) - 1
    return flows.add_now(group, wanted, seen=seen, by=PRODUCT)


def add_ons(trading: Trader) -> list[Order]:
    return list(Order.objects.filter(bot=trading.bot, purpose="add_on").order_by("pk"))


def why(trading: Trader) -> str:
    """Return why nothing was bought, as the group and the journal say it."""
    group = trading.group
    lines = group.journal.filter(action="not_added").values_list("reason", flat=True)
    assert list(lines) == [group.add_refusal]
    assert group.to_add is None
    return group.add_refusal


def test_the_next_rung_is_bought_at_once_and_once(holding: Trader) -> None:
    before, rung = holding.group, plans.next_rung(holding.group)
    assert ask(holding) == ""

    holding.watch()
    holding.watch()

    group, (order,) = holding.group, add_ons(holding)
    assert (order.state, order.reason, order.step) == ("filled", "add_on.asked", 1)
    assert (group.to_add, group.add_refusal, group.add_ons_done) == (None, "", 1)
    assert rung is not None
    assert rung * D("0.98") < group.cost - before.cost <= rung
    assert group.average < before.average  # type: ignore[operator]
    assert holding.group.journal.get(reason="add_on.asked").action == "add_on"
    assert holding.wrong() == []
    assert recount(holding.bot.connection).differences == []


def test_the_bot_wakes_for_it_though_its_group_has_a_band(holding: Trader) -> None:
    Bot.objects.update(step_at=timezone.now() + timedelta(minutes=3))
    Group.objects.update(wake_low=1.0, wake_high=99999.0, wake_at=timezone.now() + timedelta(days=1))

    ask(holding)

    assert Bot.objects.get().step_at <= timezone.now()
    assert holding.group.wake_at is None


def test_an_amount_of_ones_own_is_taken_off_the_ladder(holding: Trader) -> None:
    ladder = holding.group.ladder
    assert ask(holding, f"{ladder.costs[1] / 2:.2f}") == ""
    holding.watch()

    (order,) = add_ons(holding)
    assert order.step == 1
    lacks = ladder.totals[2] - holding.group.cost
    assert lacks > ladder.costs[2]
    assert plans.next_rung(holding.group) == lacks


def test_a_double_click_and_a_second_tab_make_one_order(holding: Trader) -> None:
    seen = Order.objects.next_number(holding.group.pk) - 1
    rung = plans.next_rung(holding.group)
    assert ask(holding) == ""
    assert ask(holding) == ""
    assert ask(holding, "25") == "more.asked_already"
    holding.watch()

    # What the other tab showed was before this order.
    assert flows.add_now(holding.group, rung, seen=seen, by=PRODUCT) == "more.seen_before"  # type: ignore[arg-type]
    holding.watch()
    assert len(add_ons(holding)) == 1


def test_while_its_order_is_under_way_nothing_more_is_asked_for(holding: Trader) -> None:
    holding.lose("late_accept")
    ask(holding)
    holding.watch()

    assert ask(holding) in {"order.unknown", "group.order_open"}
    holding.age(30)
    holding.ask()
    holding.watch()
    assert [order.state for order in add_ons(holding)] == ["filled"]
    assert holding.wrong() == []


def test_an_order_that_never_arrived_is_not_sent_again(holding: Trader) -> None:
    """What was asked for was for that moment."""
    holding.lose("502")
    ask(holding)
    holding.watch()
    holding.never_arrived()
    holding.watch()

    assert [order.state for order in add_ons(holding)] == ["dropped"]
    assert holding.group.add_ons_done == 0


@pytest.mark.parametrize(("seconds", "is_bought"), [(58, True), (61, False)])
def test_it_counts_for_a_minute(holding: Trader, seconds: int, is_bought: bool) -> None:
    ask(holding)
    Group.objects.update(to_add_at=timezone.now() - timedelta(seconds=seconds))

    holding.watch()

    assert len(add_ons(holding)) == is_bought
    if not is_bought:
        assert why(holding) == "add_on.late"


def test_it_waits_for_what_passes_by_itself(holding: Trader) -> None:
    ask(holding)
    write = intents.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intents, "write", lambda wanted, **_: [intents.IntentError("order.overtaken") for _ in wanted])
        holding.watch()
    assert intents.write is write
    assert holding.group.to_add is not None

    holding.watch()
    assert len(add_ons(holding)) == 1


@pytest.mark.parametrize(
    ("befalls", "reason"),
    [
        (lambda trading: trading.set(state="off"), "add_on.bot_off"),
        (lambda trading: trading.set(paused="add_ons"), "group.paused"),
        (lambda trading: trading.set(paused="orders"), "stop.orders"),
        (lambda trading: trading.set(margin_limit=D(40)), "margin.hard_limit"),
        (lambda trading: trading.set(accepted_loss=D("0.01")), "risk.stress_loss"),
        (lambda trading: trading.price("61000"), "average.worse"),
        (lambda trading: trading.set(add_on_behaviour="off"), "group.paused"),
    ],
)
def test_what_forbids_it_meanwhile_is_told(holding: Trader, befalls: Any, reason: str) -> None:
    assert ask(holding) == ""
    befalls(holding)

    holding.watch()

    assert add_ons(holding) == []
    assert why(holding) == reason


@pytest.mark.parametrize(
    ("befalls", "cost", "refusal"),
    [
        (lambda trading: trading.set(state="off"), None, "add_on.bot_off"),
        (lambda trading: trading.set(paused="add_ons"), None, "group.paused"),
        (lambda trading: trading.at("61000"), None, "average.worse"),
        (lambda trading: Instrument.objects.update(min_cost=D(5000)), None, "size.below_minimum"),
        (lambda trading: None, "9999", "add_on.above_ladder"),
        (lambda trading: Group.objects.update(close_asked_at=timezone.now()), None, "group.state"),
    ],
)
def test_what_is_forbidden_is_not_asked_for(holding: Trader, befalls: Any, cost: str | None, refusal: str) -> None:
    befalls(holding)

    assert ask(holding, cost) == refusal
    assert holding.group.to_add is None


def test_in_recovery_mode_its_rules_hold(holding: Trader) -> None:
    holding.recover_since(days=0)
    Group.objects.update(mode="recovery", recovery_forced=True)

    assert ask(holding) == "zone.not_reached"


def test_closing_it_all_outweighs_it(holding: Trader) -> None:
    ask(holding)
    stopping.close_groups([holding.group], by=PRODUCT)

    holding.watch()

    assert holding.group.mode == "closed"
    assert add_ons(holding) == []
    assert why(holding) == "group.state"


def test_an_add_on_that_was_decided_before_it_was_asked_for_is_decided_anew(
    holding: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot is about to buy its next rung when its trader asks for the same: one order, not two."""
    holding.set(cool_down_minutes=0)
    write, asked = intents.write, list[str]()

    def ask_first(*args: object, **more: object) -> object:
        if not asked:
            asked.append(ask(holding))
        return write(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(intents, "write", ask_first)
    holding.at("58000")
    assert asked == [""]
    assert add_ons(holding) == []
    holding.watch()
    holding.watch()

    assert [order.reason for order in add_ons(holding)] == ["add_on.asked"]


@pytest.mark.django_db
def test_where_money_is_live_it_asks_for_a_fresh_sign_in() -> None:
    home = make_connection(owner=make_user(), venue="live")
    group = make_group(bot=make_bot(connection=home, state="enabled"))
    owner = home.owner

    with pytest.raises(NotFreshError):
        flows.add_now(group, D(20), seen=0, by=By(user=owner))
    assert flows.add_now(group, D(20), seen=0, by=By(user=owner, is_fresh=True)) == "part.no_price"


def test_it_is_in_the_trail(holding: Trader) -> None:
    ask(holding)

    assert AuditEvent.objects.get(action="group.add_asked").outcome == "BTC/USDT"
