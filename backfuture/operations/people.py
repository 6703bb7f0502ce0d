"""What an operator does to one person's account: it is switched off, and what its bots hold is not forgotten."""

from django.db import transaction

from accounts import audit, sudo
from accounts.by import By
from accounts.models import User
from accounts.person import sessions
from strategies.bots import flows as bots
from strategies.choices import StopLevel
from strategies.models import Bot, Group
from strategies.stops import flows as stops
from strategies.stops.state import StopReach


def switch_off(person: User, *, keeps_exits: bool, by: By) -> None:
    """Let somebody sign in no more and their bots open nothing more; nobody switches themselves off.

    `keeps_exits`: bots that run look after their open groups until those are closed, and buy nothing; what the trader
    asked to be sold is sold. Else every bot is off, and what it holds is left alone.
    """
    with transaction.atomic():
        held = User.objects.hold(person)
        if by.user is not None and held.pk == by.user.pk:
            return
        for bot in Bot.objects.owned_by(held).running().select_related("connection").order_by("pk"):
            if keeps_exits:
                bots.wind_down_bot(bot, by=by)
            else:
                bots.disable_bot(bot, by=by)
        is_kept = keeps_exits and Group.objects.owned_by(held).to_be_sold().exists()
        if is_kept:
            stops.pause_everybody(StopLevel.ADD_ONS, by=by, reach=StopReach.of(held))
        User.objects.filter(pk=held.pk).update(is_active=False, exits_kept=is_kept)
        audit.record("user.is_active", by=by, target=held, outcome="False")
        sessions.end_others(held, but=None)


def switch_on(person: User, *, by: By) -> None:
    """Let somebody sign in again; bots stay as they are. Raises what sudo.allow raises."""
    with transaction.atomic():
        held = User.objects.hold(person)
        sudo.allow(sudo.RANK_RAISED, by.user, by=by)
        User.objects.filter(pk=held.pk).update(is_active=True, exits_kept=False)
        audit.record("user.is_active", by=by, target=held, outcome="True")
