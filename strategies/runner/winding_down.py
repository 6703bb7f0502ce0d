"""Bots that look after their open groups and are off once the last one is closed."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import User
from strategies.models import Bot, Group, journal


def end(now: datetime) -> None:
    """Switch off the bots that wound down and have no open group any more."""
    open_groups = Group.objects.open().filter(bot=OuterRef("pk"))
    for bot in Bot.objects.winding_down().filter(~Exists(open_groups)).order_by("pk"):
        with transaction.atomic():
            # Its trader may have enabled it a moment ago, or a late fill have opened its group again: its row first,
            # as workers do that write groups.
            mine = Bot.objects.winding_down().filter(pk=bot.pk)
            if mine.select_for_update(no_key=True).first() and not Group.objects.open().of_bot(bot).exists():
                mine.update(**Bot.SWITCHED_OFF)
                _part_with(User.objects.filter(connections__bots=bot))
                journal.write(bot, action="wound_down", reason="bot.wound_down", now=now)
                audit.record("bot.wound_down", target=bot)
    if now.second == 0:
        # What its trader asked to be sold ends without a bot that goes off.
        _part_with(User.objects.all())


def _part_with(users: QuerySet[User]) -> None:
    """Let nobody work any more for accounts that are switched off, and of which nothing is to be sold."""
    still = Group.objects.to_be_sold().filter(connection__owner=OuterRef("pk"))
    users.filter(~Exists(still), exits_kept=True).update(exits_kept=False)
