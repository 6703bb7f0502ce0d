"""Which of the vault's keys workers hold, and which one they missed: so that the web, which holds none, can say so."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.utils import timezone


class VaultKeyQuerySet(models.QuerySet["VaultKey"]):
    def note(self, column: str, key_ids: Iterable[str]) -> None:
        """Write down that a worker held these keys just now, or missed them."""
        now = timezone.now()
        for key_id in sorted(key_ids):
            self.update_or_create(key_id=key_id, defaults={column: now})

    def missed(self) -> list[str]:
        """Return the keys that a worker missed since one held them, of those that still seal something."""
        secrets = apps.get_model("connections", "Secret").objects
        since = models.Q(held_at=None) | models.Q(missed_at__gt=models.F("held_at"))
        missed = list(self.filter(since, missed_at__isnull=False).order_by("key_id").values_list("key_id", flat=True))
        return [key_id for key_id in missed if secrets.filter(sealed__startswith=f"v1.{key_id}.").exists()]


class VaultKey(models.Model):
    """A key of the vault by its name. The key itself is a file of the workers."""

    key_id = models.CharField(max_length=8, primary_key=True)
    held_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)

    objects = VaultKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key_id
