"""How often each key was opened: counted with each opening, summed by the hour for the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction

from accounts import audit

# A transaction that began before the hour was over may still count for it.
LATE = timedelta(minutes=2)
KEPT = timedelta(days=400)
# Counted like openings, and told in the trail by names of their own, with this outcome.
ALARMS = {"secret.tampered": "refused", "vault.key_missing": "refused", "vault.planted_key": "opened"}


class KeyOpening(models.Model):
    """Openings of one connection's key for one purpose within one hour."""

    connection = models.ForeignKey("connections.Connection", on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=40)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "purpose", "hour"], name="opening_once_an_hour")]
        indexes = [models.Index(fields=["is_told", "hour"], name="opening_to_tell")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.count}"


def tell_sums(now: datetime) -> None:
    """Write the sums of hours that are over to the trail, and forget what was told more than a year ago."""
    over = KeyOpening.objects.filter(is_told=False, hour__lte=now - timedelta(hours=1) - LATE)
    for opening in over.select_related("connection").order_by("pk")[:500]:
        with transaction.atomic():
            if over.filter(pk=opening.pk, count=opening.count).update(is_told=True):
                audit.record(
                    "secret.openings", target=opening.connection, outcome=f"{opening.purpose[:28]} {opening.count}"
                )
    KeyOpening.objects.filter(is_told=True, hour__lt=now - KEPT).delete()
