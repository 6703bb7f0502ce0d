"""Badges: a word, a colour and an icon for what was done, how a group goes, and what became of an order."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.words.numbers import in_words


@dataclass(frozen=True)
class Badge:
    """A badge: its word, colour and icon."""

    word: str
    css: str
    icon: str

    @property
    def label(self) -> str:
        return gettext(self.word)


# The engine's actions, orders by what they are for, and what became of them.
ACTIONS: dict[str, Badge] = {
    "entry": Badge(_("Entry"), "run", "plus"),
    "add_on": Badge(_("Add-on"), "run", "layers"),
    "exit": Badge(_("Exit"), "run", "log-out"),
    "closed": Badge(_("Closed"), "ok", "circle-check"),
    "adopt": Badge(_("Adopted"), "run", "wallet"),
    "released": Badge(_("Released"), "", "log-out"),
    "block": Badge(_("Blocked"), "warn", "ban"),
    "wait": Badge(_("Waiting"), "", "hourglass"),
    "enter_recovery": Badge(_("Into recovery"), "warn", "shield-alert"),
    "leave_recovery": Badge(_("Out of recovery"), "ok", "shield-check"),
    "not_added": Badge(_("Not bought"), "warn", "circle-minus"),
    "exits": Badge(_("Exits moved"), "", "pencil"),
    "refused": Badge(_("Refused"), "bad", "ban"),
    "dropped": Badge(_("Not sent"), "warn", "circle-minus"),
    "dust": Badge(_("Dust"), "", "info"),
    "late": Badge(_("Filled late"), "warn", "history"),
    "fee": Badge(_("Fee told"), "", "info"),
    "missing": Badge(_("Money missing"), "warn", "wallet"),
    "fill": Badge(_("Reckoned"), "warn", "info"),
    "halted": Badge(_("Halted"), "bad", "octagon-alert"),
    "wound_down": Badge(_("Off"), "", "power"),
    "went_on": Badge(_("Went on"), "ok", "circle-play"),
}

MODES: dict[str, Badge] = {
    "normal": Badge(_("Normal"), "ok", "activity"),
    "recovery": Badge(_("Recovery Mode"), "warn", "shield-alert"),
    "closing": Badge(_("Closing"), "run", "loader-circle"),
    "closed": Badge(_("Closed"), "", "circle-check"),
    "released": Badge(_("Released"), "", "log-out"),
}

LEFT_ALONE = Badge(_("Left alone"), "warn", "triangle-alert")

ORDER_STATES: dict[str, Badge] = {
    "intended": Badge(_("Written down"), "run", "clock"),
    "sent": Badge(_("Sent"), "run", "clock"),
    "unknown": Badge(_("Being looked up"), "warn", "search"),
    "open": Badge(_("At the exchange"), "run", "hourglass"),
    "absent": Badge(_("Never arrived"), "warn", "circle-help"),
    "filled": Badge(_("Filled"), "ok", "circle-check"),
    "canceled": Badge(_("Canceled"), "", "circle-minus"),
    "refused": Badge(_("Refused"), "bad", "ban"),
    "dropped": Badge(_("Not sent"), "", "circle-minus"),
}


def action(code: str) -> Badge:
    return ACTIONS.get(code) or Badge(in_words(code), "", "info")
