"""The worker's side: send what is due by each channel, rest after a failure, and give up what is no news any more.

Each service promises delivery at least once: a worker that dies between sending and writing so down sends it again.
Mail is handed to its own outbox in one transaction, where the same mail has the same Message-ID.
"""

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import F, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.mails import outbox, undo
from messaging import flows, words
from messaging.choices import DeliveryState, MessageLevel, Via
from messaging.models import Channel, Delivery
from messaging.services import BY_VIA, address_of, encoded
from workers import alarms
from workers.backoff import backoff
from workers.drain import Drain

if TYPE_CHECKING:
    from messaging import pushed

log = structlog.get_logger(__name__)
# Above what a service may take (messaging/apprised.py): nobody else takes the messages meanwhile.
LEASE = timedelta(seconds=30)
FIRST_REST, LAST_REST = timedelta(seconds=5), timedelta(minutes=30)
# What waits for a channel leaves together: so many messages, and so many letters, which every service takes at once.
TOGETHER, LETTERS = 10, 1800
URGENCY = {MessageLevel.NEEDS_YOU: "high", MessageLevel.TRADING: "normal", MessageLevel.SUMMARY: "low"}
# While the database is away, what has left is kept in mind for so long, within the lease.
REMEMBERS_SECONDS, RETRY_SECONDS = 15.0, 0.5


def due(most: int) -> list[int]:
    """Return the channels for which something is due, the one that waits longest first."""
    channels = Delivery.objects.due(timezone.now()).order_by().values("channel").annotate(since=Min("due_at"))
    return list(channels.order_by("since").values_list("channel", flat=True)[:most])


def send(channel_id: int) -> None:
    """Send what is due for one channel; no transaction is open meanwhile."""
    now = timezone.now()
    channel = Channel.objects.select_related("user").filter(pk=channel_id).first()
    if channel is None:
        return
    for late in Delivery.objects.due(now).filter(channel=channel, expires_at__lte=now):
        if Delivery.objects.filter(pk=late.pk, state=DeliveryState.WAITING).update(state=DeliveryState.DEAD):
            alarms.ring("message.given_up", "message_given_up", delivery=late.pk, trouble=late.trouble)
    if not (mine := _take(channel, now)):
        return
    if channel.via == Via.MAIL:
        _mail(channel, mine, now)
        return
    _remember(channel, mine, *_carry(channel, mine, now))


def _remember(channel: Channel, some: Sequence[Delivery], trouble: str, wanted: timedelta) -> None:
    """Write down what became of them, also where the database is away for a moment: what is forgotten is sent again."""
    until = time.monotonic() + REMEMBERS_SECONDS
    while True:
        try:
            _note(channel, some, trouble, wanted)
            return
        except DatabaseError:
            if time.monotonic() > until:
                raise
            close_old_connections()
            time.sleep(RETRY_SECONDS)


def _note(channel: Channel, some: Sequence[Delivery], trouble: str, wanted: timedelta) -> None:
    now = timezone.now()
    rows = Delivery.objects.filter(pk__in=[one.pk for one in some], state=DeliveryState.WAITING)
    if trouble == "gone":
        flows.end(channel, trouble)
    elif trouble:
        rest = max(backoff(max(one.tries for one in some), FIRST_REST, LAST_REST), wanted)
        rows.update(due_at=now + rest, trouble=trouble)
        # All that waits for the channel rests: what did not take one message takes no other a moment later.
        Delivery.objects.due(now).filter(channel=channel).update(due_at=now + rest)
        Channel.objects.filter(pk=channel.pk).update(trouble=trouble)
        log.warning("message_not_sent", channel=channel.pk, via=channel.via, trouble=trouble)
    else:
        rows.update(state=DeliveryState.SENT, sent_at=now, trouble="")
        Channel.objects.filter(pk=channel.pk).update(trouble="", sent_at=now)


def _take(channel: Channel, now: datetime) -> list[Delivery]:
    """Take what is due for a channel and fits into one message; [] when another worker has taken some of it."""
    waiting = Delivery.objects.due(now).filter(channel=channel).select_related("message").order_by("message")
    mine: list[Delivery] = []
    letters = 0
    for one in waiting[:TOGETHER]:
        letters += len(one.message.title) + len(one.message.text) + len(one.message.page)
        if mine and letters > LETTERS:
            break
        mine.append(one)
    with transaction.atomic():
        rows = Delivery.objects.due(now).filter(pk__in=[one.pk for one in mine])
        if rows.update(due_at=now + LEASE, tries=F("tries") + 1) != len(mine):
            transaction.set_rollback(True)
            return []
    for one in mine:
        one.tries += 1
    return mine


def _carry(channel: Channel, some: Sequence[Delivery], now: datetime) -> tuple[str, timedelta]:
    """Send them as one; returns "" or why they did not arrive, and how long the service wants to be left alone."""
    # Here, so that only a process that sends pays for it.
    from messaging import apprised, pushed

    try:
        told = import_string(settings.CHANNEL_OPENER)(str(channel.public_id), channel.sealed)
    except import_string(settings.MAIL_TROUBLE):
        return "sealed", timedelta(0)
    if channel.via == Via.PUSH:
        answer = pushed.send(told, _shown(channel, some, now))
        return answer.trouble, answer.rest
    clean = BY_VIA[Via(channel.via)].escape
    blocks = ["\n".join(filter(None, (clean(title), clean(text), link))) for title, text, link in map(_lines, some)]
    is_taken = apprised.send(address_of(channel.via, told), "\n\n".join(blocks))
    return "" if is_taken else "refused", timedelta(0)


def _shown(channel: Channel, some: Sequence[Delivery], now: datetime) -> "pushed.Push":
    """Make one notice of them: of one message with its page, of several with all of them behind it.

    Its topic is made of what the first is about, in a way that tells its carrier nothing: what is sent twice is shown
    once.
    """
    from messaging import pushed

    first = some[0].message
    about = f"{channel.public_id}:{first.cause or first.public_id}"
    is_one = len(some) == 1
    levels = {one.message.level for one in some}
    return pushed.Push(
        title=first.title if is_one else f"{first.title} (+{len(some) - 1})",
        text=first.text if is_one else "\n".join(one.message.title for one in some[1:]),
        page=(first.page if is_one else "") or reverse("messages"),
        topic=encoded(hashlib.sha256(about.encode()).digest())[:32],
        lasts=min(one.expires_at for one in some) - now,
        urgency=next(URGENCY[level] for level in MessageLevel if level in levels),
    )


def _lines(one: Delivery) -> tuple[str, str, str]:
    page = one.message.page
    return one.message.title, one.message.text, undo.to_us(page) if page else ""


def _mail(channel: Channel, some: Sequence[Delivery], now: datetime) -> None:
    """Hand them to the outbox of mails, and be done with them in the same transaction."""
    parts = [outbox.MailPart(title=title, text=text, link=link) for title, text, link in map(_lines, some)]
    is_one, choose = len(parts) == 1, undo.to_us(reverse("channels"))
    subject = parts[0].title if is_one else f"{parts[0].title} (+{len(parts) - 1})"
    texts = ["\n\n".join(filter(None, ("" if is_one else one.title, one.text, one.link))) for one in parts]
    # Two dashes and a space: what follows is no part of what is told, and programs leave it out of an answer.
    texts.append(f"-- \n{words.CHOOSE_MAILS}:\n{choose}")
    try:
        with transaction.atomic():
            rows = Delivery.objects.filter(pk__in=[one.pk for one in some], state=DeliveryState.WAITING)
            if rows.update(state=DeliveryState.SENT, sent_at=now) == len(some):
                to, lasts = channel.user.email, outbox.NOTICES_LAST
                text = "\n\n".join(texts)
                outbox.write(
                    "message",
                    to=to,
                    subject=subject,
                    text=text,
                    user=channel.user,
                    lasts=lasts,
                    parts=parts,
                    choose=choose,
                )
                Channel.objects.filter(pk=channel.pk).update(trouble="", sent_at=now)
    except import_string(settings.MAIL_TROUBLE) as error:
        # They wait until the vault can seal again.
        alarms.ring("mail.not_sealed", "message_not_mailed", channel=channel.pk, exc_info=error)


# A slow service holds two of a worker's threads and no more.
DUE = Drain(due, send, at_once=2)
