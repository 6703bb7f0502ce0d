"""Say which markets somebody looks at, so that workers keep their prices, rules and candles coming."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from strategies.choices import OPEN_MODES, BotState, EntrySource
from strategies.models import Bot, Fill, Group
from strategies.models.market import HIGHER, RECOVERY_FRAME, WANTED_FOR, CandleSeries, Feed, Instrument


def want(exchange: str, venue: str, pairs: Iterable[str], *, now: datetime) -> dict[str, Instrument]:
    """Return the pairs' instruments as they are known now, and keep them coming for WANTED_FOR."""
    names = list(dict.fromkeys(pairs))
    Feed.objects.get_or_create(exchange=exchange, venue=venue)
    Instrument.objects.keep_coming(exchange, venue, names, until=now + WANTED_FOR)
    return Instrument.objects.at(exchange, venue).known(names)


def want_candles(instrument: Instrument, frame: str, *, now: datetime) -> CandleSeries:
    """Return the candles as they are known now, and keep them coming for WANTED_FOR."""
    series, _ = CandleSeries.objects.update_or_create(
        instrument=instrument, frame=frame, defaults={"wanted_until": now + WANTED_FOR}
    )
    return series


def want_what_bots_trade(feed: Feed, now: datetime) -> set[str]:
    """Keep the pairs of enabled bots and of open groups coming, and the candles that their rules stand on.

    Returns the pairs of open groups.
    """
    here = {"connection__exchange": feed.exchange, "connection__venue": feed.venue}
    bots = Bot.objects.filter(state=BotState.ENABLED, deleted_at=None, **here)
    stored = list(bots.order_by().values_list("pairs_json", "entry_source", "trend_frame").distinct())
    open_pairs = set(Group.objects.open().filter(**here).order_by().values_list("pair", flat=True).distinct())
    pairs = {pair for row in stored for pair in row[0]} | open_pairs
    # What fees of open groups in a third coin are worth, these pairs tell.
    paying = ~Q(order__group__fee_other=0) | Q(order__group__has_unvalued_fees=True)
    fills = Fill.objects.filter(paying, order__group__mode__in=OPEN_MODES, **here).order_by()
    for pair, asset in fills.values_list("pair", "fee_asset").distinct():
        if asset not in pair.split("/"):
            pairs.add(f"{asset}/{pair.partition('/')[2]}")
    frames = {(pair, RECOVERY_FRAME) for pair in open_pairs}
    for row_pairs, source, frame in stored:
        if source == EntrySource.TREND:
            frames |= {(pair, one) for pair in row_pairs for one in (frame, HIGHER[frame])}
    until = now + WANTED_FOR
    Instrument.objects.keep_coming(feed.exchange, feed.venue, pairs, until=until)
    ids = dict(Instrument.objects.at(feed.exchange, feed.venue).filter(pair__in=pairs).values_list("pair", "pk"))
    series = [CandleSeries(instrument_id=ids[pair], frame=frame, wanted_until=until) for pair, frame in frames]
    CandleSeries.objects.bulk_create(
        series, update_conflicts=True, unique_fields=["instrument", "frame"], update_fields=["wanted_until"]
    )
    return open_pairs
