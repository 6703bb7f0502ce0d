"""The words of this room's columns."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageLevel(models.TextChoices):
    """How much a message wants of its reader."""

    NEEDS_YOU = "needs_you", _("Needs you now")
    TRADING = "trading", _("Trading")
    SUMMARY = "summary", _("Summaries")


class Via(models.TextChoices):
    """What carries messages."""

    MAIL = "mail", _("E-mail")
    TELEGRAM = "telegram", "Telegram"
    DISCORD = "discord", "Discord"
    SLACK = "slack", "Slack"
    NTFY = "ntfy", "ntfy"
    PUSH = "push", _("Browser")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("given up")
