"""Decide which channels carry a message: what its owner chose, one of a cause within an hour, and no flood."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from messaging.choices import MessageLevel, Via
from messaging.kinds import BY_MAIL, KINDS, TEST
from messaging.models import Channel, Delivery, Message, Preferences
from messaging.quiet import leaves_at

# The same cause is told again by the page alone, within this time.
AGAIN_AFTER = timedelta(hours=1)
# What one channel carries in an hour; the rest is on the page. What needs somebody has a measure of its own.
MOST, WITHIN = {MessageLevel.NEEDS_YOU: 60, MessageLevel.TRADING: 60, MessageLevel.SUMMARY: 10}, timedelta(hours=1)
# Later than this, counted from when it may leave, it is no news any more.
LASTS = timedelta(hours=24)
AT_ONCE = 200


def spread(now: datetime) -> int:
    """Go through the messages that no worker has looked at yet; return how many there were.

    Most are for the page alone, and are done with in one statement.
    """
    unspread = Message.objects.filter(spread_at=None).order_by("pk")[:AT_ONCE]
    found = list(unspread.select_related("user"))
    wanted = _wanted({message.user_id for message in found})
    quiet = [message.pk for message in found if message.kind not in wanted[message.user_id]]
    if quiet:
        Message.objects.filter(pk__in=quiet, spread_at=None).update(spread_at=now)
    for message in found:
        if message.kind in wanted[message.user_id]:
            _spread(message, now)
    return len(found)


def _wanted(users: Collection[int]) -> dict[int, set[str]]:
    """Return the kinds that any channel of each user carries."""
    kinds: dict[int, set[str]] = {user: set() for user in users}
    mailed = set()
    for channel in Channel.objects.filter(user__in=users):
        kinds[channel.user_id] |= channel.kinds
        mailed |= {channel.user_id} if channel.via == Via.MAIL else set()
    for user in kinds.keys() - mailed:
        # That channel is made when it is needed for the first time.
        kinds[user] |= set(BY_MAIL)
    return kinds


def _spread(message: Message, now: datetime) -> None:
    with transaction.atomic():
        if not Message.objects.filter(pk=message.pk, spread_at=None).update(spread_at=now):
            return  # another worker was faster
        if message.kind == TEST.code or not message.user.is_active or _was_told(message, now):
            return
        level = message.level
        channels = [one for one in Channel.objects.of(message.user) if message.kind in one.kinds and not one.is_ended]
        channels = [one for one in channels if _carried(one, level, now) < MOST[level]]
        if not channels:
            return
        wishes = Preferences.objects.filter(user=message.user).first()
        leaves = now
        if wishes and not (wishes.wakes and level == MessageLevel.NEEDS_YOU):
            leaves = leaves_at(now, wishes.quiet, message.user.zone)
        Delivery.objects.make(message, channels, due_at=leaves, expires_at=leaves + LASTS)


def _was_told(message: Message, now: datetime) -> bool:
    """Say whether a channel carries the same cause already since less than an hour."""
    same = Delivery.objects.filter(message__user=message.user_id, message__cause=message.cause)
    return same.filter(message__spread_at__gt=now - AGAIN_AFTER).exclude(message=message.pk).exists()


def _carried(channel: Channel, level: MessageLevel, now: datetime) -> int:
    """Return how many messages of this level a channel was given within the hour."""
    kinds = [kind.code for kind in KINDS if kind.level == level]
    lately = Delivery.objects.filter(channel=channel, message__kind__in=kinds)
    return lately.filter(message__spread_at__gt=now - WITHIN).count()
