"""Figures against a plain loop over the same run, and single ones by hand."""

import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal as D

import pytest

from strategies.lookback.answer import answer, fingerprint, outline
from strategies.lookback.chance import chance
from strategies.lookback.figures import course, figures
from strategies.lookback.walk import Extremes, Stride, run
from strategies.lookback.wishes import FeeWay
from tests.strategies.lookback.test_walk import TERMS, lived, make_wish
from tests.strategies.lookback.worlds import START, make_candles, random_life

IDLE = """
import sys
import backfuture.wsgi
import backfuture.celery
import strategies.tasks
print(sorted(name for name in sys.modules if name.split(".")[0] == "numpy" or "lookback" in name))
"""


@pytest.mark.parametrize("seed", [*range(12), 40, 41, 77])
def test_equity_by_the_minute_is_what_a_plain_loop_finds(seed: int) -> None:
    life = random_life(seed, length=150, pairs=1 + seed % 2)
    trace = life.run(Stride.SKIP)
    by_minute = course(life.wish, trace, life.pairs)

    equity = float(trace.cash - trace.elsewhere)
    for pair, (candles, _) in life.pairs.items():
        own = [event for event in trace.events if event.pair == pair]
        price = float(int(candles.close[-1]) * candles.step)
        coins, paid = (float(own[-1].coins_after), float(own[-1].at_work_after)) if own else (0.0, 0.0)
        equity += coins * price if life.wish.settings.side == "long" else 2 * paid - coins * price
    assert by_minute.equity[-1] == pytest.approx(equity)
    assert (by_minute.worst <= by_minute.equity).all()

    found = figures(life.wish, trace, life.pairs)
    peak, deepest = float(life.wish.equity), 0.0
    for close, worst in zip(by_minute.equity.tolist(), by_minute.worst.tolist(), strict=True):
        deepest = max(deepest, peak - worst)
        peak = max(peak, close)
    assert found.drawdown.money == pytest.approx(deepest, abs=1e-6)
    assert sum(found.by_month.values()) == pytest.approx(found.net, abs=1e-6)
    assert sum(day.change for day in found.days) == pytest.approx(found.net, abs=1e-6)
    assert sum(group.result for group in found.groups) == pytest.approx(found.net, rel=0.05, abs=2)


def test_a_drawdown_counts_the_worst_price_of_a_minute_not_its_close() -> None:
    rows = [(100, 100, 100, 100), (100, 100, 95, 100), (100, 100, 100, 100)]
    trace = lived(*rows)
    found = figures(make_wish(), trace, {"BTC/USDT": (make_candles(rows), TERMS)})

    assert found.drawdown.money == 5
    assert found.drawdown.share == 0.005
    assert found.most_margin == 100
    assert (found.net, found.holding) == (0, 0)


def test_the_worst_days_come_first() -> None:
    day = 1440
    start = 20_000 * day
    rows = [(100, 100, 100, 100), (97, 97, 97, 97), (94, 94, 94, 94), (95, 95, 95, 95), (91, 91, 91, 91)]
    candles = make_candles(rows, minutes=[start + n * day for n in range(5)])
    pairs = {"BTC/USDT": (candles, TERMS)}
    found = figures(make_wish(), run(make_wish(), pairs), pairs)

    assert [day.change for day in found.worst_days] == [-4, -3, -3]
    assert found.by_month.keys() == {"2024-10"}
    assert found.under_water.minutes == 4 * day


def test_costs_are_told_apart_from_results() -> None:
    rows = [(100, 100, 100, 100), (100, 120, 100, 120)]
    terms = {"paid": D("0.001"), "half_spread": 1, "way": FeeWay.THIRD}
    trace = lived(*rows, terms=terms)
    found = figures(make_wish(), trace, {"BTC/USDT": (make_candles(rows), TERMS)})

    bought, sold = trace.events
    assert found.fees == pytest.approx(float(bought.fee + sold.fee))
    assert found.spread_and_slippage == pytest.approx(float(bought.quantity + sold.quantity))
    assert found.net == pytest.approx(float(trace.cash - trace.elsewhere) - 1000)


def test_the_same_days_have_the_same_chances_and_bad_days_in_a_row_stay_together() -> None:
    days = [1.0] * 60 + [-10.0] * 7 + [1.0] * 60
    found = chance(days)

    assert found == chance(days)
    assert found.net[0] < sum(days) < found.net[2]
    assert found.drawdown[1] >= 40
    assert chance([]).days == 0
    assert chance([2.0] * 10).net == (20.0, 20.0, 20.0)


def test_an_answer_is_the_same_json_each_time_and_its_headline_the_worse_order() -> None:
    rows = [(100, 100, 100, 100), (100, 115, 85, 100), (100, 112, 85, 100)] * 5
    pairs = {"BTC/USDT": (make_candles(rows), TERMS)}
    wish = make_wish(settings={"re_entry_pause": timedelta(0)})
    found = answer(wish, pairs)

    assert json.dumps(found) == json.dumps(answer(wish, pairs))
    nets = {order.value: figures(wish, run(wish, pairs, order=order), pairs).net for order in Extremes}
    assert found["net"] == min(nets.values()) == nets[found["order"]]
    assert found["uncertainty"] == pytest.approx(max(nets.values()) - min(nets.values()))
    assert found["uncertainty"] > 0
    assert found["settings"]["margin"]["amount"] == "1000"
    assert found["candles"]["BTC/USDT"] == fingerprint(pairs["BTC/USDT"][0])


def test_neither_the_web_nor_the_workers_that_trade_load_numpy() -> None:
    """A look back runs in a process of its own: thirty megabytes that nothing else needs."""
    done = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_an_outline_is_one_of_the_two_ways_round() -> None:
    rows = [(100, 100, 100, 100), (100, 115, 85, 100), (100, 112, 85, 100)] * 5
    pairs = {"BTC/USDT": (make_candles(rows), TERMS)}
    wish = make_wish(settings={"re_entry_pause": timedelta(0)})
    whole = answer(wish, pairs)

    told = {order.value: outline(wish, pairs, order=order) for order in Extremes}

    worse = told[whole["order"]]
    assert {name: whole[name] for name in worse} == worse
    assert worse["net"] < max(one["net"] for one in told.values())


def test_a_price_is_outlined_by_its_lowest_and_highest_of_each_stretch() -> None:
    rows = [(10, 10 + n, 10 - n, 10) for n in range(6)]
    candles = make_candles(rows, step=D("0.1"))

    assert candles.band(3) == [(START, 0.9, 1.1), (START + 2, 0.7, 1.3), (START + 4, 0.5, 1.5)]
    assert len(candles.band(100)) == 6
