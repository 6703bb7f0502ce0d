"""What a person does with their channels and messages; each in one transaction, with its line in the trail."""

from collections.abc import Collection, Mapping
from datetime import time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit, sudo
from accounts.by import By
from accounts.models import User
from messaging import outbox, words
from messaging.choices import DeliveryState, Via
from messaging.kinds import KINDS, TEST, USUAL
from messaging.models import Channel, Delivery, Message, Preferences
from messaging.outbox import SEND
from messaging.services import BY_VIA, place_of
from messaging.spread import LASTS
from workers import wake

MOST_CHANNELS, MOST_TESTS = 10, 10


class TooManyError(Exception):
    """Somebody has as many channels as one may have, or asked for as many tests of one as there are in an hour."""


def add_channel(user: User, via: Via, told: Mapping[str, str], *, by: By, label: str = "") -> Channel:
    """Make a channel of what was pasted, and send a test by it; raises TooManyError, and what sudo.allow raises.

    A browser that has one already keeps it. One shows the messages of one account, of that which asked last.
    """
    place = place_of(told)
    with transaction.atomic():
        User.objects.hold(user)
        sudo.allow(sudo.CHANNEL_ADDED, user, by=by)
        known = Channel.objects.select_related("user").filter(place=place).first() if place else None
        if known and known.user_id == user.pk:
            test(known, by=by)
            return known
        if known:
            end(known, "taken")
        if Channel.objects.filter(user=user).exclude(via=Via.MAIL).count() >= MOST_CHANNELS:
            raise TooManyError
        label = label or BY_VIA[via].hint(told)
        channel = Channel(user=user, via=via, label=label, place=place, kinds_json=list(USUAL))
        channel.sealed = import_string(settings.CHANNEL_SEALER)(str(channel.public_id), told)
        try:
            with transaction.atomic():
                channel.save()
        except IntegrityError:
            # Another account has asked for the same browser at this moment.
            end(Channel.objects.select_related("user").get(place=place), "taken")
            channel.save()
        audit.record("channel.added", by=by, target=user, outcome=via)
        test(channel, by=by)
    return channel


def test(channel: Channel, *, by: By) -> None:
    """Send a message by this channel alone, whatever the hour; raises TooManyError."""
    with transaction.atomic():
        now = timezone.now()
        tests = Delivery.objects.filter(channel=channel, message__kind=TEST.code)
        if tests.filter(message__at__gt=now - timedelta(hours=1)).count() >= MOST_TESTS:
            raise TooManyError
        message = Message.objects.create(
            user=channel.user,
            kind=TEST.code,
            title=str(words.TEST_TITLE),
            text=str(words.TEST_TEXT),
            page="/messages/channels/",
        )
        Message.objects.filter(pk=message.pk).update(spread_at=now, read_at=now)
        Delivery.objects.make(message, [channel], due_at=now, expires_at=now + LASTS / 24)
        audit.record("channel.tested", by=by, target=channel.user, outcome=channel.via)
        wake.after_commit(SEND)


def choose(channel: Channel, kinds: Collection[str], *, by: By, label: str = "") -> None:
    """Let a channel carry these kinds and no others, and be called like this; what it has no word for is left out."""
    with transaction.atomic():
        chosen = [kind.code for kind in KINDS if kind.code in kinds]
        Channel.objects.filter(pk=channel.pk).update(kinds_json=chosen, label=label or channel.label)
        audit.record("channel.changed", by=by, target=channel.user, outcome=channel.via)


def remove(channel: Channel, *, by: By) -> None:
    """Forget a channel and what opens it. What still waits for it is on the page all the same."""
    with transaction.atomic():
        channel.delete()
        audit.record("channel.removed", by=by, target=channel.user, outcome=channel.via)


def end(channel: Channel, why: str) -> None:
    """Switch a browser's channel off for good, forget what opens it, and tell its owner; what waits for it is given up.

    Nothing is done where somebody else did so before, or made it anew.
    """
    with transaction.atomic():
        rows = Channel.objects.filter(pk=channel.pk, sealed=channel.sealed).exclude(sealed="")
        if not rows.update(sealed="", place="", trouble=why):
            return
        waiting = Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING)
        waiting.update(state=DeliveryState.DEAD, trouble=why)
        audit.record("channel.ended", target=channel.user, outcome=why)
        outbox.write(
            "channel.ended",
            user_id=channel.user_id,
            title=str(words.ENDED_TITLE).format(browser=channel.label),
            text=str(words.TROUBLES[why]),
            page=reverse("channels"),
            cause=f"channel.ended:{channel.public_id}",
            now=timezone.now(),
        )


def set_quiet(user: User, *, quiet: tuple[time, time] | None, wakes: bool) -> None:
    """Leave somebody alone within these hours of their own clock; None: never."""
    begin, end = quiet or (None, None)
    wishes = {"quiet_from": begin, "quiet_until": end, "wakes": wakes}
    Preferences.objects.update_or_create(user=user, defaults=wishes)


def read(user: User, *, until: int) -> None:
    """Take what the reader has seen, up to this message, off the bell."""
    Message.objects.unread_by(user).filter(pk__lte=until).update(read_at=timezone.now())


def forget_channels(user: User, *, by: By) -> None:
    """Forget every channel but mail: who had the account before reads along by them. Called through the settings."""
    rows = Channel.objects.filter(user=user).exclude(via=Via.MAIL)
    for channel in list(rows):
        remove(channel, by=by)
