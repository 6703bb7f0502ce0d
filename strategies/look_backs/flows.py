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

TASK, MAP_TASK = "strategies.look_back", "strategies.map_settings"
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


def ask_map(look_back: LookBack, *, by: By) -> bool:
    """Ask for a map of settings around those of one that is done; False: it is there, or under way.

    A trader's other maps that are under way are not waited for any more: the newest wish counts.
    """
    now = timezone.now()
    with transaction.atomic():
        owner = User.objects.hold(look_back.bot.connection.owner)
        row = LookBack.objects.select_for_update(of=("self",)).get(pk=look_back.pk)
        if row.state != LookBackState.DONE or row.waits_for_map(now) or (row.map and not row.map.get("problem")):
            return False
        mine = LookBack.objects.filter(bot__connection__owner=owner, map_json__isnull=True)
        mine.update(map_asked_at=None)
        LookBack.objects.filter(pk=row.pk).update(
            map_asked_at=now, map_json=None, map_share=0, map_tries=0, claim_until=None
        )
        audit.record("bot.settings_mapped", target=look_back.bot, by=by)
        wake.after_commit(MAP_TASK, row.pk)
    return True


def length_of(months: int) -> timedelta:
    """Return how much time so many months are, a year as 365 days."""
    return timedelta(days=round(365 * months / 12))
