"""What is known of the markets that bots look at: prices, the exchange's rules, candles. Filled by workers only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models

from connections.choices import Venue, exchanges
from connections.models import Connection
from database.exact import ExactField
from exchanges.proven import plain
from exchanges.values import FRAMES, Candle
from strategies.choices import TrendFrame
from strategies.engine.state import OrderRules
from strategies.models.groups import Group, key_of

# exchange, venue, pair
Key = tuple[str, str, str]
PRICE_LIFETIME = timedelta(seconds=15)
# How long a page that looked keeps a pair's price coming.
WANTED_FOR = timedelta(minutes=3)
# Which pairs bots trade is read anew this often; in between it is kept by `wanted_until`.
PAIRS_FOR = timedelta(seconds=30)
# A price that stood still for so long may be one of a pair that is not traded any more.
STILL_FOR = timedelta(seconds=20)
CANDLES_KEPT = 300
# An exchange has a candle's end a moment after it.
ENDED_FOR = timedelta(seconds=3)


class Feed(models.Model):
    """One exchange at one venue, looked at by one worker at a time for all bots there."""

    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    claim_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=40, blank=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue"], name="feed_once")]

    def __str__(self) -> str:
        return f"{self.exchange} {self.venue}"

    def is_due_to_want(self, now: datetime) -> bool:
        """Say whether this is the first look of its half minute: however slow the looks are, each has one."""
        length = PAIRS_FOR.total_seconds()
        return self.looked_at is None or self.looked_at.timestamp() // length != now.timestamp() // length


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def at(self, exchange: str, venue: str) -> InstrumentQuerySet:
        return self.filter(exchange=exchange, venue=venue)

    def known(self, pairs: Iterable[str]) -> dict[str, Instrument]:
        """Return what is known of these pairs, of one exchange and venue (`at`)."""
        return {one.pair: one for one in self.filter(pair__in=list(pairs))}

    def of_groups(self, groups: Iterable[Group]) -> dict[Key, Instrument]:
        """Return what is known of the groups' markets, in one query; without a group, without one."""
        keys = {key_of(group) for group in groups}
        if not keys:
            return {}
        exchanges_of, venues, pairs = (set(part) for part in zip(*keys, strict=True))
        found = self.filter(exchange__in=exchanges_of, venue__in=venues, pair__in=pairs)
        return {(one.exchange, one.venue, one.pair): one for one in found}

    def wanted(self, exchange: str, venue: str, now: datetime) -> dict[str, Instrument]:
        """Return those that somebody looks at or trades."""
        return {one.pair: one for one in self.filter(exchange=exchange, venue=venue, wanted_until__gt=now)}

    def keep_coming(self, exchange: str, venue: str, pairs: Iterable[str], *, until: datetime) -> None:
        """Let workers ask for these pairs' prices and rules until then, known ones and new ones."""
        self.bulk_create(
            [Instrument(exchange=exchange, venue=venue, pair=pair, wanted_until=until) for pair in pairs],
            update_conflicts=True,
            unique_fields=["exchange", "venue", "pair"],
            update_fields=["wanted_until"],
        )

    def of_pair(self, connection: Connection, pair: str) -> Instrument | None:
        return self.at(connection.exchange, connection.venue).filter(pair=pair).first()


class Instrument(models.Model):
    """One pair at one exchange and venue. Steps and minimums are None until the exchange has told them.

    The exchange does not list it any more since `unlisted_since`; `moved_at` is when its price, bid or ask was another
    one than before; it stands still while trades go on since `stands_since`.
    """

    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    pair = models.CharField(max_length=31)
    wanted_until = models.DateTimeField(null=True)
    price = ExactField(null=True)
    bid = ExactField(null=True)
    ask = ExactField(null=True)
    priced_at = models.DateTimeField(null=True)
    amount_step = ExactField(null=True)
    price_step = ExactField(null=True)
    min_amount = ExactField(null=True)
    min_cost = ExactField(null=True)
    taker = ExactField(null=True)
    maker = ExactField(null=True)
    is_tradable = models.BooleanField(default=False)
    unlisted_since = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    stands_since = models.DateTimeField(null=True)
    ruled_at = models.DateTimeField(null=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue", "pair"], name="instrument_once")]
        indexes = [models.Index(fields=["exchange", "venue", "wanted_until"], name="instrument_wanted")]

    def __str__(self) -> str:
        return f"{self.exchange} {self.venue} {self.pair}"

    @property
    def has_rules(self) -> bool:
        return self.ruled_at is not None

    def is_dust(self, held: Decimal) -> bool:
        """Say whether the exchange would not take a sale of what is held; without its rules only nothing is dust."""
        if held <= 0 or not self.has_rules:
            return held <= 0
        least = self.min_cost or Decimal(0)
        rules = OrderRules(minimum_cost=least, min_amount=self.min_amount, amount_step=self.amount_step)
        return not rules.takes(rules.amount(held), self.bid or self.price)

    @property
    def trouble(self) -> str:
        """Return what keeps the pair from being traded, or its price from being believed; "" when nothing does."""
        if self.unlisted_since or not self.is_tradable:
            return "pair.delisted" if self.unlisted_since else "pair.halted"
        return "market.frozen" if self.stands_since else ""

    def is_in_doubt(self, now: datetime) -> bool:
        """Say whether to ask if it is traded still: its price stands, or does not come.

        A pair that nobody trades for hours stands as well: it is asked about less and less often.
        """
        if self.unlisted_since or self.moved_at is None or self.ruled_at is None:
            return False
        still = now - self.moved_at
        return STILL_FOR <= still <= 2.5 * (now - self.ruled_at)

    def is_fresh(self, now: datetime) -> bool:
        return self.priced_at is not None and now - self.priced_at <= PRICE_LIFETIME and not self.stands_since


class ListedPair(NamedTuple):
    """A pair that an exchange lists; a minimum of 0 is one that it does not name.

    `volume` is what was traded in 24 hours when the list was read, in quote money; None: not known.
    """

    pair: str
    min_cost: Decimal
    min_amount: Decimal
    volume: Decimal | None = None


class PairList(models.Model):
    """The pairs that an exchange lists at a venue and trades: [pair, least cost, least amount, volume] in text.

    A list that was read before volumes were has rows of three; a volume of "" is not known.
    """

    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    rows_json = models.JSONField(default=list)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue"], name="pair_list_once")]

    def __str__(self) -> str:
        return f"{self.exchange} {self.venue}"

    @property
    def pairs(self) -> list[ListedPair]:
        return [
            ListedPair(pair, Decimal(cost), Decimal(amount), Decimal(volume[0]) if any(volume) else None)
            for pair, cost, amount, *volume in self.rows_json
        ]


class CandleSeries(models.Model):
    """The last candles of an instrument in one time frame, oldest first: [ms, open, high, low, close] in text.

    `read_at` is when they were asked for last: what ended later was still changing then.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="series")
    frame = models.CharField(max_length=3)
    rows_json = models.JSONField(default=list)
    read_at = models.DateTimeField(null=True)
    wanted_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "candle series"
        constraints = [models.UniqueConstraint(fields=["instrument", "frame"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.frame}"

    @property
    def candles(self) -> list[Candle]:
        return [candle for row in self.rows_json if (candle := read_candle(row))]

    def closed(self) -> list[Candle]:
        """Return the candles that had ended when they were read, and so cannot change any more."""
        if self.read_at is None:
            return []
        length = FRAMES[self.frame]
        return [candle for candle in self.candles if candle.start + length <= self.read_at]

    def is_old(self, now: datetime) -> bool:
        """Say whether to read them again: after a while, and as soon as the newest of them has ended."""
        if self.read_at is None:
            return True
        length = FRAMES[self.frame]
        ended = now - (now - datetime.min.replace(tzinfo=UTC)) % length + ENDED_FOR
        return self.read_at < ended <= now or now - self.read_at >= max(length / 30, timedelta(seconds=5))

    def keep(self, candles: Sequence[Candle], now: datetime) -> None:
        """Add what came to what had ended before; the newest CANDLES_KEPT stay. `now` is when they were asked for."""
        ended = {candle.start for candle in self.closed()}
        rows = {row[0]: row for row in self.rows_json if datetime.fromtimestamp(row[0] / 1000, tz=UTC) in ended}
        for candle in candles:
            start = int(candle.start.timestamp() * 1000)
            rows[start] = [start, *(plain(value) for value in (candle.open, candle.high, candle.low, candle.close))]
        kept = [rows[start] for start in sorted(rows)][-CANDLES_KEPT:]
        CandleSeries.objects.filter(pk=self.pk).update(read_at=now, rows_json=kept)


def read_candle(row: Any) -> Candle | None:
    """Read one stored row; what is not of that shape is left out."""
    if not isinstance(row, Sequence) or isinstance(row, str) or len(row) < 5:
        return None
    start, *prices = row[:5]
    at = datetime.fromtimestamp(int(start) / 1000, tz=UTC)
    opened, high, low, close = (Decimal(price) for price in prices)
    return Candle(start=at, open=opened, high=high, low=low, close=close)


HIGHER: dict[str, str] = {TrendFrame.M5: "1h", TrendFrame.M15: "4h", TrendFrame.H1: "1d"}


# Closed candles of this frame say whether a price held beyond break-even.
RECOVERY_FRAME = "5m"
