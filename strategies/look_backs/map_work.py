"""What the worker does for a map of settings: the candles that are kept, 196 runs, and a bound to their time."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from strategies.look_backs import glimpse_work
from strategies.look_backs.flows import MAP_TASK, length_of
from strategies.models import LookBack
from workers import wake

# Processor time: a year of one pair takes some fifteen seconds.
MOST_SECONDS = 120.0
LEASE = timedelta(seconds=60)
AT_ONCE = 20
# By these a bot is the one that was looked back at.
SETTINGS = ("settings", "level", "margin", "base", "add_ons_off", "frames")


def wake_due(now: datetime) -> None:
    """Send again what a lost message never told anybody, and what its worker did not bring to an end."""
    for pk in LookBack.objects.maps_due(now).values_list("pk", flat=True)[:AT_ONCE]:
        wake.publish(MAP_TASK, pk)


def work(look_back_id: int) -> None:
    """Reckon a map, if somebody waits for it and no other worker does."""
    now = timezone.now()
    row = LookBack.objects.maps_due(now).filter(pk=look_back_id).select_related("bot__connection").first()
    if row is None:
        return
    same = LookBack.objects.filter(pk=row.pk, map_asked_at=row.map_asked_at, map_json__isnull=True)
    if same.claim(row.claim_until, now + LEASE, map_tries=F("map_tries") + 1):
        told = _map_of(row, same.filter(map_tries=row.map_tries + 1))
        same.update(map_json=told, claim_until=None)


def _map_of(row: LookBack, mine: Any) -> dict[str, Any]:
    """Return the map, or why there is none; nothing is written where somebody asked anew meanwhile."""
    # Loaded by nobody who does not look back.
    from strategies.look_backs import kept, wish
    from strategies.lookback.answer import plain
    from strategies.lookback.around import around, axes_of
    from strategies.lookback.walk import CancelledError, Extremes

    bot, since, answer = row.bot, row.until - length_of(row.months), row.answer
    pairs, instruments = kept.pairs_of(bot, since, row.until)
    if not pairs:
        return {"problem": "map.few_candles"}
    asked = wish.wish_of(bot, instruments[0], pairs, since)
    told = plain(asked)
    if any(told[name] != answer["settings"].get(name) for name in SETTINGS):
        return {"problem": "map.changed"}
    axes, began = axes_of(asked), time.thread_time()
    if axes is None:
        return {"problem": "map.one_setting"}

    def watch(share: float) -> bool:
        # A trader at the form waits for tenths of a second.
        glimpse_work.work_due()
        is_wanted = mine.update(map_share=int(share * 100), claim_until=timezone.now() + LEASE)
        return bool(is_wanted) and time.thread_time() - began < MOST_SECONDS

    as_then = replace(asked, equity=Decimal(answer["settings"]["equity"]))
    try:
        return around(as_then, pairs, axes, order=Extremes(answer["order"]), watch=watch)
    except CancelledError:
        return {"problem": "map.too_long"}
