"""What a trader can choose for a bot, each with the sentence that explains it."""

from django.db import models


class Direction(models.TextChoices):
    LONG = "long", "Long"
    SHORT = "short", "Short"
    BOTH = "both", "Long and short"


class RiskLevel(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class AddOnBehaviour(models.TextChoices):
    OFF = "off", "No add-ons"
    RESERVE = "reserve", "Reserve the full ladder"
    FIRST_COME = "first_come", "First come, first served"


class State(models.TextChoices):
    OFF = "off", "Off"
    ENABLED = "enabled", "Enabled"
    HALTED = "halted", "Halted"


NOTES: dict[str, str] = {
    Direction.LONG: "Buys first, sells higher.",
    Direction.SHORT: "Sells first, buys back lower. Futures connections only.",
    Direction.BOTH: "Whichever way the signal points. Futures connections only.",
    RiskLevel.LOW: "At most 2 % lost per group, 2 groups at once, 3 add-ons.",
    RiskLevel.MEDIUM: "At most 4 % lost per group, 4 groups at once, 5 add-ons.",
    RiskLevel.HIGH: "At most 7 % lost per group, 6 groups at once, 7 add-ons.",
    AddOnBehaviour.OFF: "One entry and one exit per group; the bot never buys again into a falling group.",
    AddOnBehaviour.RESERVE: "A group opens only if all its add-ons fit the margin limit. Fewer groups, no surprise.",
    AddOnBehaviour.FIRST_COME: "More groups may open; a later add-on is blocked when the margin limit is used up.",
}
