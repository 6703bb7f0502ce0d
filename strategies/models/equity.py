"""What each connection was worth, hour by hour and day by day, as it was known then, and what pairs cost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from connections.choices import Venue, exchanges
from database.exact import ExactField
from strategies.choices import Grain
from strategies.models.kept import ZERO

if TYPE_CHECKING:
    from accounts.models import User


class EquityPointQuerySet(models.QuerySet["EquityPoint"]):
    def owned_by(self, user: User) -> EquityPointQuerySet:
        return self.filter(connection__owner=user)

    def keep(self, points: list[EquityPoint]) -> None:
        """Write points down; one of the same hour or day is replaced, so that a day has its last one."""
        told = ["noted_at", "money", "coins", "unpriced", "read_at"]
        names = ["connection", "currency", "grain", "begins_at"]
        self.bulk_create(points, update_conflicts=True, unique_fields=names, update_fields=told)


class EquityPoint(models.Model):
    """The money of a connection in one currency and the coins that its bots held, valued in it, at `noted_at`.

    It stands for the hour or day (of UTC) that `begins_at`. `money` is what the account had when it was read last, at
    `read_at`; None: not known, which is not nothing. `unpriced` groups had no price of the last hour: `coins` leaves
    them out.
    """

    connection = models.ForeignKey("connections.Connection", on_delete=models.CASCADE, related_name="equity")
    currency = models.CharField(max_length=20)
    grain = models.CharField(max_length=4, choices=Grain.choices)
    begins_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    money = ExactField(null=True)
    coins = ExactField(default=ZERO)
    unpriced = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    objects = EquityPointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "currency", "grain", "begins_at"], name="equity_point_once"),
        ]
        indexes = [
            models.Index(fields=["connection", "grain", "begins_at"], name="equity_by_connection"),
            models.Index(fields=["grain", "begins_at"], name="equity_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.begins_at}"


class DayPrice(models.Model):
    """What a pair cost at an exchange as a day of UTC began, or when it was first priced on that day."""

    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    pair = models.CharField(max_length=31)
    day = models.DateField()
    price = ExactField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exchange", "venue", "pair", "day"], name="day_price_once"),
        ]
        indexes = [models.Index(fields=["day"], name="day_price_by_day")]

    def __str__(self) -> str:
        return f"{self.exchange} {self.pair} {self.day}"


def begins_at(moment: datetime, grain: Grain) -> datetime:
    """Return when the hour or day began, in UTC."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if grain == Grain.DAY else hour
