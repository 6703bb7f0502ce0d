"""Stop switches: one per trader, and the operators': for everybody, for all at one exchange, for one person."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone

from connections.models import Connection, Venue
from exchanges import registry
from strategies.choices import StopLevel
from strategies.words import stops as words

# From the mildest to the hardest.
ORDER = (StopLevel.NONE, StopLevel.ENTRIES, StopLevel.ADD_ONS, StopLevel.ORDERS)


class StopSwitchQuerySet(models.QuerySet["StopSwitch"]):
    def in_force(self, owner_id: int | None) -> Stops:
        """Return the switches that are on for a trader's bots, in one query; for None that for everybody alone.

        Of exchanges only those where the trader has a connection.
        """
        mine = models.Q(is_global=True)
        if owner_id:
            here = {"exchange": models.OuterRef("exchange"), "venue": models.OuterRef("venue")}
            homes = Connection.objects.filter(owner=owner_id, deleted_at=None, **here)
            mine |= models.Q(owner_id=owner_id) | models.Q(models.Exists(homes))
        found = list(self.filter(mine).exclude(level=StopLevel.NONE).order_by("-is_global", "pk"))
        return Stops(
            ours=tuple(one for one in found if one.is_by_us),
            trader=next((one for one in found if not one.is_by_us), None),
        )

    def set_by_us(self) -> StopSwitchQuerySet:
        """Return the operators' switches that are on, the newest first."""
        ours = self.exclude(owner__isnull=False, is_ours=False)
        return ours.exclude(level=StopLevel.NONE).order_by("-changed_at")


class StopSwitch(models.Model):
    """One switch. The operators' are that for everybody (`is_global`), those for an `exchange` at a `venue`, and those
    for one person (`is_ours` with an `owner`); an owner alone is a trader's own.

    `is_restored`: a restore from a backup set it, not its owner.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="stop_switches"
    )
    is_global = models.BooleanField(default=False, editable=False)
    is_ours = models.BooleanField(default=False, editable=False)
    exchange = models.CharField(max_length=20, blank=True, editable=False)
    venue = models.CharField(max_length=10, blank=True, editable=False)
    level = models.CharField(max_length=10, choices=StopLevel.choices, default=StopLevel.NONE, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    is_restored = models.BooleanField(default=False, editable=False)

    objects = StopSwitchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stop switches"
        permissions = [("use_kill_switch", "Can stop everybody's bots")]
        constraints = [
            models.UniqueConstraint(
                fields=["is_global"], condition=models.Q(is_global=True), name="switch_one_for_everybody"
            ),
            models.UniqueConstraint(
                fields=["owner", "is_ours"], condition=models.Q(owner__isnull=False), name="switch_one_per_person"
            ),
            models.UniqueConstraint(
                fields=["exchange", "venue"], condition=~models.Q(exchange=""), name="switch_one_per_exchange"
            ),
            models.CheckConstraint(
                condition=models.Q(owner=None, is_global=True, is_ours=False, exchange="")
                | models.Q(owner=None, is_global=False, is_ours=False) & ~models.Q(exchange="")
                | models.Q(owner__isnull=False, is_global=False, exchange=""),
                name="switch_has_one_reach",
            ),
            models.CheckConstraint(condition=models.Q(level__in=StopLevel.values), name="switch_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.whose}: {self.get_level_display()}"

    @property
    def is_by_us(self) -> bool:
        return self.owner_id is None or self.is_ours

    @property
    def place(self) -> str:
        """Return the exchange that it is for, as people name it; "" for a switch of another reach."""
        if not self.exchange:
            return ""
        name = registry.get(self.exchange).name
        return f"{name} ({Venue(self.venue).label.lower()})" if self.venue == Venue.PRACTICE else name

    @property
    def whose(self) -> str:
        if self.owner:
            return f"{self.owner.email}, by us" if self.is_ours else self.owner.email
        return f"everybody at {self.place}" if self.exchange else "everybody (the kill switch)"

    @property
    def told(self) -> str:
        """Return what it does, as somebody reads it whose bots it holds."""
        return words.effect_by_us(StopLevel(self.level))

    def holds_at(self, exchange: str, venue: str) -> bool:
        return not self.exchange or (self.exchange, self.venue) == (exchange, venue)


def hardest(*levels: str) -> StopLevel:
    """Return the hardest of several stops."""
    return max((StopLevel(level) for level in levels), key=ORDER.index)


def is_milder(level: str, than: str) -> bool:
    return ORDER.index(StopLevel(level)) < ORDER.index(StopLevel(than))


@dataclass(frozen=True, kw_only=True)
class Stops:
    """The switches that stop something for a trader's bots: the operators', that for everybody first, and the
    trader's own; None is off."""

    ours: tuple[StopSwitch, ...]
    trader: StopSwitch | None

    def __bool__(self) -> bool:
        return bool(self.ours or self.trader)

    def ours_at(self, exchange: str, venue: str) -> StopSwitch | None:
        """Return the hardest of the operators' switches that holds for a bot at an exchange."""
        there = [one for one in self.ours if one.holds_at(exchange, venue)]
        return max(there, key=lambda one: ORDER.index(StopLevel(one.level)), default=None)

    @property
    def trader_level(self) -> StopLevel:
        return StopLevel(self.trader.level) if self.trader else StopLevel.NONE
