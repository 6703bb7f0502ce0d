"""Ask for a look back at a bot, or end one that is under way."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.by import By
from accounts.models import User
from strategies.choices import LookBackState
from strategies.models import Bot, LookBack
from strategies.models.look_backs import KEPT_EACH
from workers import wake

TASK = "strategies.look_back"
# How far back one may ask to look.
MONTHS = (1, 3, 12)


def ask(bot: Bot, months: int, *, by: By) -> LookBack:
    """Ask for a look back; whatever is under way of the same trader is ended: the newest wish counts."""
    now = timezone.now()
    with transaction.atomic():
        # Of two that ask at once the second ends the first one's.
        owner = User.objects.hold(bot.connection.owner)
        mine = LookBack.objects.under_way().filter(bot__connection__owner=owner)
        mine.update(state=LookBackState.CANCELED, ended_at=now, claim_until=None)
        until = now.replace(second=0, microsecond=0)
        made = LookBack.objects.create(bot=bot, months=months, until=until, asked_at=now, look_at=now)
        old = LookBack.objects.filter(bot=bot).order_by("-asked_at", "-pk").values_list("pk", flat=True)[KEPT_EACH:]
        LookBack.objects.filter(pk__in=list(old)).delete()
        audit.record("bot.looked_back", target=bot, by=by)
        wake.after_commit(TASK, made.pk)
    return made


def cancel(look_back: LookBack) -> bool:
    """End a look back that is under way; False: it had ended. Its worker notices within a page of candles."""
    ended = {"state": LookBackState.CANCELED, "ended_at": timezone.now(), "claim_until": None}
    return bool(LookBack.objects.under_way().filter(pk=look_back.pk).update(**ended))


def length_of(months: int) -> timedelta:
    """Return how much time so many months are, a year as 365 days."""
    return timedelta(days=round(365 * months / 12))
