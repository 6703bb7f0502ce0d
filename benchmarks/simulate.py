"""A year of minutes looked back at: CPU seconds, looks and memory, beside the loop that passes over no candle.

In a process of its own that knows neither Django nor a database. The ratio is taken on a slice of the same year in the
same run; both must come to the same.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from strategies.engine.position import Fees, Side
from strategies.engine.sizing import LEVELS
from strategies.engine.state import MarginLimit, Settings
from strategies.lookback.candles import Candles
from strategies.lookback.walk import Stride, Trace, run
from strategies.lookback.wishes import BotWish, FeeWay, Terms

MINUTES, SLICE = 525_600, 20_000
FIRST_MINUTE = 28_401_120  # 2024-01-01
BEST_OF = 5
PRICE, STEP = 60_000, Decimal("0.01")


@dataclass(frozen=True)
class Year:
    """One bot and its year; `volatility` as a share a year."""

    what: str
    level: str
    volatility: float
    seed: int
    has_coin_fees: bool = False
    goal: float = 0.15

    @cached_property
    def candles(self) -> Candles:
        """Return a walk whose pace comes and goes: the same for the same seed on every machine."""
        random = np.random.default_rng(self.seed)
        hourly = np.repeat(random.normal(0, 0.5, MINUTES // 60), 60)
        pace = np.exp(0.6 * np.sin(np.arange(MINUTES) / 1440 * 2 * np.pi) + hourly)
        scale = self.volatility / np.sqrt(MINUTES) * pace / np.sqrt(np.mean(pace**2))
        points = random.normal(0, 1, (MINUTES, 4)) * scale[:, None] / 2
        ticks = np.rint(np.exp(np.log(PRICE) + np.cumsum(points)) / float(STEP)).astype(np.int32).reshape(MINUTES, 4)
        opened = np.concatenate((ticks[:1, 0], ticks[:-1, 3]))
        around = np.column_stack((opened, ticks))
        columns = {"open": opened, "high": around.max(axis=1), "low": around.min(axis=1), "close": ticks[:, 3].copy()}
        minute = np.arange(FIRST_MINUTE, FIRST_MINUTE + MINUTES, dtype=np.int32)
        return Candles(step=STEP, minute=minute, **columns)

    @cached_property
    def bot(self) -> tuple[BotWish, Terms]:
        level, fees = LEVELS[self.level], Fees(entry=Decimal("0.001"), exit=Decimal("0.001"))
        settings = Settings(
            side=Side.LONG,
            ladder=level.ladder(Decimal(1)),
            fees=fees,
            take_profit=Decimal("0.015"),
            cool_down=timedelta(0),
        )
        margin = MarginLimit(amount=Decimal(1000), soft=level.soft, hard=level.hard)
        terms = Terms(
            minimum_cost=Decimal(5),
            amount_step=Decimal("0.00001") if self.has_coin_fees else None,
            fees=Fees(entry=fees.entry, exit=fees.exit, entry_in_coin=self.has_coin_fees),
            paid=fees.entry,
            way=FeeWay.COIN if self.has_coin_fees else FeeWay.QUOTE,
            half_spread=1,
        )
        return BotWish(settings=settings, level=level, margin=margin, equity=Decimal(1000)), terms


YEARS = (
    Year("medium, quiet", "medium", 0.4, 1),
    Year("medium", "medium", 0.6, 1),
    Year("medium, other year", "medium", 0.6, 2),
    Year("medium, coin fees and lots", "medium", 0.6, 1, has_coin_fees=True, goal=0.25),
    Year("high, wild", "high", 1.5, 3, goal=1.5),
)


def measure() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.simulate"], check=True, stdout=subprocess.PIPE)
    return list(json.loads(done.stdout))


def timed(wish: BotWish, terms: Terms, candles: Candles, stride: Stride) -> tuple[float, Trace]:
    began = time.process_time()
    trace = run(wish, {"BTC/USDT": (candles, terms)}, stride=stride)
    return time.process_time() - began, trace


def row_of(year: Year) -> dict[str, Any]:
    candles, (wish, terms) = year.candles, year.bot
    runs = [timed(wish, terms, candles, Stride.SKIP) for _ in range(BEST_OF)]
    trace, seconds = runs[0][1], min(took for took, _ in runs)
    columns = ("minute", "open", "high", "low", "close")
    part = Candles(step=candles.step, **{name: getattr(candles, name)[:SLICE] for name in columns})
    # The first run makes what is kept with the candles.
    _, skipping, walking = (timed(wish, terms, part, one) for one in (Stride.SKIP, Stride.SKIP, Stride.POINTS))
    assert (skipping[1].events, skipping[1].cash) == (walking[1].events, walking[1].cash)
    return {
        "year": year.what,
        "CPU s": round(seconds, 3),
        "goal": year.goal,
        "looks": trace.looks,
        "us a look": round(seconds / trace.looks * 1e6, 1),
        "events": len(trace.events),
        "groups": trace.groups,
        "loop on a slice s": round(walking[0], 2),
        "x": round(walking[0] / skipping[0]),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps([row_of(year) for year in YEARS]))
