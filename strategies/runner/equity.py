"""Each hour: write down what every connection with bots is worth."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from strategies.choices import Grain
from strategies.models import EquityPoint, Funds
from strategies.models.equity import begins_at
from strategies.portfolio.equity import measure

# In a second: the others of the hour follow in the next ones.
AT_ONCE = 50


def note(now: datetime) -> None:
    hour = begins_at(now, Grain.HOUR)
    due = Funds.objects.filter(Q(noted_at=None) | Q(noted_at__lt=hour), connection__deleted_at=None)
    # Nearly every second there is nothing to do, and on SQLite the only writer must not be taken for that.
    if accounts := list(due.order_by("pk")[:AT_ONCE]):
        points = measure(accounts, now)
        with transaction.atomic():
            EquityPoint.objects.keep(points)
            Funds.objects.filter(pk__in=[funds.pk for funds in accounts]).update(noted_at=now)
