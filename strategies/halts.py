"""Why bots are halted, and whether they go on by themselves when that is over (`flows.go_on`)."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts import audit
from accounts.mails import outbox, undo
from accounts.models import User
from strategies.choices import BotState, HaltedBy
from strategies.models import Bot, BotQuerySet, journal
from strategies.words.halts import reason_for
from workers import alarms

# Whose halts call for the trader: the subject of the mail.
CALLS = {
    HaltedBy.BOOKS: _("Your bot is halted: its books and the exchange differ"),
    HaltedBy.FAULT: _("Your bot is halted by a fault of ours: look after its groups"),
}


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
                _call(bot, reason, subject=gettext(CALLS[by]))


def _call(bot: Bot, reason: str, *, subject: str) -> None:
    """Mail the owner that a bot is halted where nothing but that person ends it.

    A mail that cannot be sealed must not keep the bot running.
    """
    words, owner = reason_for(reason), bot.connection.owner
    said = {"bot": bot.name, "connection": bot.connection.name, "text": words.text, "step": words.step}
    page = undo.to_us(reverse("bot_detail", args=[bot.public_id]))
    text = gettext("Your bot “{bot}” on “{connection}” is halted: {text}\n\n{step}\n\n{page}")
    try:
        outbox.write(
            "notice.bot_halted",
            to=owner.email,
            subject=subject,
            text=text.format(**said, page=page),
            user=owner,
            lasts=outbox.NOTICES_LAST,
        )
    except import_string(settings.MAIL_TROUBLE) as error:
        alarms.ring("mail.not_sealed", "notice_not_written", bot=bot.pk, exc_info=error)


def names_in_the_trail(user: User) -> dict[str, str]:
    """Return the names of the user's bots by their labels in the audit trail. Called through the settings."""
    rows = Bot.objects.filter(connection__owner=user).values_list("public_id", "name")
    return {f"bot:{public_id}": name for public_id, name in rows}
