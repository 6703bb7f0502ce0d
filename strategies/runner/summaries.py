"""Each morning and each Monday: what the days before brought, told to everybody who has bots."""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import User
from messaging import outbox
from messaging.models import Message
from strategies.models import Bot
from strategies.portfolio.money import WEEK, Money, money_of, today_of
from strategies.portfolio.standing import standings_of
from strategies.words import messages as words

# By the reader’s own clock. Who is missed by a busy or dead worker is told within the hour, then no more.
HOUR, MONDAY = 8, 0
# A minute, at least; more where the hour would otherwise not be enough for all.
AT_ONCE = 50


def tell(now: datetime) -> None:
    """Do it once a minute, some people at a time; each summary is written once whatever happens."""
    if now.second:
        return
    zones = User.objects.values_list("time_zone", flat=True).distinct()
    waking = [zone for zone in zones if _is_morning(zone, now)]
    with_bots = Bot.objects.filter(deleted_at=None).values("connection__owner")
    people = list(User.objects.filter(time_zone__in=waking, is_active=True, pk__in=with_bots).order_by("pk"))
    marks = {_mark("daily", user, today_of(user, now)) for user in people}
    told = set(Message.objects.filter(once__in=marks).values_list("once", flat=True))
    left = defaultdict[str, list[User]](list)
    for user in people:
        if _mark("daily", user, today_of(user, now)) not in told:
            left[user.time_zone].append(user)
    for users in left.values():
        minutes = 60 - now.astimezone(users[0].zone).minute
        for user in users[: max(AT_ONCE, math.ceil(len(users) / minutes))]:
            _tell(user, now)


def _is_morning(zone: str, now: datetime) -> bool:
    return now.astimezone(User(time_zone=zone).zone).hour == HOUR


def _mark(kind: str, user: User, today: date) -> str:
    return f"summary.{kind}:{user.public_id}:{today}"


def _tell(user: User, now: datetime) -> None:
    today = today_of(user, now)
    purses = money_of(user, standings_of(user, now), since=today - timedelta(days=WEEK), now=now)
    spans = [("daily", 1)] if today.weekday() != MONDAY else [("weekly", WEEK), ("daily", 1)]
    for kind, days in spans:
        outbox.write(
            f"summary.{kind}",
            user_id=user.pk,
            title=words.summary_title(kind, date_format(today - timedelta(days=1), "j F")),
            text="\n".join(_lines(purses, days)),
            page=reverse("overview"),
            cause=f"summary.{kind}",
            once=_mark(kind, user, today),
            now=now,
        )


def _lines(purses: list[Money], days: int) -> Iterator[str]:
    """Yield a line for each purse: so many whole days before today, and what is open now."""
    for purse in purses:
        since = purse.today - timedelta(days=days)
        before = [one for day, one in purse.days.items() if since <= day < purse.today]
        yield words.summary_line(
            is_practice=purse.venue == "practice",
            currency=purse.currency,
            result=sum((one.result for one in before), Decimal(0)),
            closed=sum(one.closed for one in before),
            won=sum(one.won for one in before),
            opened=purse.groups,
            unpriced=purse.unpriced,
            open_result=purse.open,
        )
    if not purses:
        yield words.nothing()
