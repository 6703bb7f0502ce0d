"""The words that rows of connections and check runs are marked with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from exchanges import registry


def exchanges() -> list[tuple[str, str]]:
    """Return the exchanges as choices: called, not written into migrations, so that one more needs none."""
    return registry.CHOICES


class Venue(models.TextChoices):
    LIVE = "live", _("Live")
    PRACTICE = "practice", _("Practice")


class MarketKind(models.TextChoices):
    SPOT = "spot", _("Spot")
    FUTURES = "futures", _("Futures")


class Status(models.TextChoices):
    """What is known about the key; that a check is under way stands in `testing_run` beside it."""

    UNTESTED = "untested", _("Untested")
    ONLINE = "online", _("Online")
    ERROR = "error", _("Error")


class RunState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    SUPERSEDED = "superseded", _("Superseded")


class Trigger(models.TextChoices):
    ADDED = "added", _("Connection added")
    USER = "user", _("Test again")
    SCHEDULE = "schedule", _("Checked by itself")
    OPERATOR = "operator", _("Checked by an operator")
    REPLACED = "replaced", _("Key replaced")
