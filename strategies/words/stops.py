"""What stops mean for open groups, in plain words."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from strategies.choices import StopLevel

# After "N open groups": what they still do under each level.
MEANWHILE = {
    StopLevel.NONE: _("may add on and close"),
    StopLevel.ENTRIES: _("may still add on and close"),
    StopLevel.ADD_ONS: _("may still close, but buy nothing more; nothing is sold because of the pause"),
}
# For the three choices of a trader's switch.
NOTES = {
    StopLevel.NONE: _("Bots that are enabled open groups, add on and close."),
    StopLevel.ENTRIES: _("No new groups. Open ones go on: they may still add on and close."),
    StopLevel.ADD_ONS: _("No new groups and no add-ons. Open ones may still close; nothing is sold because of it."),
}
WHILE_OFF = _("nothing is bought or sold, not even at the take profit or a stop loss, until the bot is enabled again")


# What each stop does while it holds.
STOPS: dict[str, str] = {
    StopLevel.ENTRIES: _("No new groups. Open groups go on: they may still add on and close."),
    StopLevel.ADD_ONS: _("No new groups and no add-ons. Open groups still close at their take profit or stop loss."),
    StopLevel.ORDERS: _("No order is sent, exits neither. Open groups stay as they are until this ends."),
}


# What holds for all, told to one of them; after "Trading is paused by us".
BY_US = {
    StopLevel.ENTRIES: _("No bot opens a new group. Open groups go on: they may still add on and close."),
    StopLevel.ADD_ONS: _(
        "No bot opens a new group or adds on. Open groups may still close; nothing is sold because of this."
    ),
    StopLevel.ORDERS: _(
        "No bot sends any order, exits neither: not at the take profit, not at a stop loss. What you hold stays in "
        "your account, where you can trade it yourself."
    ),
}


def effect_by_us(level: StopLevel) -> str:
    return gettext(BY_US[level]) if level in BY_US else ""


def by_us(place: str, *, is_one_person: bool) -> str:
    """Return the author of an operator's stop, as its trader reads it."""
    if is_one_person:
        return gettext("We paused all your bots.")
    return gettext("We paused all bots at %s.") % place if place else gettext("We paused all bots for everybody.")


def reach_of(place: str, *, is_one_person: bool) -> str:
    """Return for which bots an operator's stop holds, after a verb."""
    if is_one_person:
        return gettext("for your account")
    return gettext("at %s") % place if place else gettext("for everybody")


def note_of(level: StopLevel) -> str:
    return gettext(NOTES[level])


def effect_of(level: StopLevel) -> str:
    """Return what a stop does; "" for none."""
    return gettext(STOPS[level]) if level in STOPS else ""


def count_of(groups: int) -> str:
    if not groups:
        return gettext("No open group")
    return ngettext("%(count)s open group", "%(count)s open groups", groups) % {"count": groups}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Open groups: those that a bot looks after, and the others."""

    kept: int
    left: int


def told(level: StopLevel, counts: Counts) -> str:
    """Return "Entries are paused: 2 open groups go on, they may still add on and close." and what is left alone."""
    if not counts.kept:
        return f"{level.label}. {while_off(counts.left) or gettext('There is no open group.')}"
    goes_on = ngettext("%(groups)s goes on, it %(may)s.", "%(groups)s go on, they %(may)s.", counts.kept)
    kept = goes_on % {"groups": count_of(counts.kept), "may": gettext(MEANWHILE[level])}
    return f"{level.label}: {kept} {_others(counts.left)}".strip()


def _others(groups: int) -> str:
    if not groups:
        return ""
    text = ngettext(
        "%(count)s more stays as it is: of a bot that is not enabled nothing is bought or sold.",
        "%(count)s more stay as they are: of a bot that is not enabled nothing is bought or sold.",
        groups,
    )
    return text % {"count": groups}


def left_alone(*, is_halted: bool) -> str:
    """Return that nobody looks after a group, and why."""
    if is_halted:
        return gettext("Left alone: its bot is halted. Nothing is bought or sold, not even at a stop loss.")
    return gettext("Left alone: its bot is off. Nothing is bought or sold, not even at a stop loss.")


def winding_down(groups: int) -> str:
    """Return what a bot still does that winds down with so many open groups."""
    text = ngettext(
        "It opens nothing new. %(groups)s goes on: it %(may)s. Once it is closed the bot is off.",
        "It opens nothing new. %(groups)s go on: they %(may)s. Once the last one is closed the bot is off.",
        groups,
    )
    return text % {"groups": count_of(groups), "may": gettext(MEANWHILE[StopLevel.NONE])}


def while_off(groups: int) -> str:
    """Return what becomes of the open groups of a bot that is off; "" without any."""
    if not groups:
        return ""
    text = ngettext("%(groups)s stays as it is: %(nothing)s.", "%(groups)s stay as they are: %(nothing)s.", groups)
    return text % {"groups": count_of(groups), "nothing": gettext(WHILE_OFF)}
