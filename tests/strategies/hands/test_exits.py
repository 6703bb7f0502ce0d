"""Exits of a group's own: what the bot goes by from then on, and that what was decided before does not count."""

from decimal import Decimal as D

import pytest

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from accounts.sudo import NotFreshError
from strategies.engine.decision import Action, Decision
from strategies.execution import intents
from strategies.hands import flows
from strategies.models import Bot, Group, Order
from strategies.models.groups import Exits
from strategies.runner import news
from strategies.runner.outcome import GroupOutcome
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.django_db


def by_trader(group: Group, *, is_fresh: bool = False) -> By:
    return By(user=group.connection.owner, is_fresh=is_fresh)


@pytest.fixture
def live() -> Group:
    home = make_connection(owner=make_user(), venue="live")
    return make_group(bot=make_bot(connection=home, state="enabled", take_profit=D(2), stop_loss=D(10)))


@pytest.mark.parametrize(
    ("exits", "is_raised"),
    [
        (Exits(D(1), D(10)), False),
        (Exits(D(2), D(5)), False),
        (Exits(D(2), D(-1)), False),
        (Exits(D(3), D(5)), True),
        (Exits(D(1), D(12)), True),
        (Exits(D(1), None), True),
    ],
)
def test_only_exits_that_lie_further_away_ask_for_a_fresh_sign_in(live: Group, exits: Exits, is_raised: bool) -> None:
    if is_raised:
        with pytest.raises(NotFreshError):
            flows.move_exits(live, exits, by=by_trader(live))
    else:
        assert flows.move_exits(live, exits, by=by_trader(live))

    live.refresh_from_db()
    assert live.own_exits == (None if is_raised else exits)


def test_back_to_the_bots_stop_loss_that_lies_further_away_asks_as_well(live: Group) -> None:
    Group.objects.filter(pk=live.pk).update(own_take_profit=D(2), own_stop_loss=D(5))

    with pytest.raises(NotFreshError):
        flows.move_exits(live, None, by=by_trader(live))
    flows.move_exits(live, None, by=by_trader(live, is_fresh=True))

    live.refresh_from_db()
    assert live.own_exits is None


def test_it_is_told_in_the_journal_and_in_the_trail(live: Group) -> None:
    flows.move_exits(live, Exits(D(1), None), by=by_trader(live, is_fresh=True))

    line = live.journal.get()
    assert (line.reason, line.numbers) == ("exits.moved", {"take_profit_share": D("0.01")})
    assert AuditEvent.objects.get(action="group.exits").outcome == "BTC/USDT"


def test_a_group_that_is_closed_by_now_keeps_what_it_was_closed_by(live: Group) -> None:
    Group.objects.filter(pk=live.pk).update(mode="closed")

    assert not flows.move_exits(live, Exits(D(1), None), by=by_trader(live, is_fresh=True))
    assert Group.objects.get().own_exits is None


def test_what_was_remembered_of_the_exits_before_is_forgotten(live: Group) -> None:
    """A take profit that was reached would go on being followed, far below the one that was set since."""
    Group.objects.update(best=D(103), wake_low=1.0, wake_high=200.0)
    stepped = Group.objects.select_related("bot").get()
    Bot.objects.update(claim="mine", claimed_until="2099-01-01T00:00Z")
    stepped.bot.claim = "mine"
    flows.move_exits(live, Exits(D(1), None), by=by_trader(live, is_fresh=True))
    Bot.objects.update(claim="mine", claimed_until="2099-01-01T00:00Z")

    seen = Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers={"price": D(104)}, best=D(104))
    news.note([GroupOutcome(bot=stepped.bot, group=stepped, decision=seen)], stepped.opened_at)

    group = Group.objects.get()
    assert (group.best, group.wake_low, group.wake_high) == (None, None, None)
    assert group.reason == "exit.trailing_armed"


@pytest.mark.services
def test_the_bot_sells_at_the_take_profit_of_the_group(trading: Trader) -> None:
    trading.set(take_profit=D(50))
    trading.signal("long")
    flows.move_exits(trading.group, Exits(D(1), None), by=PRODUCT)

    trading.at("60300")
    assert trading.group.mode == "normal", trading.reasons()
    trading.at("60900")

    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.take_profit")


@pytest.mark.services
def test_a_stop_loss_above_the_average_keeps_a_gain(trading: Trader) -> None:
    trading.set(take_profit=D(50))
    trading.signal("long")
    trading.at("62000")
    flows.move_exits(trading.group, Exits(D(50), D(-1)), by=PRODUCT)

    trading.at("61500")
    assert trading.group.mode == "normal", trading.reasons()
    trading.at("60590")
    trading.watch()

    group = trading.group
    assert (group.mode, group.close_reason) == ("closed", "exit.stop_loss")
    assert group.result is not None
    assert group.result > 0


@pytest.mark.services
def test_an_exit_that_was_decided_by_the_exits_before_is_not_written_down(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trader moves the stop loss away between the decision and the intent: the decision is made anew."""
    trading.set(stop_loss=D(1), take_profit=D(50))
    trading.signal("long")
    write = intents.write

    def move_first(*args: object, **more: object) -> object:
        flows.move_exits(trading.group, Exits(D(50), D(20)), by=PRODUCT)
        return write(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(intents, "write", move_first)
    trading.at("59000")

    assert not Order.objects.filter(purpose="exit").exists()
    assert "order.overtaken" in (trading.group.reason, *trading.reasons())
    monkeypatch.undo()
    trading.watch()
    assert trading.group.mode == "normal"
