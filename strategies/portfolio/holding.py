"""What bots made beside what holding their coins with the same money would have brought in the same days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from strategies.models import Bot, DayPrice, Instrument, KeptResult
from strategies.models.market import Key
from strategies.portfolio.money import MONTH, days_of
from strategies.portfolio.rates import PRICED_FOR
from strategies.portfolio.standing import ZERO, Stood


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A bot since the day from which all its pairs have a price, thirty days ago at most; amounts in quote money.

    `made` is what its groups brought that ended since, and what the open ones would bring now. `held` is what its
    margin limit would have brought, put into its pairs in equal parts on that day and left there, without fees.
    """

    bot: Bot
    since: date
    made: Decimal
    held: Decimal


def holding(money: Decimal, then: Sequence[Decimal], now: Sequence[Decimal]) -> Decimal:
    """Return what money brought that was put in equal parts into coins at some prices, at the prices of now."""
    part = money / len(then)
    return sum((part * (price / before - 1) for before, price in zip(then, now, strict=True)), ZERO)


def beside_holding(bots: Iterable[Bot], stood: Iterable[Stood], *, now: datetime) -> list[Comparison]:
    """Return each bot of which every pair has a price of an earlier day and one of now, in three queries."""
    bots = [bot for bot in bots if bot.pairs]
    today = now.astimezone(UTC).date()
    then, prices = _then(bots, today), _now(bots, now)
    starts: dict[int, date] = {}
    for bot in bots:
        common = set.intersection(*(set(then[key]) for key in keys_of(bot)))
        days = [day for day in common if bot.created_at.date() <= day < today]
        if days and all(key in prices for key in keys_of(bot)):
            starts[bot.pk] = min(days)
    made: dict[int, Decimal] = defaultdict(Decimal)
    kept = KeptResult.objects.filter(bot__in=starts).since(min(starts.values(), default=today))
    for (bot_id, day), sums in days_of(kept, "bot", "day").items():
        made[bot_id] += sums.result if day >= starts[bot_id] else ZERO
    for group, standing in stood:
        made[group.bot_id] += standing.result or ZERO
    return [
        Comparison(
            bot=bot,
            since=starts[bot.pk],
            made=made[bot.pk],
            held=holding(
                bot.margin_limit,
                [then[key][starts[bot.pk]] for key in keys_of(bot)],
                [prices[key] for key in keys_of(bot)],
            ),
        )
        for bot in bots
        if bot.pk in starts
    ]


def keys_of(bot: Bot) -> list[Key]:
    return [(bot.connection.exchange, bot.connection.venue, pair) for pair in bot.pairs]


def _then(bots: Sequence[Bot], today: date) -> Mapping[Key, Mapping[date, Decimal]]:
    pairs = {pair for bot in bots for pair in bot.pairs}
    rows = DayPrice.objects.filter(pair__in=pairs, day__gte=today - timedelta(days=MONTH))
    found: dict[Key, dict[date, Decimal]] = defaultdict(dict)
    for exchange, venue, pair, day, price in rows.values_list("exchange", "venue", "pair", "day", "price"):
        found[exchange, venue, pair][day] = price
    return found


def _now(bots: Sequence[Bot], now: datetime) -> Mapping[Key, Decimal]:
    pairs = {pair for bot in bots for pair in bot.pairs}
    rows = Instrument.objects.filter(pair__in=pairs, price__isnull=False, priced_at__gte=now - PRICED_FOR)
    return {(one.exchange, one.venue, one.pair): one.price or ZERO for one in rows}
