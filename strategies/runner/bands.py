"""Keep between which prices nothing changes for a group, and wake the bots of those groups whose prices left that."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import FloatField, Q

from database.prepared import Param, PreparedUpdate, Update, moment, number
from strategies import claims, inputs
from strategies.engine.decision import Trait, having
from strategies.engine.wake import Band, extremes
from strategies.models import Group
from strategies.models.groups import NO_BAND
from strategies.models.market import Instrument
from strategies.runner.outcome import GroupOutcome

CALM = having(Trait.CALM)
# The moment of a band that no time ends.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# That of a group which holds nothing: no price leaves it.
EVERYWHERE = Band()
# So many pairs are asked about in one statement, so many rows named in one.
PAIRS_AT_ONCE, ROWS_AT_ONCE = 20, 500
# A bot whose prices left its band comes before those that are only due again.
FIRST = timedelta(hours=1)


def keep(outcomes: Sequence[GroupOutcome]) -> None:
    """Write down the bands that are not those written already; called by the worker that holds the bots' rows.

    Floats are enough: rounding never turns a larger number into a smaller one.
    """
    gone, kept = [], []
    for outcome in outcomes:
        group, band = outcome.group, outcome.band
        written = group.wake_low, group.wake_high, group.wake_at
        if band is None or band == EVERYWHERE:
            if written != (None, None, None):
                gone.append(group.pk)
            continue
        low, high = (None if bound is None else float(bound) for bound in (band.low, band.high))
        at = band.at or NEVER
        if (low, high, at) != written:
            kept.append({"group": group.pk, "low": low, "high": high, "at": at})
    if kept:
        _KEPT.run_each(kept)
    for start in range(0, len(gone), ROWS_AT_ONCE):
        Group.objects.filter(pk__in=gone[start : start + ROWS_AT_ONCE]).update(**NO_BAND)


def _keeping() -> Update:
    low, high = (Param(name, FloatField()) for name in ("low", "high"))
    return Group.objects.filter(pk=number("group")), {"wake_low": low, "wake_high": high, "wake_at": moment("at")}


_KEPT = PreparedUpdate(_keeping)


def wake_outside(exchange: str, venue: str, instruments: Mapping[str, Instrument], *, now: datetime) -> None:
    """Make those bots due of which a group's prices, or the time, left the band.

    Bots that somebody steps just now are left alone: the next look sees what became of them.
    """
    terms = [Q(wake_at__lte=now)]
    for pair, instrument in instruments.items():
        if market := inputs.market_of(instrument):
            lowest, highest = extremes(market)
            left = Q(pair=pair, wake_low__gte=float(lowest)), Q(pair=pair, wake_high__lte=float(highest))
            terms.append(left[0] | left[1])
    outside: set[int] = set()
    for start in range(0, len(terms), PAIRS_AT_ONCE):
        some = Q()
        for term in terms[start : start + PAIRS_AT_ONCE]:
            some |= term
        here = Group.objects.open().filter(some, connection__exchange=exchange, connection__venue=venue)
        outside.update(here.order_by().values_list("bot_id", flat=True))
    ids = sorted(outside)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        asleep = claims.free(now).filter(pk__in=ids[start : start + ROWS_AT_ONCE], step_at__gt=now)
        asleep.make_due(now - FIRST)
