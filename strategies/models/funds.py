"""The money of each connection that carries bots, as the exchange told it last, and when our books were compared.

Rows of a balance answer that could not be read are stored and told: which coins, how many, what shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models

from connections.models import Connection
from database.prepared import Param
from exchanges.values import OddRow
from strategies.choices import MOST_LOST
from strategies.pairs import read_stored

# Older than this, orders wait for the next comparison.
RECONCILED_FOR = timedelta(seconds=60)
READ_FOR = timedelta(minutes=5)
# The `trouble` of books whose comparison was lost too often.
KILLED = "compare.killed"

# An answer that does not tell all orders since a backup is believed when it came so often; they are seconds apart.
UNREAD_BELIEVED = 10

# More coins than anybody's bots trade; beyond them, any coin may be among those that could not be read.
MOST_COINS = 200
MOST_SHAPES = 20
# Percents of the equity.
USUAL_CAP, CAPS = 20, (1, 100)


@dataclass(frozen=True, kw_only=True)
class Oddities:
    """`nameless` rows are those of which not even the coin could be read. `is_empty`: the exchange told of no coin at
    all, though bots hold some."""

    coins: tuple[str, ...] = ()
    nameless: int = 0
    shapes: tuple[str, ...] = ()
    is_empty: bool = False

    @property
    def count(self) -> int:
        return len(self.coins) + self.nameless

    def hides(self, coin: str, *, is_told: bool) -> bool:
        """Say whether what the account holds of a coin is not known; `is_told`: another row of it was read."""
        return self.is_empty or coin in self.coins or (self.nameless > 0 and not is_told)

    def as_json(self) -> dict[str, Any]:
        found = {"coins": list(self.coins), "nameless": self.nameless, "shapes": list(self.shapes)}
        return {**found, "is_empty": self.is_empty} if self.count or self.is_empty else {}


def gather_oddities(rows: Iterable[OddRow], *, is_empty: bool = False) -> Oddities:
    odd = list(rows)
    coins = tuple(dict.fromkeys(row.coin for row in odd if row.coin))
    shapes = tuple(dict.fromkeys(row.shape for row in odd))[:MOST_SHAPES]
    nameless = sum(not row.coin for row in odd) + max(len(coins) - MOST_COINS, 0)
    return Oddities(coins=coins[:MOST_COINS], nameless=nameless, shapes=shapes, is_empty=is_empty)


class FundsQuerySet(models.QuerySet["Funds"]):
    def free(self, now: datetime | Param) -> FundsQuerySet:
        """Return those that are due, that no worker compares at this moment, and that have not ended three of them."""
        lost = models.Q(claim_until__lt=now, lost_claims__lt=MOST_LOST - 1)
        return self.filter(models.Q(claim_until=None) | lost, look_at__lte=now)

    def worn(self, now: datetime) -> FundsQuerySet:
        """Return those that nobody takes any more: so many comparisons in a row never ended."""
        return self.filter(claim_until__lt=now, lost_claims__gte=MOST_LOST - 1)

    def parked(self) -> FundsQuerySet:
        """Return those that are not compared for a while, since that ended the workers that did it."""
        return self.filter(trouble=KILLED)

    def look_after(self, connection_id: int, *, now: datetime) -> None:
        """Let a connection's books be compared from now on; called when a bot is enabled on it."""
        self.get_or_create(connection_id=connection_id)
        self.filter(connection_id=connection_id).update(look_at=now)

    def read_once(self, connection: Connection, *, now: datetime) -> None:
        """Let a proven connection's balances be read for a page that reckons with them, if they are old or unknown."""
        funds, _ = self.get_or_create(connection=connection)
        if connection.is_proven(now) and not funds.is_known(now) and funds.look_at is None:
            self.filter(pk=funds.pk).update(look_at=now)


class Funds(models.Model):
    """`balances_json` maps assets to {"free", "total"} in text, as they were read last.

    `odd_json` is what of the last answer could not be read (Oddities).
    `trouble` is a finding code, "" when the last reading went well. `look_at` is when to read again; `claim_until`
    keeps a second worker away, and `lost_claims` counts those before, in a row, that never came to an end.
    `shortages_json` counts readings in a row in which the account had less of a coin than
    the bots should hold. `loss_cap` is the trader's: so many percent of the equity in a quote coin all bots together
    may lose at their stress prices. `missing_json` maps quote coins to how much of what is set aside for rungs to come
    was not free any more at the last reading. Who writes a buy down holds this row. `restored_from` is the moment of
    the backup that this database was restored from, until the orders that were placed since are in the books;
    `caught_up_json` says of which pairs they are ("told"), and how often which had no end ("unread"). What it was worth
    was written down last at `noted_at`.
    """

    connection = models.OneToOneField("connections.Connection", on_delete=models.CASCADE, related_name="funds")
    balances_json = models.JSONField(default=dict)
    odd_json = models.JSONField("could not be read", default=dict)
    read_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    shortages_json = models.JSONField(default=dict)
    trouble = models.CharField(max_length=40, blank=True)
    look_at = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    lost_claims = models.PositiveSmallIntegerField(default=0)
    missing_json = models.JSONField("missing of what is set aside", default=dict)
    loss_cap = models.PositiveSmallIntegerField(default=USUAL_CAP)
    noted_at = models.DateTimeField(null=True, editable=False)
    restored_from = models.DateTimeField(null=True, editable=False)
    caught_up_json = models.JSONField("caught up since a restore", default=dict, editable=False)

    objects = FundsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "funds"
        indexes = [
            models.Index(fields=["look_at"], name="funds_due"),
            models.Index(fields=["noted_at"], name="funds_to_note"),
            models.Index(fields=["claim_until"], condition=models.Q(lost_claims__gt=0), name="funds_claims_lost"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(loss_cap__range=CAPS), name="funds_loss_cap_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"funds of {self.connection_id}"

    def is_known(self, now: datetime) -> bool:
        return self.read_at is not None and now - self.read_at <= READ_FOR

    def is_reconciled(self, now: datetime) -> bool:
        return self.reconciled_at is not None and now - self.reconciled_at <= RECONCILED_FOR

    @property
    def told_pairs(self) -> tuple[str, ...]:
        """Return the pairs of which all orders that were placed since a backup are in the books."""
        return read_stored(self.caught_up_json.get("told"))

    def unread_of(self, pair: str) -> int:
        """Return how often an exchange's list of the pair's orders since a backup had no end."""
        return int(self.caught_up_json.get("unread", {}).get(pair, 0))

    def has_no_end(self, pair: str) -> bool:
        return self.unread_of(pair) >= UNREAD_BELIEVED

    def note_unread(self, pair: str) -> None:
        unread = self.caught_up_json.get("unread", {}) | {pair: self.unread_of(pair) + 1}
        self.caught_up_json = self.caught_up_json | {"unread": unread}

    def note_told(self, pair: str) -> None:
        self.caught_up_json = self.caught_up_json | {"told": [*self.told_pairs, pair]}

    @property
    def odd(self) -> Oddities:
        """Read what is stored; what is not of its kind is left out."""
        found = self.odd_json if isinstance(self.odd_json, dict) else {}
        nameless = found.get("nameless")
        return Oddities(
            coins=read_stored(found.get("coins")),
            nameless=nameless if isinstance(nameless, int) else 0,
            shapes=read_stored(found.get("shapes")),
            is_empty=found.get("is_empty") is True,
        )

    def tells(self, asset: str) -> bool:
        """Say whether the last answer could be read as far as this coin goes; a coin it does not name is not held."""
        return not self.odd.hides(asset, is_told=asset in self.balances_json)

    def free(self, asset: str) -> Decimal:
        return self._of(asset, "free")

    def total(self, asset: str) -> Decimal:
        return self._of(asset, "total")

    def missing(self, asset: str) -> Decimal:
        found = self.missing_json.get(asset) if isinstance(self.missing_json, dict) else None
        return Decimal(found) if isinstance(found, str) else Decimal(0)

    def _of(self, asset: str, name: str) -> Decimal:
        row = self.balances_json.get(asset) if isinstance(self.balances_json, dict) else None
        value = row.get(name) if isinstance(row, dict) else None
        return Decimal(value) if isinstance(value, str) else Decimal(0)
