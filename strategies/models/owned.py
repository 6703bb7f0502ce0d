"""All rows of a trader's bots, for the file that they take along."""

from collections.abc import Iterator

from django.db import models

from accounts.models import User
from strategies.models.bots import Bot
from strategies.models.groups import Group
from strategies.models.journal import JournalLine
from strategies.models.orders import Fill, Order
from strategies.models.signals import Signal
from strategies.models.stops import StopSwitch


def rows_of(owner: User) -> Iterator[tuple[str, models.QuerySet[models.Model]]]:
    yield "bots", Bot.objects.filter(connection__owner=owner).order_by("pk")
    yield "groups", Group.objects.filter(connection__owner=owner).order_by("pk")
    yield "orders", Order.objects.filter(connection__owner=owner).order_by("pk")
    yield "fills", Fill.objects.filter(connection__owner=owner).order_by("pk")
    yield "signals", Signal.objects.filter(bot__connection__owner=owner).order_by("pk")
    yield "decisions", JournalLine.objects.filter(bot__connection__owner=owner).order_by("pk")
    yield "pauses", StopSwitch.objects.filter(owner=owner).order_by("pk")
