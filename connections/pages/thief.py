"""What a thief could do with a key, were it stolen: the worst that its proven rights allow, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from connections.check import addresses
from connections.records import Evidence, FindingLine


class AdmittedFrom(StrEnum):
    """From where an exchange takes requests with the key."""

    UNTOLD = "untold"
    ANYWHERE = "anywhere"
    OTHERS_TOO = "others_too"
    OURS_ONLY = "ours_only"


# What a thief would want, by what the exchange told: a level and its sentence. What it did not tell is possible.
WITHDRAWS = {
    "absent": ("ok", _("No. The exchange refuses it to this key.")),
    "granted": ("bad", _("Yes, everything.")),
    "unknown": ("bad", _("Not proven.")),
}
TRADES = {
    (False, False): ("ok", _("No.")),
    (True, False): ("warn", _("Yes, every pair of spot. He could lose your money to an account of his own.")),
    (False, True): ("warn", _("Yes, every futures contract, with leverage. He could lose your money to himself.")),
    (True, True): ("warn", _("Yes, spot and futures, with leverage. He could lose your money to himself.")),
}
MOVES = {True: ("warn", _("Yes, between accounts inside the exchange.")), False: ("ok", _("No."))}
COMES_FROM = {
    AdmittedFrom.UNTOLD: ("warn", _("The exchange does not tell which addresses the key admits.")),
    AdmittedFrom.ANYWHERE: ("bad", _("From anywhere: the key has no IP list.")),
    AdmittedFrom.OTHERS_TOO: ("warn", _("From our servers, and from other addresses on its IP list.")),
    AdmittedFrom.OURS_ONLY: ("ok", _("From our servers only. Elsewhere the key is useless.")),
}
# The one step that takes most from him, the first that is still to be done.
CANNOT_WITHDRAW = _("Replace it by a key that cannot withdraw, and delete this one at the exchange.")
SAFER = {
    AdmittedFrom.UNTOLD: _("See at the exchange that its IP list has our addresses and no others."),
    AdmittedFrom.ANYWHERE: _("Put our addresses on its IP list: then it is useless to everybody else."),
    AdmittedFrom.OTHERS_TOO: _("Take the addresses that are not ours off its IP list, and keep a key for us alone."),
    AdmittedFrom.OURS_ONLY: "",
}
# Then what the test found that the key has and needs not; what no key can do without is only told (level "info").
SPARE = {
    "right.transfer": _("Untick at the exchange what lets it move money inside: a bot does not need it."),
    "right.more_than_needed": _("Untick at the exchange what the test names as more than needed."),
}


@dataclass(frozen=True, kw_only=True)
class ThiefLine:
    """An answer to what a thief would ask: "ok" where he gets nothing, "warn" where he does, "bad" at worst."""

    question: str
    level: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Thief:
    """`step` is the one thing that would make the key safer, "" where nothing is left to do."""

    lines: tuple[ThiefLine, ...]
    step: str


def what_a_thief_could_do(evidence: Evidence, ours: Sequence[str], found: Sequence[FindingLine] = ()) -> Thief:
    """Judge by what the exchange told at the last check, and what that check found."""
    states = {line.right: line.state for line in evidence.rights}
    may = {right: states.get(right, "unknown") != "absent" for right in ("trade", "futures", "transfer")}
    others = addresses.foreign(evidence.ip_list or (), ours)
    admitted = AdmittedFrom.OTHERS_TOO if others else AdmittedFrom.OURS_ONLY
    if not evidence.ip_list:
        admitted = AdmittedFrom.UNTOLD if evidence.ip_list is None else AdmittedFrom.ANYWHERE
    ends = str(_("Until you delete it at the exchange."))
    if evidence.expires_on:
        ends = _("Until %(day)s, or until you delete it.") % {"day": date_format(evidence.expires_on, "j M Y")}
    told = (
        (_("Take money out?"), WITHDRAWS[states.get("withdraw", "unknown")]),
        (_("Trade with it?"), TRADES[may["trade"], may["futures"]]),
        (_("Move money inside?"), MOVES[may["transfer"]]),
        (_("From where?"), COMES_FROM[admitted]),
        (_("Until when?"), ("warn", ends)),
    )
    lines = (ThiefLine(question=str(asked), level=level, answer=str(answer)) for asked, (level, answer) in told)
    can_go = {one.code for one in found if (one.code, one.level) != ("right.transfer", "info")}
    spare = next((step for code, step in SPARE.items() if code in can_go), "")
    step = (SAFER[admitted] or spare) if states.get("withdraw") == "absent" else CANNOT_WITHDRAW
    return Thief(lines=tuple(lines), step=str(step))
