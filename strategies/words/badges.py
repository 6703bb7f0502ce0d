"""Badges: a word, a colour and an icon for what was done, how a group goes, and what became of an order."""

from dataclasses import dataclass

from strategies.words.numbers import in_words


@dataclass(frozen=True)
class Look:
    """A badge: its word, colour and icon."""

    label: str
    css: str
    icon: str


# The engine's actions, orders by what they are for, and what became of them.
ACTIONS: dict[str, Look] = {
    "entry": Look("Entry", "run", "plus"),
    "add_on": Look("Add-on", "run", "layers"),
    "exit": Look("Exit", "run", "log-out"),
    "closed": Look("Closed", "ok", "circle-check"),
    "block": Look("Blocked", "warn", "ban"),
    "wait": Look("Waiting", "", "hourglass"),
    "enter_recovery": Look("Into recovery", "warn", "shield-alert"),
    "leave_recovery": Look("Out of recovery", "ok", "shield-check"),
    "refused": Look("Refused", "bad", "ban"),
    "dropped": Look("Not sent", "warn", "circle-minus"),
    "late": Look("Filled late", "warn", "history"),
    "fee": Look("Fee told", "", "info"),
    "halted": Look("Halted", "bad", "octagon-alert"),
    "went_on": Look("Went on", "ok", "circle-play"),
}

MODES: dict[str, Look] = {
    "normal": Look("Normal", "ok", "activity"),
    "recovery": Look("Recovery Mode", "warn", "shield-alert"),
    "closing": Look("Closing", "run", "loader-circle"),
    "closed": Look("Closed", "", "circle-check"),
    "released": Look("Released", "", "log-out"),
}

ORDER_STATES: dict[str, Look] = {
    "intended": Look("Written down", "run", "clock"),
    "sent": Look("Sent", "run", "clock"),
    "unknown": Look("Being looked up", "warn", "search"),
    "open": Look("At the exchange", "run", "hourglass"),
    "absent": Look("Never arrived", "warn", "circle-help"),
    "filled": Look("Filled", "ok", "circle-check"),
    "canceled": Look("Canceled", "", "circle-minus"),
    "refused": Look("Refused", "bad", "ban"),
    "dropped": Look("Not sent", "", "circle-minus"),
}


def action(code: str) -> Look:
    return ACTIONS.get(code) or Look(in_words(code), "", "info")
