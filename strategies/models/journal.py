"""The journal: what a bot did and why, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from database.prepared import PreparedInsert
from exchanges.proven import plain

if TYPE_CHECKING:
    from accounts.models import User
    from strategies.models.bots import Bot
    from strategies.models.groups import Group

# Enough for a page and a chart; more digits than this of an average mean nothing to anybody.
DIGITS = 12


class JournalQuerySet(models.QuerySet["JournalLine"]):
    def owned_by(self, user: User) -> JournalQuerySet:
        return self.filter(bot__connection__owner=user)


class JournalLine(models.Model):
    """One decision. `action` is the engine's, or what befell an order; `numbers_json` maps names to decimals in text.

    What a group waits for is written when it changes, not each second.
    """

    bot = models.ForeignKey("strategies.Bot", on_delete=models.CASCADE, related_name="journal")
    group = models.ForeignKey("strategies.Group", null=True, on_delete=models.CASCADE, related_name="journal")
    at = models.DateTimeField(default=timezone.now)
    pair = models.CharField(max_length=31, blank=True)
    action = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    numbers_json = models.JSONField(default=dict)

    objects = JournalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["bot", "-id"], name="journal_by_bot"),
            models.Index(fields=["bot", "reason", "-id"], name="journal_by_reason"),
            models.Index(fields=["group", "-id"], name="journal_by_group"),
            models.Index(fields=["at"], name="journal_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.reason}"

    @property
    def numbers(self) -> dict[str, Decimal]:
        stored = self.numbers_json if isinstance(self.numbers_json, dict) else {}
        return {name: Decimal(value) for name, value in stored.items() if isinstance(value, str)}


def line(
    bot: Bot,
    *,
    action: str,
    reason: str,
    now: datetime,
    group: Group | None = None,
    pair: str = "",
    numbers: Mapping[str, Decimal] | None = None,
) -> JournalLine:
    """Make a line that is not saved yet."""
    pair = pair or (group.pair if group else "")
    stored = {name: plain(Decimal(f"{value:.{DIGITS}g}")) for name, value in (numbers or {}).items()}
    return JournalLine(bot=bot, group=group, pair=pair, action=action, reason=reason, numbers_json=stored, at=now)


def write(
    bot: Bot,
    *,
    action: str,
    reason: str,
    now: datetime,
    group: Group | None = None,
    pair: str = "",
    numbers: Mapping[str, Decimal] | None = None,
) -> None:
    keep([line(bot, action=action, reason=reason, now=now, group=group, pair=pair, numbers=numbers)])


# Keep lines that are not saved yet.
keep = PreparedInsert(JournalLine).run
