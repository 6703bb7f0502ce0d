"""What stops mean for open groups, in plain words."""

from dataclasses import dataclass

from strategies.choices import StopLevel

# After "N open groups": what they still do under each level.
MEANWHILE = {
    StopLevel.NONE: "may add on and close",
    StopLevel.ENTRIES: "may still add on and close",
    StopLevel.ADD_ONS: "may still close, but buy nothing more; nothing is sold because of the pause",
}
# For the three choices of a trader's switch.
NOTES = {
    StopLevel.NONE: "Bots that are enabled open groups, add on and close.",
    StopLevel.ENTRIES: "No new groups. Open ones go on: they may still add on and close.",
    StopLevel.ADD_ONS: "No new groups and no add-ons. Open ones may still close; nothing is sold because of it.",
}
WHILE_OFF = "nothing is bought or sold, not even at the take profit or a stop loss, until the bot is enabled again"


def count_of(groups: int) -> str:
    return {0: "No open group", 1: "1 open group"}.get(groups, f"{groups} open groups")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Open groups: those that a bot looks after, and the others."""

    kept: int
    left: int


def told(level: StopLevel, counts: Counts) -> str:
    """Return "Entries are paused: 2 open groups go on, they may still add on and close." and what is left alone."""
    if not counts.kept:
        return f"{level.label}. {while_off(counts.left) or 'There is no open group.'}"
    verb = "goes on, it" if counts.kept == 1 else "go on, they"
    return f"{level.label}: {count_of(counts.kept)} {verb} {MEANWHILE[level]}. {_others(counts.left)}".strip()


def _others(groups: int) -> str:
    if not groups:
        return ""
    verb = "stays as it is" if groups == 1 else "stay as they are"
    return f"{groups} more {verb}: of a bot that is not enabled nothing is bought or sold."


def while_off(groups: int) -> str:
    """Return what becomes of the open groups of a bot that is off; "" without any."""
    if not groups:
        return ""
    verb = "stays" if groups == 1 else "stay"
    return f"{count_of(groups)} {verb} as {'it is' if groups == 1 else 'they are'}: {WHILE_OFF}."


STOPS: dict[str, str] = {
    StopLevel.ENTRIES: "No new groups. Open groups go on: they may still add on and close.",
    StopLevel.ADD_ONS: "No new groups and no add-ons. Open groups still close at their take profit or stop loss.",
    StopLevel.ORDERS: "No order is sent, exits neither. Open groups stay as they are until this ends.",
}
