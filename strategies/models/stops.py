"""Stop switches: one per trader, and one of the operators that holds for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone

from strategies.choices import StopLevel

# From the mildest to the hardest.
ORDER = (StopLevel.NONE, StopLevel.ENTRIES, StopLevel.ADD_ONS, StopLevel.ORDERS)


class StopSwitchQuerySet(models.QuerySet["StopSwitch"]):
    def in_force(self, owner_id: int | None) -> Stops:
        """Return the switches that are on for a trader's bots, in one query; for None those of the operators alone."""
        mine = models.Q(is_global=True) | (models.Q(owner_id=owner_id) if owner_id else models.Q(pk=None))
        found = {one.is_global: one for one in self.filter(mine).exclude(level=StopLevel.NONE)}
        return Stops(everybody=found.get(True), trader=found.get(False))


class StopSwitch(models.Model):
    """`owner` is None for the operators' switch, of which there is one (`is_global`).

    `is_restored`: a restore from a backup set it, not its owner.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="stop_switch"
    )
    is_global = models.BooleanField(default=False, editable=False)
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
            models.CheckConstraint(
                condition=models.Q(owner=None, is_global=True) | models.Q(owner__isnull=False, is_global=False),
                name="switch_is_of_one_or_all",
            ),
            models.CheckConstraint(condition=models.Q(level__in=StopLevel.values), name="switch_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.owner or 'everybody'}: {self.get_level_display()}"


def hardest(*levels: str) -> StopLevel:
    """Return the hardest of several stops."""
    return max((StopLevel(level) for level in levels), key=ORDER.index)


def is_milder(level: str, than: str) -> bool:
    return ORDER.index(StopLevel(level)) < ORDER.index(StopLevel(than))


@dataclass(frozen=True, kw_only=True)
class Stops:
    """The switches that stop something for a trader's bots: the operators', and the trader's own; None is off."""

    everybody: StopSwitch | None
    trader: StopSwitch | None

    def __bool__(self) -> bool:
        return bool(self.everybody or self.trader)

    @property
    def everybody_level(self) -> StopLevel:
        return StopLevel(self.everybody.level) if self.everybody else StopLevel.NONE

    @property
    def trader_level(self) -> StopLevel:
        return StopLevel(self.trader.level) if self.trader else StopLevel.NONE
