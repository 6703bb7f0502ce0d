"""Messages, the channels that they leave by, and what became of each on its way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from database.ids import public_id
from messaging.choices import DeliveryState, MessageLevel, Via
from messaging.kinds import BY_CODE, BY_MAIL, KINDS, MessageKind

LONGEST_TITLE, LONGEST_TEXT = 160, 1200


class MessageQuerySet(models.QuerySet["Message"]):
    def unread_by(self, user: User) -> MessageQuerySet:
        return self.filter(user=user, read_at=None)


class Message(models.Model):
    """What somebody is told, written in the transaction of what happened; the page shows it, channels carry it.

    Of one `cause` only the first within an hour leaves the page. Two with the same `once` are one.
    """

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=LONGEST_TITLE)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    # The address of the row that it is about, on our pages.
    page = models.CharField(max_length=200, blank=True)
    cause = models.CharField(max_length=160)
    once = models.CharField(max_length=160, null=True, unique=True)  # noqa: DJ001 - many have none
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # None until a worker has decided which channels carry it.
    spread_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="message_by_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="message_unread"),
            models.Index(fields=["id"], condition=Q(spread_at=None), name="message_unspread"),
            models.Index(fields=["user", "cause", "spread_at"], name="message_by_cause"),
            models.Index(fields=["at"], name="message_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.at:%Y-%m-%d %H:%M}"

    @property
    def level(self) -> MessageLevel:
        found = BY_CODE.get(self.kind)
        return found.level if found else MessageLevel.NEEDS_YOU


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of(self, user: User) -> list[Channel]:
        """Return a user's channels, mail first; that one is made when it is asked for the first time."""
        found = list(self.filter(user=user).order_by("pk"))
        if not any(one.via == Via.MAIL for one in found):
            mail, _ = self.get_or_create(user=user, via=Via.MAIL, defaults={"kinds_json": list(BY_MAIL)})
            found.insert(0, mail)
        return sorted(found, key=lambda one: (one.via != Via.MAIL, one.pk))


class Channel(models.Model):
    """One way to a person. What opens it, such as a webhook's address, is sealed; only a worker opens it.

    `label` shows which one it is, without what opens it. `trouble` is why the last message did not arrive.
    """

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    via = models.CharField(max_length=10, choices=Via.choices)
    label = models.CharField(max_length=80, blank=True)
    sealed = models.TextField(blank=True)
    # Which browser it is, by a digest of the address that it is written to at: one has one channel, of one person.
    place = models.CharField(max_length=64, blank=True)
    kinds_json = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(via=Via.MAIL), name="channel_mail_once"),
            models.UniqueConstraint(fields=["place"], condition=~Q(place=""), name="channel_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_via_display()} {self.label}".strip()

    @property
    def is_ended(self) -> bool:
        """Say whether it is switched off for good: nothing opens it any more."""
        return self.via == Via.PUSH and not self.sealed

    @property
    def kinds(self) -> frozenset[str]:
        stored = self.kinds_json if isinstance(self.kinds_json, list) else []
        return frozenset(one for one in stored if isinstance(one, str))

    @property
    def told(self) -> list[MessageKind]:
        return [kind for kind in KINDS if kind.code in self.kinds]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        return self.filter(state=DeliveryState.WAITING, due_at__lte=now)

    def make(self, message: Message, channels: Iterable[Channel], *, due_at: datetime, expires_at: datetime) -> None:
        self.bulk_create(
            Delivery(message=message, channel=one, due_at=due_at, expires_at=expires_at) for one in channels
        )


class Delivery(models.Model):
    """One message on its way by one channel."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=20, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="delivery_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["channel", "sent_at"], name="delivery_by_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.message} by {self.channel}"


class Preferences(models.Model):
    """When somebody wants to be left alone, by their own clock; `wakes` lets what needs them through all the same."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    wakes = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.quiet_from} to {self.quiet_until}"

    @property
    def quiet(self) -> tuple[time, time] | None:
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return None
        return self.quiet_from, self.quiet_until
