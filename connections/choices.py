"""The words that rows of connections and check runs are marked with."""

from django.db import models

from exchanges import registry


def exchanges() -> list[tuple[str, str]]:
    """Return the exchanges as choices: called, not written into migrations, so that one more needs none."""
    return registry.CHOICES


class Venue(models.TextChoices):
    LIVE = "live", "Live"
    PRACTICE = "practice", "Practice"


class MarketKind(models.TextChoices):
    SPOT = "spot", "Spot"
    FUTURES = "futures", "Futures"


class Status(models.TextChoices):
    """What is known about the key; that a check is under way stands in `testing_run` beside it."""

    UNTESTED = "untested", "Untested"
    ONLINE = "online", "Online"
    ERROR = "error", "Error"


class RunState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    SUPERSEDED = "superseded", "Superseded"


class Trigger(models.TextChoices):
    ADDED = "added", "Connection added"
    USER = "user", "Test again"
    SCHEDULE = "schedule", "Checked by itself"
    OPERATOR = "operator", "Checked by an operator"
    REPLACED = "replaced", "Key replaced"
