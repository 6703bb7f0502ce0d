"""Requests keep to what an exchange takes from one address, whichever process of ours sends them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.errors import Cause, ExchangeError
from exchanges.spec import Rate
from exchanges.values import OrderNotSentError
from exchanges.wire import pace
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.pace import URGENCY, NoTurnError, Pace, Urgency
from tests.exchanges.asking import check, location_at
from tests.exchanges.trading import Trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

# Ten requests at once, and one more every two minutes: nothing becomes free while a test runs.
SLOW = Rate(units=100, seconds=10_000)
NOWHERE = "redis+socket:///nowhere/valkey.sock"


@pytest.fixture(autouse=True)
def _is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no pace to other tests."""
    monkeypatch.setattr(pace, "_PACE", None)


@pytest.fixture
def place() -> str:
    return uuid4().hex


def passed(place: str, rate: Rate, asked: list[tuple[Pace, Urgency]], cost: float = 1.0) -> int:
    """Let all of them ask for a turn at once; return how many got one."""

    async def one(by: Pace, urgency: Urgency) -> bool:
        URGENCY.set(urgency)
        try:
            await by.turn(place, rate, cost)
        except NoTurnError:
            return False
        return True

    async def all_of_them() -> int:
        try:
            return sum(await asyncio.gather(*(one(*each) for each in asked)))
        finally:
            for by in {by for by, _ in asked}:
                await by.close()

    return asyncio.run(all_of_them())


def test_four_processes_together_get_what_one_would(valkey: str, place: str) -> None:
    four = [Pace(valkey) for _ in range(4)]

    assert passed(place, SLOW, [(one, Urgency.ORDER) for one in four] * 20) == 10


def test_another_exchange_or_address_has_a_limit_of_its_own(valkey: str, place: str) -> None:
    assert passed(f"{place}:a", SLOW, [(Pace(valkey), Urgency.ORDER)] * 20) == 10
    assert passed(f"{place}:b", SLOW, [(Pace(valkey), Urgency.ORDER)] * 20) == 10


def test_what_weighs_more_takes_more(valkey: str, place: str) -> None:
    assert passed(place, SLOW, [(Pace(valkey), Urgency.ORDER)] * 20, cost=5) == 2


def test_what_weighs_more_than_may_leave_at_once_leaves_alone(valkey: str, place: str) -> None:
    assert passed(place, SLOW, [(Pace(valkey), Urgency.CHECK)] * 3, cost=25) == 1


def test_checks_leave_room_for_questions_and_questions_for_orders(valkey: str, place: str) -> None:
    got = [
        passed(place, SLOW, [(Pace(valkey), urgency)] * 20)
        for urgency in (Urgency.CHECK, Urgency.QUESTION, Urgency.ORDER)
    ]

    assert got == [4, 3, 3]


def test_an_exit_never_waits_and_is_counted(valkey: str, place: str) -> None:
    assert passed(place, SLOW, [(Pace(valkey), Urgency.EXIT)] * 30) == 30
    assert passed(place, SLOW, [(Pace(valkey), Urgency.ORDER)]) == 0


def test_a_turn_that_comes_soon_is_waited_for(valkey: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pace.PATIENCE, Urgency.ORDER, 60.0)
    began = time.monotonic()

    # Ten at once, and each of the others 12.5 ms later.
    assert passed(place, Rate(units=100, seconds=1), [(Pace(valkey), Urgency.ORDER)] * 30) == 30

    assert time.monotonic() - began >= 20 * 0.0125 - 0.001


def test_without_the_broker_a_process_keeps_to_its_share(place: str) -> None:
    assert passed(place, SLOW, [(Pace(NOWHERE), Urgency.ORDER)] * 20) == 2


def test_without_the_broker_an_exit_does_not_wait_either(place: str) -> None:
    assert passed(place, SLOW, [(Pace(NOWHERE), Urgency.EXIT)] * 30) == 30


def test_a_command_that_asks_once_is_not_counted(place: str) -> None:
    asyncio.run(pace.turn(place, SLOW, 1_000))


@pytest.fixture
def kept_back(traders: Callable[..., Trader]) -> Trader:
    """Return a trader of an exchange whose limit others have used up, as this process knows without a broker."""
    trader = traders("kucoin")
    location = replace(location_at(trader.rig.base, "kucoin"), egress=uuid4().hex)
    trader.desk = Desk(Lender(registry.get("kucoin"), location))
    run(trader.desk.listed())
    pace.keep_by(NOWHERE)
    run(use_up(f"kucoin:{location.egress}"))
    trader.rig.control("DELETE", "requests")
    return trader


async def use_up(place: str) -> None:
    """Let an exit that weighs more than half a minute's worth be the first, and be counted."""
    URGENCY.set(Urgency.EXIT)
    assert pace._PACE
    await pace.turn(place, registry.get("kucoin").rate, 10_000)
    await pace._PACE.close()


def test_a_question_that_got_no_turn_is_no_fault_of_the_exchange(kept_back: Trader) -> None:
    with pytest.raises(ExchangeError) as refused:
        run(kept_back.desk.balances(kept_back.credentials))

    assert (refused.value.trouble.cause, refused.value.trouble.is_ours) == (Cause.RATE_LIMITED, True)
    assert kept_back.requests() == []


def test_an_order_that_got_no_turn_was_certainly_not_sent(kept_back: Trader) -> None:
    with pytest.raises(OrderNotSentError):
        kept_back.place(new_order())

    assert kept_back.requests() == []


def test_an_exit_leaves_all_the_same(kept_back: Trader) -> None:
    async def leave() -> object:
        URGENCY.set(Urgency.EXIT)
        order = new_order()
        return await kept_back.desk.place(kept_back.credentials, order, not_after=time.monotonic() + 5)

    assert run(leave())


def test_a_check_that_got_no_turn_says_nothing_about_the_key(rig: "Rig") -> None:
    location = replace(location_at(rig.base, "kucoin"), egress=uuid4().hex)
    pace.keep_by(NOWHERE)
    run(use_up(f"kucoin:{location.egress}"))

    outcome = check(rig.base, "kucoin", rig.tryout("kucoin", "good"), location=location)

    assert (outcome.decisive, outcome.facts.requests) == (["reach.rate_limited"], 0)


@pytest.mark.parametrize(
    ("slug", "method", "path", "config", "counts"),
    [
        # 20 of 6,000 a minute, in fifths.
        ("binance", "GET", "account", {"cost": 4}, 4),
        ("kucoin", "GET", "user/api-key", {"cost": 20}, 20),
        ("bybit", "POST", "v5/order/create", {"cost": 2.5}, 1),
    ],
)
def test_requests_are_weighed_where_the_exchange_weighs_them(
    slug: str, method: str, path: str, config: dict[str, Any], counts: float
) -> None:
    async def weigh() -> float:
        with Lender(registry.get(slug), location_at("http://127.0.0.1:9", slug)).lend() as ccxt:
            return float(ccxt.calculate_rate_limiter_cost(["private"], method, path, {}, config))

    assert run(weigh()) == counts


def test_no_window_takes_more_than_the_exchange_allows() -> None:
    for spec in registry.ALL:
        at_once, spread = pace.AT_ONCE * spec.rate.units, pace.SPREAD * spec.rate.units
        assert at_once + spread < spec.rate.units
        # A request that weighs more than all that may leave at once comes on top of what is spread.
        assert spread + 20 <= spec.rate.units
