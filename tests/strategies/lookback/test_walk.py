"""Single candles: what fills where, and what a fee, a lot and a limit make of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.engine.decision import Action
from strategies.engine.position import Fees, Side
from strategies.engine.sizing import LEVELS
from strategies.engine.state import MarginLimit, RecoverySettings, Settings
from strategies.lookback.candles import Candles
from strategies.lookback.walk import CancelledError, Extremes, Trace, run
from strategies.lookback.wishes import BotWish, FeeWay, Terms
from tests.strategies.lookback.worlds import NO_FEES, NO_LADDER, START, make_candles

LEVEL = replace(LEVELS["medium"], add_ons=2, step=D("0.1"), step_scale=D(1), volume_scale=D(1), accepted_loss=D("0.9"))
TERMS = Terms(fees=NO_FEES, paid=D(0), way=FeeWay.QUOTE, slippage=D(0), reach=D(0))


def make_wish(**changes: Any) -> BotWish:
    own = Settings(
        side=Side.LONG,
        ladder=NO_LADDER,
        fees=NO_FEES,
        take_profit=D("0.1"),
        cool_down=timedelta(0),
        re_entry_pause=timedelta(days=1),
        recovery=RecoverySettings(is_on=False),
    )
    wish = BotWish(
        settings=replace(own, **changes.pop("settings", {})),
        level=LEVEL,
        margin=MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8")),
        equity=D(1000),
        base=D(100),
        loss_cap=D(1),
    )
    return replace(wish, **changes)


def lived(*rows: tuple[int, int, int, int], order: Extremes = Extremes.FALLS_FIRST, **changes: Any) -> Trace:
    terms = replace(TERMS, **changes.pop("terms", {}))
    return run(make_wish(**changes), {"BTC/USDT": (make_candles(list(rows)), terms)}, order=order)


def acts(trace: Trace) -> list[tuple[Action, int]]:
    return [(event.action, event.tick) for event in trace.events]


def test_an_add_on_fills_at_its_level_where_the_price_passes_it() -> None:
    trace = lived((100, 100, 100, 100), (100, 100, 85, 99))

    assert acts(trace) == [(Action.OPEN, 100), (Action.ADD, 90)]


def test_beyond_a_jump_it_fills_at_the_open() -> None:
    trace = lived((100, 100, 100, 100), (87, 88, 86, 88))

    assert acts(trace) == [(Action.OPEN, 100), (Action.ADD, 87)]


def test_which_extreme_comes_first_decides_whether_it_was_bought_before_it_was_sold() -> None:
    rows = (100, 100, 100, 100), (100, 115, 85, 100)

    assert [action for action, _ in acts(lived(*rows))] == [Action.OPEN, Action.ADD, Action.CLOSE]
    assert [action for action, _ in acts(lived(*rows, order=Extremes.RISES_FIRST))] == [Action.OPEN, Action.CLOSE]


def test_a_group_is_sold_where_its_take_profit_is_left_after_fees() -> None:
    trace = lived((1000, 1000, 1000, 1000), (1000, 1200, 1000, 1200), terms={"paid": D("0.001")})

    assert trace.events[-1].tick == 1103  # 1000 · 1.101 / 0.999, rounded up to a tick
    assert trace.cash - 1000 == pytest.approx(D("10.1"), abs=D("0.1"))


def test_a_bot_enters_again_where_it_sold_when_it_has_no_pause() -> None:
    trace = lived((100, 100, 100, 100), (100, 115, 100, 115), settings={"re_entry_pause": timedelta(0)})

    assert acts(trace) == [(Action.OPEN, 100), (Action.CLOSE, 111), (Action.OPEN, 111)]


def test_a_fee_that_is_kept_in_the_coin_leaves_dust_that_the_next_group_sells() -> None:
    rows = [(100, 100, 100, 100), (100, 115, 100, 115), (100, 100, 100, 100), (100, 115, 100, 115)]
    terms = {"amount_step": D("0.01"), "paid": D("0.001"), "way": FeeWay.COIN}
    terms["fees"] = Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=True)
    trace = lived(*rows, settings={"re_entry_pause": timedelta(minutes=1)}, terms=terms)
    opened, sold, again, *_ = trace.events

    assert opened.quantity * D("0.999") - sold.quantity == sold.coins_after > 0
    assert again.coins_after == again.quantity * D("0.999") + sold.coins_after


def test_a_fee_in_a_third_coin_leaves_the_purse_alone_and_is_counted_beside_it() -> None:
    trace = lived((100, 100, 100, 100), terms={"paid": D("0.001"), "way": FeeWay.THIRD})

    assert trace.cash == 900
    assert trace.elsewhere == D("0.1")


def test_a_signal_that_finds_a_group_open_asks_for_nothing_once_that_is_sold() -> None:
    rows = (100, 100, 100, 100), (100, 115, 100, 100), (100, 100, 100, 100), (100, 100, 100, 100)
    now, settings = START, {"re_entry_pause": timedelta(0)}
    asked = {"BTC/USDT": [(now, now + 1), (now + 1, now + 3)]}

    assert acts(lived(*rows, signals=asked, settings=settings)) == [(Action.OPEN, 100), (Action.CLOSE, 111)]
    asked["BTC/USDT"].append((now + 3, now + 4))
    assert acts(lived(*rows, signals=asked, settings=settings))[2:] == [(Action.OPEN, 100)]


def test_an_alert_closes_the_group_that_it_finds_open_at_the_minutes_open() -> None:
    rows = (100, 100, 100, 100), (101, 101, 101, 101), (102, 102, 102, 102)
    trace = lived(*rows, closings={"BTC/USDT": [START, START + 2]})

    assert [(one.action, one.reason, one.tick) for one in trace.events] == [
        (Action.OPEN, "entry.immediate", 100),
        (Action.CLOSE, "exit.signal", 102),
    ]


def test_an_alert_that_finds_too_little_to_sell_leaves_the_bot_to_its_own_rules_at_that_price() -> None:
    rows = (100, 100, 100, 100), (85, 85, 85, 85)
    trace = lived(*rows, closings={"BTC/USDT": [START + 1]}, terms={"minimum_cost": D(95)})

    assert acts(trace) == [(Action.OPEN, 100), (Action.ADD, 85)]


def test_spread_and_slippage_make_each_fill_worse() -> None:
    trace = lived((100, 100, 100, 100), terms={"half_spread": 1, "slippage": D("0.01")})

    assert trace.events[0].price == D("102.01")


def test_a_bot_that_no_price_could_let_buy_is_asked_once_and_says_why() -> None:
    trace = lived(*[(100 + i, 101 + i, 99 + i, 100 + i) for i in range(500)], terms={"minimum_cost": D(2000)})

    assert trace.events == []
    assert [reason for *_, reason in trace.blocked] == ["size.below_minimum"]
    assert trace.looks == 1


def test_a_ladder_that_coarse_lots_refuse_waits_for_a_price_that_is_low_enough() -> None:
    rows = [(100 + i, 100 + i, 100 + i, 100 + i) for i in range(500)]
    fees = Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=True)
    terms = {"amount_step": D("0.1"), "way": FeeWay.COIN, "fees": fees}
    trace = lived(*rows, (87, 87, 87, 87), (86, 86, 86, 86), terms=terms)

    # 11 lots are the least of which so much can be sold again: 1.1 · 86 · 1.05 is below 100.
    assert acts(trace) == [(Action.OPEN, 86)]
    assert [reason for *_, reason in trace.blocked] == ["size.coarse_lots"]
    assert trace.looks == 3


def test_the_second_pair_waits_for_the_limit_that_the_first_has_used_up() -> None:
    rise = make_candles([(100, 100, 100, 100), (100, 100, 100, 100), (100, 120, 100, 120), (120, 120, 120, 120)])
    calm = make_candles([(100, 100, 100, 100)] * 4)
    wish = make_wish(margin=MarginLimit(amount=D(600), soft=D("0.6"), hard=D("0.8")), level=replace(LEVEL, groups=1))
    trace = run(wish, {"BTC/USDT": (rise, TERMS), "ETH/USDT": (calm, TERMS)})

    told = [(event.pair, event.action, event.minute - START) for event in trace.events]
    assert told == [("BTC/USDT", Action.OPEN, 0), ("BTC/USDT", Action.CLOSE, 2), ("ETH/USDT", Action.OPEN, 2)]


def test_a_run_that_somebody_ends_says_so() -> None:
    candles = make_candles([(100, 100, 100, 100), (100, 115, 100, 100)] * 400)
    told = list[float]()

    def watch(share: float) -> bool:
        told.append(share)
        return len(told) < 2

    with pytest.raises(CancelledError):
        run(
            make_wish(settings={"re_entry_pause": timedelta(minutes=1)}),
            {"BTC/USDT": (candles, TERMS)},
            watch=watch,
        )
    assert 0 < told[0] < told[1] < 1


def test_closes_of_longer_candles_leave_out_what_began_before_and_what_is_missing() -> None:
    minutes = [3, 4, 5, 6, 9, 10, 21, 25]
    candles = make_candles([(price, price, price, price) for price in range(1, 9)], minutes=minutes)
    cells = candles.cells

    assert cells.ends.tolist() == [10, 15, 25, 30]
    assert cells.closes.tolist() == [5, 6, 7, 8]
    assert cells.known.tolist() == [0, 0, 0, 0, 0, 1, 2, 3]


def test_without_candles_nothing_happens() -> None:
    empty: Candles = make_candles([])

    assert run(make_wish(), {"BTC/USDT": (empty, TERMS)}).events == []
