"""Random bots on random coarse candles: everything rare is frequent here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

import numpy as np

from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees, Side
from strategies.engine.sizing import LEVELS, RiskLevel
from strategies.engine.state import LimitMode, MarginLimit, RecoverySettings, Settings
from strategies.lookback.candles import Candles
from strategies.lookback.months import between
from strategies.lookback.walk import Extremes, Stride, Trace, run
from strategies.lookback.wishes import BotWish, FeeWay, Terms

START = 28_000_000
NO_LADDER = Ladder(base=D(1), add_on=D(1), step=D("0.01"), step_scale=D(1), volume_scale=D(1), add_ons=1)
NO_FEES = Fees(entry=D("0.001"), exit=D("0.001"))


@dataclass(frozen=True)
class Life:
    """A bot, its pairs, and the order of extremes."""

    wish: BotWish
    pairs: dict[str, tuple[Candles, Terms]]
    order: Extremes

    def run(self, stride: Stride) -> Trace:
        return run(self.wish, self.pairs, order=self.order, stride=stride)


def make_candles(rows: list[tuple[int, int, int, int]], *, step: D = D(1), minutes: list[int] | None = None) -> Candles:
    """Make candles of (open, high, low, close) in price steps."""
    columns = np.array(rows, dtype=np.int32).reshape(-1, 4).T
    at = range(START, START + len(rows)) if minutes is None else minutes
    values: dict[str, Any] = dict(zip(("open", "high", "low", "close"), columns, strict=True))
    return Candles(step=step, minute=np.array(at, dtype=np.int32), **values)


def random_candles(random: Random, length: int, *, level: int, step: D) -> Candles:
    """A walk with rests, sawteeth, falls, rises, jumps and missing minutes; some hundred steps are its price."""
    rows, minutes, price, minute = list[tuple[int, int, int, int]](), list[int](), level, START + random.randint(0, 9)
    wild, drift = random.choice((1, 2, 4, 8)), 0
    for _ in range(length):
        minute += random.choice((2, 7, 40)) if random.random() < 0.02 else 1
        if random.random() < 0.03:
            drift = random.choice((-3, -1, 0, 0, 0, 1, 3))
        kind = random.random()
        opened = price
        if kind < 0.15:
            opened = price + random.randint(-3 * wild, 3 * wild)
        if kind < 0.02:
            opened = price + random.randint(-level // 6, level // 6)
        opened = max(level // 3, opened)
        close = opened if kind > 0.8 else opened + random.randint(-wild, wild) + drift
        close = min(max(level // 3, close), 3 * level)
        high = max(opened, close) + (random.randint(0, wild) if kind < 0.7 else 0)
        low = max(level // 4, min(opened, close) - (random.randint(0, wild) if kind < 0.7 else 0))
        rows.append((opened, high, low, close))
        minutes.append(minute)
        price = close
    return make_candles(rows, step=step, minutes=minutes)


def waves(random: Random, length: int, *, level: int, step: D) -> Candles:
    """Rises with falls in between, so that averages cross time and again; with rests, noise and missing minutes."""
    rows, minutes, minute, price = list[tuple[int, int, int, int]](), list[int](), START, level
    period, high, noise = random.choice((12, 20, 40, 70)), random.choice((3, 8, 20)), random.choice((0, 1, 4))
    drift = random.choice((0.0, 0.01, 0.05, 0.1))
    for place in range(length):
        minute += random.choice((2, 7, 40)) if random.random() < 0.02 else 1
        aim = level + drift * place + high * abs(place % period * 2 - period) / period
        close = price if random.random() < 0.1 else max(level // 2, round(aim) + random.randint(-noise, noise))
        rows.append((price, max(price, close) + random.randint(0, noise), min(price, close), close))
        minutes.append(minute)
        price = close
    return make_candles(rows, step=step, minutes=minutes)


def random_settings(random: Random, side: Side) -> Settings:
    tenth = random.random() < 0.5
    return Settings(
        side=side,
        ladder=NO_LADDER,
        fees=NO_FEES,
        take_profit=D(random.choice((2, 5, 10, 20, 60))) / 1000,
        trailing=random.choice((None, None, D(random.randint(2, 20)) / 1000)),
        stop_loss=random.choice((None, None, D(random.randint(20, 120)) / 1000)),
        stop_timeout=timedelta(seconds=random.choice((0, 0, 30, 60, 300))),
        improve=random.choice((D("0.001"), D("0.001"), D("0.02"), D(0))),
        floor=random.choice((None, None, D(random.randint(20, 120)) / 1000)),
        cool_down=timedelta(minutes=random.choice((0, 0, 1, 7, 60))),
        max_groups=random.choice((1, 2, 3)),
        re_entry_pause=timedelta(minutes=random.choice((0, 0, 1, 20))),
        recovery=RecoverySettings(
            is_on=random.random() < 0.8,
            enter_loss=D(random.randint(20, 150)) / 1000,
            enter_usage=random.choice((D("0.8"), D("0.3"))),
            enter_age=timedelta(minutes=random.choice((30, 120, 10_000)) + (7 if tenth else 0)),
            leave_candles=random.choice((1, 3, 3)),
            decay=timedelta(minutes=random.choice((0, 5, 60, 200, 4320))),
        ),
    )


def random_level(random: Random) -> RiskLevel:
    return replace(
        LEVELS[random.choice(("low", "medium", "high"))],
        accepted_loss=random.choice((D("0.02"), D("0.05"), D("0.3"), D("0.9"))),
        groups=random.choice((1, 2, 3)),
        add_ons=random.choice((0, 1, 2, 3, 5)),
        step=D(random.choice((5, 10, 18, 30))) / 1000,
        step_scale=random.choice((D(1), D("1.2"), D("1.5"))),
        volume_scale=random.choice((D(1), D("1.15"), D("1.6"), D("0.5"))),
        add_on=random.choice((D(1), D(1), D(2), D("0.6"))),
    )


def random_rules(random: Random, *, price: D) -> Terms:
    """Lots of a hundredth of the price up to several orders' worth; fees in each way, in the coin with lots too."""
    lot = random.choice((None, D("0.00001"), D(1) / D(random.choice((4, 10, 20, 50, 400)))))
    way, rate = random.choice(tuple(FeeWay)), random.choice((D("0.001"), D("0.00075"), D("0.004"), D(0)))
    return Terms(
        minimum_cost=random.choice((D(0), D(5), D(9), D(19))),
        min_amount=random.choice((None, None, lot and lot * random.choice((1, 3)))),
        amount_step=lot and (lot * 10 / price).quantize(D("1e-7")),
        fees=Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=way is not FeeWay.QUOTE),
        paid=rate,
        way=way,
        half_spread=random.choice((0, 0, 1, 2)),
        slippage=random.choice((D(0), D("0.0005"), D("0.003"))),
        reach=random.choice((D(0), D("0.005"))),
    )


def random_life(seed: int, *, pairs: int = 1, length: int = 400) -> Life:
    random = Random(seed)
    side = Side.SHORT if random.random() < 0.15 else Side.LONG
    level, markets = random_level(random), dict[str, tuple[Candles, Terms]]()
    signals: dict[str, Any] = {}
    names = (
        ("BTC/USDT", "SOL/USDT", "XRP/USDT")[:pairs]
        if random.random() < 0.5
        else ("SOL/USDT", "BTC/USDT", "ADA/USDT")[:pairs]
    )
    for name in names:
        step, ticks = random.choice((D(1), D("0.1"), D("0.25"))), random.choice((200, 300, 700))
        candles = random_candles(random, length, level=ticks, step=step)
        markets[name] = candles, random_rules(random, price=ticks * step)
        if random.random() < 0.3:
            starts = sorted(random.sample(range(START, START + length), 12))
            signals[name] = [(start, start + random.choice((1, 5, 15))) for start in starts]
    wish = BotWish(
        settings=random_settings(random, side),
        level=level,
        margin=MarginLimit(
            amount=D(random.choice((60, 200, 1000))),
            soft=level.soft,
            hard=random.choice((level.hard, D("0.5"), D("0.3"))),
            mode=random.choice(tuple(LimitMode)),
        ),
        equity=D(random.choice((80, 300, 1000, 5000))),
        base=random.choice((None, D(10), D(20), D("20.5"))),
        add_ons_off=random.random() < 0.05,
        loss_cap=random.choice((D("0.2"), D("0.05"), D(1))),
        signals=signals,
    )
    return Life(wish, markets, random.choice(tuple(Extremes)))


def alerted(seed: int, *, pairs: int = 1, length: int = 400) -> Life:
    """A life of which alerts ask for groups and close them, each at a minute of its own."""
    life, random = random_life(seed, pairs=pairs, length=length), Random(f"alerts {seed}")
    asked, closed = dict[str, Any](), dict[str, Any]()
    for name, (candles, _) in life.pairs.items():
        minutes = candles.minute.tolist()
        asked[name] = [(at, at + 1) for at in minutes if random.random() < 0.1]
        closed[name] = [at for at in minutes if random.random() < random.choice((0.01, 0.05))]
    return replace(life, wish=replace(life.wish, signals=asked, closings=closed))


def trending(seed: int, *, pairs: int = 1, length: int = 400) -> Life:
    """A life of the trend rule: many short candles, with minutes before the beginning or none, alerts that close."""
    life, random = alerted(seed, pairs=pairs, length=length), Random(f"trend {seed}")
    own = random.choice((1, 1, 2, 3))
    markets = dict[str, tuple[Candles, Terms]]()
    for name, (candles, rules) in life.pairs.items():
        early, level = random.choice((0, 60, 400, 800)), int(candles.open[0])
        long = waves(random, early + length, level=level, step=candles.step)
        begins, end = int(long.minute[early]), int(long.minute[-1]) + 1
        earlier = between(long, START, begins) if early else None
        markets[name] = replace(between(long, begins, end), earlier=earlier), rules
    settings = replace(
        life.wish.settings, side=Side.LONG, re_entry_pause=timedelta(minutes=random.choice((0, 0, 1, 3)))
    )
    frames = own, own * random.choice((1, 2, 3))
    wish = replace(life.wish, settings=settings, signals={}, frames=frames, reason="entry.trend")
    return replace(life, wish=wish, pairs=markets)


def difference(
    seed: int,
    *,
    pairs: int = 1,
    length: int = 400,
    stride: Stride = Stride.TICKS,
    make: Callable[..., Life] = random_life,
) -> tuple[Trace, Trace]:
    """Return what the run that skips came to, and the one that asks at each tick."""
    life = make(seed, pairs=pairs, length=length)
    return life.run(Stride.SKIP), life.run(stride)


def told(trace: Trace) -> tuple[Any, ...]:
    """Return all of a trace that must be the same, which looks are not."""
    return trace.events, trace.blocked, trace.cash, trace.elsewhere, trace.groups, trace.open_held
