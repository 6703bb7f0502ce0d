"""Channels and messages for tests; what opens the channels is invented."""

import itertools
from typing import Any

from django.utils import timezone

from accounts.models import User
from connections.secrets import channels
from messaging.choices import Via
from messaging.kinds import USUAL
from messaging.models import Channel, Message
from messaging.outbox import write
from messaging.services import place_of
from tests.accounts.factories import make_user
from tests.messaging.browser import told_by

_numbers = itertools.count(1)
TOKEN = "123456789:AAEabcdefghijklmnopqrstuvwxyzABCDEF"
TOLD: dict[str, dict[str, str]] = {
    Via.TELEGRAM: {"token": TOKEN, "chat": "-1001234567890"},
    Via.DISCORD: {"id": "123456789012345678", "token": "a" * 68},
    Via.SLACK: {"team": "T12345678", "id": "B12345678", "token": "b" * 24},
    Via.NTFY: {"topic": "nobody-guesses-this"},
    Via.MAIL: {},
    Via.PUSH: told_by(),
}


def make_channel(
    via: str = Via.NTFY, *, user: User | None = None, told: dict[str, str] | None = None, **fields: Any
) -> Channel:
    told = told or TOLD[via]
    values: dict[str, Any] = {"kinds_json": list(USUAL)} | fields
    channel = Channel(user=user or make_user(), via=via, **values)
    channel.sealed = channels.seal_channel(str(channel.public_id), told) if told else ""
    channel.place = place_of(told)
    channel.save()
    return channel


def make_message(user: User, kind: str = "bot.halted", **fields: Any) -> Message:
    values: dict[str, Any] = {"title": f"Message {next(_numbers)}", "now": timezone.now()} | fields
    write(kind, user_id=user.pk, cause=values.pop("cause", f"cause {next(_numbers)}"), **values)
    return Message.objects.filter(user=user).latest("pk")
