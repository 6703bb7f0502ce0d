"""Say on open groups that their exchange does not answer: no bot is stepped then that could say so itself."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from strategies.engine.decision import Action
from strategies.models import Bot, Group, JournalLine, journal
from strategies.models.market import Feed

# Looks that failed for so long are no slip of the moment.
AWAY_AFTER = timedelta(seconds=20)
AWAY = "exchange.away"


def tell(feed: Feed, now: datetime) -> None:
    """Write it on each group that is looked after, once an outage, and once into the journal."""
    if feed.looked_at is None or now - feed.looked_at < AWAY_AFTER:
        return
    looked_after = Q(close_asked_at__isnull=False) | Q(sell_to__isnull=False)
    looked_after |= Q(bot__in=Bot.objects.enabled()) | Q(bot__in=Bot.objects.waiting_out())
    here = Group.objects.open().filter(looked_after, connection__exchange=feed.exchange, connection__venue=feed.venue)
    with transaction.atomic():
        # Who holds some of them just now may want the next one that is held here: these are told at the next look.
        free = here.exclude(reason=AWAY).select_for_update(of=("self",), no_key=True, skip_locked=True)
        groups = list(free.select_related("bot"))
        said = JournalLine.objects.filter(group__in=groups, reason=AWAY, at__gt=feed.looked_at)
        before = set(said.values_list("group", flat=True))
        news = [one for one in groups if one.pk not in before]
        Group.objects.filter(pk__in=[one.pk for one in groups]).update(reason=AWAY, reason_since=feed.looked_at)
        journal.keep([journal.line(one.bot, group=one, action=Action.BLOCK, reason=AWAY, now=now) for one in news])


def end(feed: Feed) -> None:
    """Let the bots be looked at of whose groups this is said: the next step says what they wait for now."""
    here = Group.objects.open().filter(connection__exchange=feed.exchange, connection__venue=feed.venue, reason=AWAY)
    Bot.objects.filter(pk__in=here.values("bot")).wake_all()
