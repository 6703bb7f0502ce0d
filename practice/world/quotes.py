"""What a market shows to the public: candles, the last day, the top of the book."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from practice.world.market import TICK, Market, draw
from practice.world.pairs import Pair

MINUTE = 60_000
DAY = 86_400_000
SAMPLES = 12


@dataclass(frozen=True)
class Candle:
    start: int
    end: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def turnover(self) -> Decimal:
        return (self.volume * (self.open + self.close) / 2).quantize(Decimal("0.01"))

    @property
    def change(self) -> Decimal:
        return self.close - self.open

    @property
    def change_rate(self) -> Decimal:
        return (self.change / self.open).quantize(Decimal("0.0001"))


def candle(market: Market, pair: Pair, start: int, length: int, now: int) -> Candle:
    """Return one candle; a closed one never changes, the last one ends now."""
    end = min(start + length, now)
    moments = [start + length * i // SAMPLES for i in range(SAMPLES) if start + length * i // SAMPLES <= end]
    # A new script may cut a glide short: what stood just before it was a price, too.
    turns = [at - before for at in market.turns(pair, start, end) for before in (1, 0)]
    prices = [market.price(pair, at) for at in (*moments, *turns, end)]
    traded = Decimal(repr(round(length / TICK * (1.5 + draw(market.seed, pair.name, "volume", start)), 3)))
    volume = (traded / pair.start).quantize(pair.amount_step)
    return Candle(start, start + length, prices[0], max(prices), min(prices), prices[-1], volume)


def candles(
    market: Market,
    pair: Pair,
    length: int,
    now: int,
    *,
    start: int | None,
    end: int | None,
    limit: int,
    ahead: int = 0,
) -> list[Candle]:
    """Return the first `limit` candles from `start`, or the last ones before `end`, oldest first.

    They are cut by a clock that is so many ms `ahead` of UTC.
    """
    last = (min(end or now, now) + ahead) // length * length - ahead
    first = -(-(start + ahead) // length) * length - ahead if start is not None else last - (limit - 1) * length
    return [candle(market, pair, at, length, now) for at in range(first, last + 1, length)[:limit]]


def last_day(market: Market, pair: Pair, now: int) -> Candle:
    return candle(market, pair, now - DAY, DAY, now)


@dataclass(frozen=True)
class Trade:
    """A trade between others, as the public list shows it; `is_buy` names the side that took."""

    id: int
    time: int
    price: Decimal
    amount: Decimal
    is_buy: bool


def trades(market: Market, pair: Pair, now: int, most: int) -> Iterator[Trade]:
    """Yield the newest public trades, newest first: one a second, the last of them just now at today's last price."""
    for second in range(now // TICK, now // TICK - most, -1):
        at = now if second == now // TICK else second * TICK
        size = max((market.depth(pair, at) * Decimal("0.1")).quantize(pair.amount_step), pair.min_amount)
        is_buy = draw(market.seed, pair.name, "trade", second) > 0
        yield Trade(second, at, market.price(pair, at), size, is_buy)


def levels(market: Market, pair: Pair, now: int, side: str, most: int) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield (price, amount) from the best price outwards, at most so many."""
    return islice(market.levels(pair, now, is_ask=side == "ask"), most)
