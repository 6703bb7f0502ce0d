"""What the worker does for a glimpse: candles that are kept, the run, and no more time than one answer may take."""

import time
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from strategies.look_backs.glimpses import TASK
from strategies.models import Glimpse
from workers import wake

log = structlog.get_logger(__name__)
# Processor time; what a page waits for must not keep others waiting.
MOST_SECONDS = 3.0
LEASE = timedelta(seconds=10)
AT_ONCE = 20
# The rest is long, and shown on the page of a look back alone.
SHOWN = (
    "drawdown",
    "under_water",
    "most_margin",
    "hours_above_soft",
    "hours_above_hard",
    "net",
    "holding",
    "fees",
    "spread_and_slippage",
    "recovery_hours",
    "chance",
    "coverage",
)
OF_GROUPS = ("closed", "result", "recovery_minutes")


def wake_due(now: datetime) -> None:
    """Send again what a lost message never told anybody."""
    for pk in Glimpse.objects.due(now).values_list("pk", flat=True)[:AT_ONCE]:
        wake.publish(TASK, pk)


def work_due() -> None:
    """Answer whatever waits: one that fetches candles for minutes does so between two pages."""
    for pk in list(Glimpse.objects.due(timezone.now()).values_list("pk", flat=True)[:AT_ONCE]):
        work(pk)


def work(glimpse_id: int) -> None:
    """Answer a glimpse, if somebody waits for it and no other worker does; what was asked anew meanwhile is dropped."""
    now = timezone.now()
    row = Glimpse.objects.due(now).filter(pk=glimpse_id).select_related("connection").first()
    if row is None:
        return
    same = Glimpse.objects.filter(pk=row.pk, key=row.key, ended_at=None)
    if not same.claim(row.claim_until, now + LEASE):
        return
    try:
        problem, answer = _reckon(row)
    except Exception as error:  # the edge of what one trader typed: it must not end another's look back
        log.error("glimpse_failed", glimpse=row.pk, exc_info=error)
        problem, answer = "glimpse.failed", None
    same.update(ended_at=timezone.now(), claim_until=None, problem=problem, answer_json=answer)


def _reckon(row: Glimpse) -> tuple[str, dict[str, Any] | None]:
    """Return why it is not possible, or what came of it."""
    # Loaded by nobody who does not look back.
    from strategies.look_backs import kept, wish
    from strategies.lookback.answer import outline, plain
    from strategies.lookback.walk import CancelledError

    bot = row.bot
    pairs, instruments = kept.pairs_of(bot, row.since, row.until)
    if not pairs:
        return "glimpse.few_candles", None
    asked, began = wish.wish_of(bot, instruments[0], pairs, row.since), time.thread_time()
    try:
        told = outline(asked, pairs, watch=lambda _share: time.thread_time() - began < MOST_SECONDS)
    except CancelledError:
        return "glimpse.too_long", None
    stands_on = {"settings": plain(asked), "rules": {pair: plain(terms) for pair, (_, terms) in pairs.items()}}
    stands_on["minutes_before"] = {pair: found.before for pair, (found, _) in pairs.items()}
    groups = [{name: group[name] for name in OF_GROUPS} for group in told["groups"]]
    shown = {name: told[name] for name in SHOWN}
    return "", {**stands_on, **shown, "worst_days": told["worst_days"][:1], "groups": groups}
