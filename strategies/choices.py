"""What a trader can choose for a bot, each with the sentence that explains it, and the words rows are marked with."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    LONG = "long", _("Long")
    SHORT = "short", _("Short")
    BOTH = "both", _("Long and short")


class Risk(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class AddOnBehaviour(models.TextChoices):
    OFF = "off", _("No add-ons")
    RESERVE = "reserve", _("Reserve the full ladder")
    FIRST_COME = "first_come", _("First come, first served")


class EntrySource(models.TextChoices):
    WEBHOOK = "webhook", _("TradingView signals")
    TREND = "trend", _("Trend rule")
    IMMEDIATE = "immediate", _("Immediate re-entry")


class EntryRule(models.TextChoices):
    ANY = "any", _("Whenever a signal asks")
    BESIDE_RECOVERY = "beside_recovery", _("Only beside a recovery")


class TrendFrame(models.TextChoices):
    """The candles of the trend rule; strategies/trend_frames.py names the higher ones that must agree."""

    M5 = "5m", _("5 minutes, agreeing with 1 hour")
    M15 = "15m", _("15 minutes, agreeing with 4 hours")
    H1 = "1h", _("1 hour, agreeing with 1 day")


class OrderKind(models.TextChoices):
    MARKET = "market", _("Market")
    LIMIT = "limit", _("Limit")


class BotState(models.TextChoices):
    OFF = "off", _("Off")
    ENABLED = "enabled", _("Enabled")
    HALTED = "halted", _("Halted")


class HaltedBy(models.TextChoices):
    """What halted a bot. TROUBLE ends by itself, and the bot goes on with it; the others wait for their trader."""

    TROUBLE = "trouble", _("An exchange that could not be asked")
    CHECK = "check", _("What a test found")
    BOOKS = "books", _("Coins that are missing")
    FAULT = "fault", _("A fault of ours")
    TRADER = "trader", _("Its trader")


class StopLevel(models.TextChoices):
    """What is paused. ORDERS stops every order, exits too: for operators, when something is wrong with ours."""

    NONE = "", _("Nothing is paused")
    ENTRIES = "entries", _("Entries are paused")
    ADD_ONS = "add_ons", _("Entries and add-ons are paused")
    ORDERS = "orders", _("All orders are stopped")


class GroupMode(models.TextChoices):
    """RELEASED: the trader took the coins over; the bot does nothing with them any more."""

    NORMAL = "normal", _("Normal")
    RECOVERY = "recovery", _("Recovery Mode")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")
    RELEASED = "released", _("Released")


OPEN_MODES = (GroupMode.NORMAL, GroupMode.RECOVERY, GroupMode.CLOSING)


class Purpose(models.TextChoices):
    ENTRY = "entry", _("Entry")
    ADD_ON = "add_on", _("Add-on")
    EXIT = "exit", _("Exit")


class OrderState(models.TextChoices):
    """Where an order of ours stands; docs/decisions/0003-orders-that-cannot-double.md draws the way between them."""

    INTENDED = "intended", _("Written down")
    SENT = "sent", _("Sent")
    UNKNOWN = "unknown", _("Being looked up")
    OPEN = "open", _("At the exchange")
    ABSENT = "absent", _("Never arrived")
    FILLED = "filled", _("Filled")
    CANCELED = "canceled", _("Canceled")
    REFUSED = "refused", _("Refused")
    DROPPED = "dropped", _("Not sent")


# At most one of these per group: the database refuses a second.
LIVE_STATES = (OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN, OrderState.OPEN, OrderState.ABSENT)
# Of these the exchange has not told the outcome: looked up before anything else happens.
DOUBTFUL_STATES = (OrderState.SENT, OrderState.UNKNOWN)
# So often in a row work may be lost with the worker that did it: steps of a bot, questions about an order or its books.
MOST_LOST = 3


class SignalState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    HANDLED = "handled", _("Handled")


class SignalWish(models.TextChoices):
    LONG = "long", _("Long")
    SHORT = "short", _("Short")
    CLOSE = "close", _("Close")


NOTES: dict[str, Any] = {
    Direction.LONG: _("Buys first, sells higher."),
    Direction.SHORT: _("Sells first, buys back lower. Futures connections only."),
    Direction.BOTH: _("Whichever way the signal points. Futures connections only."),
    Risk.LOW: _("At most 2 % lost per group, 2 groups at once, 3 add-ons."),
    Risk.MEDIUM: _("At most 4 % lost per group, 4 groups at once, 5 add-ons."),
    Risk.HIGH: _("At most 7 % lost per group, 6 groups at once, 7 add-ons."),
    AddOnBehaviour.OFF: _("One entry and one exit per group; the bot never buys again into a falling group."),
    AddOnBehaviour.RESERVE: _("A group opens only if all its add-ons fit the margin limit. Fewer groups, no surprise."),
    AddOnBehaviour.FIRST_COME: _("More groups may open; a later add-on is blocked when the margin limit is used up."),
    EntrySource.WEBHOOK: _("An alert of yours is sent to an address of the bot’s own."),
    EntrySource.TREND: _("Two averages of the price cross, and the higher time frame agrees."),
    EntrySource.IMMEDIATE: _("Opens again by itself, after a pause, whenever a pair has no group."),
    EntryRule.ANY: _("The usual way: one group per pair, kept apart from any group in Recovery Mode."),
    EntryRule.BESIDE_RECOVERY: _(
        "New ideas only for pairs whose group is in Recovery Mode on another connection of yours."
    ),
    OrderKind.MARKET: _(
        "Fills at once or not at all, never more than half a percent worse than the price decided upon."
    ),
    OrderKind.LIMIT: _(
        "Waits a minute at the price decided upon, then is canceled. Stops and closing are always market."
    ),
}


class LookBackState(models.TextChoices):
    """How far a look back is."""

    WAITING = "waiting", _("Waits for its turn")
    FETCHING = "fetching", _("Fetches candles")
    RUNNING = "running", _("Looks back")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not possible")
    CANCELED = "canceled", _("Canceled")


class Grain(models.TextChoices):
    """How long a time one point of what was worth how much stands for."""

    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")
