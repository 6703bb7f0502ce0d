"""Why bots are halted, and whether they go on by themselves when that is over (`flows.go_on`)."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import User
from strategies import messages
from strategies.choices import BotState, HaltedBy
from strategies.models import Bot, BotQuerySet, journal

# Whose halts call for the trader; those of a connection are told with it (connections/messages.py).
CALLS = frozenset({HaltedBy.BOOKS, HaltedBy.FAULT})


def halt(connection_id: int, *, reason: str, is_temporary: bool) -> None:
    """Halt a connection's bots, inside the transaction that takes the connection offline; called by the settings.

    The caller holds the connection's row and `flows.enable_bot` needs it, so that no bot slips in between.
    """
    by = HaltedBy.TRADER if reason == "connection.deleted" else HaltedBy.CHECK
    halt_some(
        Bot.objects.on(connection_id),
        reason=reason or "connection.unproven",
        by=HaltedBy.TROUBLE if is_temporary else by,
        now=timezone.now(),
    )


def halt_some(bots: BotQuerySet, *, reason: str, by: HaltedBy, now: datetime) -> None:
    """Halt those of these bots that run, and write down why; runs in the caller's transaction.

    What must not go on by itself takes this from those that would.
    """
    running = Q(state=BotState.ENABLED)
    if by != HaltedBy.TROUBLE:
        running |= Q(state=BotState.HALTED, halted_by=HaltedBy.TROUBLE)
    halted = {"state": BotState.HALTED, "halt_reason": reason, "halted_at": now, "halted_by": by}
    # One by one, in the order in which everybody locks them: only what this statement changed is told.
    for bot in bots.filter(running).order_by("pk"):
        if Bot.objects.filter(running, pk=bot.pk).update(**halted):
            journal.write(bot, action="halted", reason=reason, now=now)
            audit.record("bot.halted", target=bot, outcome=reason)
            if by in CALLS:
                messages.tell_halted(bot, why=reason, now=now)


def names_in_the_trail(user: User) -> dict[str, str]:
    """Return the names of the user's bots by their labels in the audit trail. Called through the settings."""
    rows = Bot.objects.filter(connection__owner=user).values_list("public_id", "name")
    return {f"bot:{public_id}": name for public_id, name in rows}
