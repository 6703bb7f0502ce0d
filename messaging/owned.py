"""All of a person's messages, for the file that they take along; what opens a channel is none of it."""

from collections.abc import Iterator

from django.db import models

from accounts.models import User
from messaging.models import Channel, Message, Preferences


def rows_of(user: User) -> Iterator[tuple[str, models.QuerySet[models.Model]]]:
    yield "messages", Message.objects.filter(user=user).order_by("pk")
    yield "channels", Channel.objects.filter(user=user).defer("sealed", "place").order_by("pk")
    yield "quiet_hours", Preferences.objects.filter(user=user)
