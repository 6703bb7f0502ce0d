"""What a rehearsal compares must be able to fail: each way in which books can differ is told."""

import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from chaos import alerts, comparing, processes, trading, world
from recount.account import Recounted
from recount.values import Discrepancy
from strategies.choices import Purpose, StopLevel
from strategies.models import Order
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.rows import D

pytestmark = pytest.mark.django_db
NONE: dict[Purpose, dict[int, list[tuple[float, float]]]] = {}


@pytest.fixture
def order() -> Order:
    group = rows.make_group(bot=make_bot(), quantity=D("0.01"), cost=D(300))
    order = rows.make_order(group=group, filled=D("0.01"))
    rows.make_fill(order=order)
    return order


def truth(order: Order, **changes: Any) -> dict[str, Any]:
    """Return what the exchange would tell if all were well, changed as given."""
    fill = {"price": "30000", "amount": "0.01", "fee": "0.3", "fee_asset": "USDT"}
    row = {"client_id": order.client_id, "status": "filled", "filled": "0.01", "created": 1_000_000, "fills": [fill]}
    coins = {"asset": "BTC", "wallet": "spot", "free": "0.01", "locked": "0"}
    return {"orders": [row | changes], "balances": [coins]}


def wrong(order: Order, told: dict[str, Any], without: dict[int, list[tuple[float, float]]] | None = None) -> str:
    by_purpose = {Purpose(order.purpose): without} if without else NONE
    return " · ".join(comparing.compare(order.connection, told, by_purpose).wrong)


def test_equal_books_are_not_wrong(order: Order) -> None:
    assert wrong(order, truth(order)) == ""


def test_an_order_that_was_accepted_twice_is_told(order: Order) -> None:
    told = truth(order)
    told["orders"] *= 2

    assert "accepted 2 times" in wrong(order, told)


def test_an_order_without_a_row_of_ours_is_told(order: Order) -> None:
    assert "without a row of ours" in wrong(order, truth(order, client_id="bfstranger"))


def test_a_lost_fill_is_told(order: Order) -> None:
    told = truth(order, filled="0.02")
    told["orders"][0]["fills"] *= 2

    assert "filled 0.02 there, 0.01 here" in wrong(order, told)
    assert "2 fills there, 1 here" in wrong(order, told)


def test_another_fee_is_told(order: Order) -> None:
    told = truth(order)
    told["orders"][0]["fills"][0]["fee"] = "0.31"

    assert "or not the same" in wrong(order, told)


def test_coins_that_our_books_do_not_know_are_told(order: Order) -> None:
    told = truth(order)
    told["balances"][0]["free"] = "0.02"

    assert "BTC: 0.02 in the account" in wrong(order, told)


def test_coins_that_were_left_while_some_were_taken_out_by_hand_are_the_traders(order: Order) -> None:
    told = truth(order)
    told["balances"][0]["free"] = "0.02"
    assert comparing.compare(order.connection, told, NONE, is_short=True).wrong == []

    told["balances"][0]["free"] = "0.009"
    assert comparing.compare(order.connection, told, NONE, is_short=True).wrong != []


def test_an_order_without_authority_is_told_after_a_moment_of_grace(order: Order) -> None:
    assert "after its bot was stopped" in wrong(order, truth(order), {order.bot_id: [(990.0, 1010.0)]})
    assert wrong(order, truth(order), {order.bot_id: [(997.0, 1010.0)]}) == ""


@pytest.mark.parametrize(
    ("level", "forbidden"),
    [("entries", {"entry"}), ("add_ons", {"entry", "add_on"}), ("orders", {"entry", "add_on", "exit"})],
)
def test_a_stop_is_held_against_the_orders_that_it_forbids(order: Order, level: str, forbidden: set[str]) -> None:
    thrown = alerts.Alerts(rng=random.Random(1), bots=[order.bot])
    thrown._scope, thrown._level, thrown._bot = "bot", StopLevel(level), order.bot
    thrown._since = 990.0
    thrown.give_back()

    told = set[str]()
    for purpose in Purpose:
        Order.objects.filter(pk=order.pk).update(purpose=purpose)
        if comparing.compare(order.connection, truth(order), thrown.without).wrong:
            told.add(purpose)

    assert told == forbidden


def test_an_exchanges_own_prefix_is_no_part_of_our_id() -> None:
    group = rows.make_group(
        bot=make_bot(connection=make_connection(owner=make_user(), exchange="gate")), quantity=D("0.01"), cost=D(300)
    )
    order = rows.make_order(group=group, filled=D("0.01"))
    rows.make_fill(order=order)

    assert wrong(order, truth(order, client_id=f"t-{order.client_id}")) == ""
    assert "without a row of ours" in wrong(order, truth(order, client_id=f"x-{order.client_id}"))


def recounted(*codes: str, unread: list[str] | None = None) -> trading.ChaosReport:
    report = trading.ChaosReport(seed=1)
    found = [Discrepancy(code=code, where="Bot", there="1", here="2") for code in codes]
    trading.keep(Recounted("kucoin", "kucoin", "practice", differences=found, unread=unread or []), "a1", report)
    return report


def test_what_the_recount_finds_fails_a_rehearsal() -> None:
    report = recounted("limit.hard", "fill.fee", unread=["the exchange: reach.unavailable"])

    assert not report.is_clean
    assert list(trading.lines(report))[-4:] == [
        "1 beyond a limit, 2 differences",
        "a1: limit.hard: Bot: 1 there, 2 here",
        "a1: fill.fee: Bot: 1 there, 2 here",
        "a1: not read: the exchange: reach.unavailable",
    ]
    assert not recounted("limit.margin").is_clean
    assert not recounted(unread=["BTC"]).is_clean


def test_what_was_filled_late_is_told_beside_a_limit_and_is_no_passed_limit_itself(order: Order) -> None:
    assert list(trading.late_fills(order.connection_id)) == []
    Order.objects.update(ended_at=order.created_at - timedelta(seconds=10))

    report = trading.ChaosReport(seed=1, beyond=["limit.hard"], late=list(trading.late_fills(order.connection_id)))

    assert f"filled late: order {order.pk}, entry" in "\n".join(trading.lines(report))
    assert "1 beyond a limit, 0 differences" in trading.lines(report)


def test_a_clean_rehearsal_tells_five_figures() -> None:
    report = recounted()

    assert report.is_clean
    assert list(trading.lines(report))[-2:] == [
        "0 doubled, 0 lost, 0 without authority",
        "0 beyond a limit, 0 differences",
    ]


def test_a_program_that_does_not_come_up_is_not_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = processes.Process("sleeper", ["sleep", "600"], tmp_path / "log", is_up=never_comes_up)
    for kind in ("broker", "practice", "postgres"):
        monkeypatch.setattr(processes, kind, lambda *_: sleeper)

    with pytest.raises(TimeoutError), world.bases(tmp_path):
        pass

    assert sleeper.running is not None
    assert sleeper.running.poll() is not None


def never_comes_up() -> NoReturn:
    raise TimeoutError


def test_a_child_that_was_never_started_ends_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _: ended.append(pid))

    processes.Fork("worker", "worker", cast("processes.Forks", None)).kill()

    assert ended == []
