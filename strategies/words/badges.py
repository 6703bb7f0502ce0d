"""Badges: a word, a colour and an icon for what was done, how a group goes, and what became of an order."""

from dataclasses import dataclass

from strategies.words.numbers import in_words


@dataclass(frozen=True)
class Badge:
    """A badge: its word, colour and icon."""

    label: str
    css: str
    icon: str


# The engine's actions, orders by what they are for, and what became of them.
ACTIONS: dict[str, Badge] = {
    "entry": Badge("Entry", "run", "plus"),
    "add_on": Badge("Add-on", "run", "layers"),
    "exit": Badge("Exit", "run", "log-out"),
    "closed": Badge("Closed", "ok", "circle-check"),
    "block": Badge("Blocked", "warn", "ban"),
    "wait": Badge("Waiting", "", "hourglass"),
    "enter_recovery": Badge("Into recovery", "warn", "shield-alert"),
    "leave_recovery": Badge("Out of recovery", "ok", "shield-check"),
    "refused": Badge("Refused", "bad", "ban"),
    "dropped": Badge("Not sent", "warn", "circle-minus"),
    "late": Badge("Filled late", "warn", "history"),
    "fee": Badge("Fee told", "", "info"),
    "halted": Badge("Halted", "bad", "octagon-alert"),
    "went_on": Badge("Went on", "ok", "circle-play"),
}

MODES: dict[str, Badge] = {
    "normal": Badge("Normal", "ok", "activity"),
    "recovery": Badge("Recovery Mode", "warn", "shield-alert"),
    "closing": Badge("Closing", "run", "loader-circle"),
    "closed": Badge("Closed", "", "circle-check"),
    "released": Badge("Released", "", "log-out"),
}

ORDER_STATES: dict[str, Badge] = {
    "intended": Badge("Written down", "run", "clock"),
    "sent": Badge("Sent", "run", "clock"),
    "unknown": Badge("Being looked up", "warn", "search"),
    "open": Badge("At the exchange", "run", "hourglass"),
    "absent": Badge("Never arrived", "warn", "circle-help"),
    "filled": Badge("Filled", "ok", "circle-check"),
    "canceled": Badge("Canceled", "", "circle-minus"),
    "refused": Badge("Refused", "bad", "ban"),
    "dropped": Badge("Not sent", "", "circle-minus"),
}


def action(code: str) -> Badge:
    return ACTIONS.get(code) or Badge(in_words(code), "", "info")
