"""What groups that are over brought, summed up by day and for ever, so that no page adds up all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from database.exact import ExactField
from strategies.models.groups import Group

if TYPE_CHECKING:
    from accounts.models import User

ZERO = Decimal(0)
# The row that sums up all days.
EVER = date.min
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one group adds to the kept sums; a group that was let go has paid fees, and has no result."""

    day: date
    result: Decimal | None
    fees: Decimal

    @property
    def amounts(self) -> tuple[Decimal, Decimal, int, int]:
        """Return what each column of a row grows by."""
        has_result = self.result is not None
        return self.result or ZERO, self.fees, int(has_result), int(has_result and (self.result or ZERO) > 0)


def share_of(group: Group) -> Share | None:
    """Return what a group adds as its row is now; None while it is open, and where it never bought anything."""
    if group.is_open or not group.quantity or group.closed_at is None:
        return None
    day = group.closed_at.astimezone(group.connection.owner.zone).date()
    return Share(day=day, result=group.result, fees=group.fees)


class KeptResultQuerySet(models.QuerySet["KeptResult"]):
    def owned_by(self, user: User) -> KeptResultQuerySet:
        return self.filter(connection__owner=user)

    def ever(self) -> KeptResultQuerySet:
        return self.filter(day=EVER)

    def since(self, day: date) -> KeptResultQuerySet:
        return self.filter(day__gte=day)

    def count_in(self, group_id: int) -> None:
        """Bring the sums to what a locked group's row says, in its transaction; once more changes nothing."""
        group = Group.objects.select_related("connection__owner").get(pk=group_id)
        before, after = None, share_of(group)
        if group.counted_on:
            before = Share(day=group.counted_on, result=group.counted_result, fees=group.counted_fees)
        if before == after:
            return
        changes: dict[date, list[tuple[int, Share]]] = defaultdict(list)
        for sign, share in ((-1, before), (1, after)):
            if share:
                changes[EVER].append((sign, share))
                changes[share.day].append((sign, share))
        # All days' row comes first: nobody waits for a day's row of a pair of which somebody else holds another.
        for day in sorted(changes):
            self._add(group, day, changes[day])
        Group.objects.filter(pk=group_id).update(
            counted_on=after.day if after else None,
            counted_result=after.result if after else None,
            counted_fees=after.fees if after else ZERO,
        )

    def move_days(self, user: User) -> None:
        """Sort all that a trader's groups brought into the days of the zone that is theirs now, in a transaction."""
        sums: dict[tuple[int, int, str, date], list[Share]] = defaultdict(list)
        moved = []
        counted = Group.objects.filter(connection__owner=user).exclude(counted_on=None)
        for group in counted.select_for_update(of=("self",), no_key=True).order_by("pk"):
            day = group.closed_at.astimezone(user.zone).date() if group.closed_at else group.counted_on
            if day and day != group.counted_on:
                group.counted_on = day
                moved.append(group)
            if group.counted_on:
                share = Share(day=group.counted_on, result=group.counted_result, fees=group.counted_fees)
                sums[group.bot_id, group.connection_id, group.pair, share.day].append(share)
        Group.objects.bulk_update(moved, ["counted_on"], batch_size=AT_ONCE)
        self.owned_by(user).exclude(day=EVER).delete()
        rows = []
        for (bot, connection, pair, day), shares in sums.items():
            result, fees, closed, won = (sum(part) for part in zip(*(one.amounts for one in shares), strict=True))
            home: dict[str, Any] = {"bot_id": bot, "connection_id": connection, "pair": pair, "day": day}
            rows.append(KeptResult(**home, result=result, fees=fees, closed=closed, won=won))
        self.bulk_create(rows, batch_size=AT_ONCE)

    def _add(self, group: Group, day: date, changes: list[tuple[int, Share]]) -> None:
        home: dict[str, Any] = {
            "bot_id": group.bot_id,
            "connection_id": group.connection_id,
            "pair": group.pair,
            "day": day,
        }
        self.get_or_create(**home)
        row = self.select_for_update(no_key=True).get(**home)
        for sign, share in changes:
            result, fees, closed, won = share.amounts
            row.result, row.fees = row.result + sign * result, row.fees + sign * fees
            row.closed, row.won = row.closed + sign * closed, row.won + sign * won
        row.save(update_fields=["result", "fees", "closed", "won"])


class KeptResult(models.Model):
    """One bot's groups of a pair that ended on one day of its trader's, or, in the row of EVER, on any day.

    Written in the transaction that ends a group or changes its result: the rows always add up to the groups. Of the
    `closed` ones `won` brought a gain; `fees` are all that the groups paid, also those that were let go, in quote money
    as far as their worth is known. They are in the result already.
    """

    bot = models.ForeignKey("strategies.Bot", on_delete=models.PROTECT, related_name="kept_results")
    connection = models.ForeignKey("connections.Connection", on_delete=models.PROTECT, related_name="kept_results")
    pair = models.CharField(max_length=31)
    day = models.DateField()
    result = ExactField(default=ZERO)
    fees = ExactField(default=ZERO)
    closed = models.PositiveIntegerField(default=0)
    won = models.PositiveIntegerField(default=0)

    objects = KeptResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "connection", "pair", "day"], name="kept_result_once"),
        ]
        indexes = [
            models.Index(fields=["connection", "day"], name="kept_result_by_day"),
            models.Index(fields=["bot", "day"], name="kept_result_by_bot"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} {self.day}"
