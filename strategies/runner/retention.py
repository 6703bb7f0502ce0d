"""What had its time is deleted, some rows in a minute: never what an open group needs, never an order or a fill.

Groups, orders and fills are the books, and what somebody shows a tax office: they stay. They are also the sum of what
the journal told line by line, as the audit trail is of tests and openings.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from strategies.choices import OPEN_MODES, Grain, SignalState
from strategies.models import DayPrice, EquityPoint, Group, Instrument, JournalLine, Signal

AT_ONCE = 500
# Of pairs that somebody typed and no exchange knows.
UNKNOWN_KEPT = timedelta(hours=1)
HOURS_KEPT = timedelta(days=8)
PRICES_KEPT = timedelta(days=400)


def forget_journal(now: datetime) -> None:
    """Delete lines that are old, but for those of a group that is open still."""
    old = JournalLine.objects.filter(at__lt=now - timedelta(days=settings.JOURNAL_KEPT_DAYS))
    over = old.filter(Q(group=None) | ~Q(group__mode__in=OPEN_MODES)).order_by("at")
    JournalLine.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:AT_ONCE])).delete()


def forget_signals(now: datetime) -> None:
    old = Signal.objects.filter(received_at__lt=now - timedelta(days=settings.SIGNALS_KEPT_DAYS))
    done = old.filter(state=SignalState.HANDLED)
    Signal.objects.filter(pk__in=list(done.values_list("pk", flat=True)[:AT_ONCE])).delete()


def forget_pairs(now: datetime) -> None:
    """Delete pairs that nobody looks at any more, with their candles: soon those that no exchange ever told rules of.

    An open group needs the rules of its pair for its way out.
    """
    unknown = Q(ruled_at=None, priced_at=None, wanted_until__lt=now - UNKNOWN_KEPT)
    old = Instrument.objects.filter(unknown | Q(wanted_until__lt=now - timedelta(days=settings.PAIRS_KEPT_DAYS)))
    here = {"connection__exchange": OuterRef("exchange"), "connection__venue": OuterRef("venue")}
    held = Group.objects.open().filter(**here, pair=OuterRef("pair"))
    over = old.filter(~Exists(held)).order_by("wanted_until")
    Instrument.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:AT_ONCE])).delete()


def forget_hours(now: datetime) -> None:
    """Delete what connections were worth in hours that are long over; their days tell it, too, and stay."""
    old = EquityPoint.objects.filter(grain=Grain.HOUR, begins_at__lt=now - HOURS_KEPT).order_by("begins_at")
    EquityPoint.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()


def forget_prices(now: datetime) -> None:
    old = DayPrice.objects.filter(day__lt=(now - PRICES_KEPT).date()).order_by("day")
    DayPrice.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()


SWEEPING = (forget_journal, forget_signals, forget_pairs, forget_hours, forget_prices)


def sweep(now: datetime) -> None:
    """Do a part of it, once a minute."""
    if now.second == 0:
        for part in SWEEPING:
            part(now)
