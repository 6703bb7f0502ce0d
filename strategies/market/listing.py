"""Keep what an exchange lists, so that a trader finds pairs in place of typing them blind."""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from connections import desks
from exchanges.errors import ExchangeError
from exchanges.proven import plain
from strategies.models.market import Feed, PairList

LISTED_FOR = timedelta(hours=1)


def refresh(feed: Feed, now: datetime) -> None:
    """Read the list anew once an hour; a list that cannot be had leaves the old one, and harms nothing.

    Without what was traded it is a list all the same.
    """
    here = {"exchange": feed.exchange, "venue": feed.venue}
    if PairList.objects.filter(read_at__gt=now - LISTED_FOR, **here).exists():
        return
    with suppress(ExchangeError):
        rules = desks.ask(feed.exchange, feed.venue, lambda desk: desk.all_rules())
        volumes: dict[str, Decimal] = {}
        with suppress(ExchangeError):
            volumes = desks.ask(feed.exchange, feed.venue, lambda desk: desk.volumes())
        rows = [
            [
                one.pair,
                plain(one.min_cost),
                plain(one.min_amount),
                plain(volumes[one.pair]) if one.pair in volumes else "",
            ]
            for one in rules.values()
            if one.is_active
        ]
        PairList.objects.update_or_create(
            exchange=feed.exchange, venue=feed.venue, defaults={"rows_json": sorted(rows), "read_at": now}
        )
