"""What the operators' page says: pure functions from rows and figures to sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from backfuture.messages import KINDS, NEEDED, QUEUES
from backfuture.metrics.alarms import Firing
from backfuture.metrics.exposition import Family
from strategies.choices import StopLevel
from strategies.words import stops

if TYPE_CHECKING:
    from connections.models import ExchangePause
    from strategies.models import Bot

# A worker writes its pulse every five seconds.
GONE_AFTER_SECONDS = 20


class Weight(IntEnum):
    """How much something calls for somebody; the smaller comes first."""

    BAD = 0
    WARN = 1
    GOOD = 2

    @property
    def css(self) -> str:
        return ("bad", "warn", "good")[self]


@dataclass(frozen=True, kw_only=True)
class NightLine:
    """A sentence, what to do about it, and where: `to` is an address of ours."""

    weight: Weight
    text: str
    step: str = ""
    to: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is known of one exchange at one venue."""

    name: str
    statuses: Mapping[str, int]
    failed: int = 0
    finished: int = 0
    causes: Mapping[str, int]
    pause: ExchangePause | None = None
    to: str = ""

    @property
    def total(self) -> int:
        return sum(self.statuses.values())


def seconds(value: float) -> str:
    """Return a span as somebody says it: "12 s", "3 min 5 s", "2 h 7 min", "4 days"."""
    whole = int(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        minutes = whole % 3600 // 60
        return f"{whole // 3600} h" + (f" {minutes} min" if minutes else "")
    return count(whole // 86400, "day")


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def alarm_lines(firing: Iterable[Firing]) -> list[NightLine]:
    return [
        NightLine(
            weight=Weight.BAD if one.rule.is_urgent else Weight.WARN, text=f"{one.summary}.", step=one.description
        )
        for one in firing
    ]


def place_line(place: Place, now: datetime) -> NightLine:
    """Say how an exchange is, with the share of its connections that bots can use, and what keeps the others."""
    weight, state = Weight.GOOD, "answers"
    if place.pause:
        lasted = seconds((now - place.pause.since).total_seconds())
        weight = Weight.BAD if place.pause.is_away or place.pause.is_total else Weight.WARN
        exits = "exits are refused too" if place.pause.is_total else "exits still leave"
        state = f"has asked us to wait for {lasted}; {exits}"
        if place.pause.is_away:
            state = f"has not answered for {lasted} and is left alone, but for few exits"
    online = place.statuses.get("online", 0)
    share = f"{online} of {count(place.total, 'connection')} Online ({100 * online // place.total} %)"
    failed = f"{place.failed} of {count(place.finished, 'check')} failed in the last hour"
    if place.failed and weight is Weight.GOOD:
        weight = Weight.WARN
    causes = ", ".join(f"{code} × {many}" for code, many in sorted(place.causes.items(), key=lambda one: -one[1])[:3])
    step = f"Not Online because of {causes}." if causes else ""
    return NightLine(weight=weight, text=f"{place.name} {state}: {share}; {failed}.", step=step, to=place.to)


# What waits, by the family that counts it and the one that tells the age of its oldest; above so many seconds it is
# late, and above the second figure somebody should be awake.
WAITING = (
    ("signal", "signals_waiting", "signal_oldest_seconds", 5, 10),
    ("check", "", "check_oldest_seconds", 60, 120),
    ("planned check", "", "check_overdue_seconds", 120, 300),
    ("look at a bot", "", "bot_overdue_seconds", 20, 60),
    ("comparison of books", "", "books_overdue_seconds", 60, 120),
    ("mail", "", "mail_oldest_seconds", 120, 600),
    ("event of the audit trail", "audit_unsealed", "audit_unsealed_seconds", 30, 120),
)
# An order that stands at an exchange waits for its price, however long: it is none of these.
ORDERS = {"intended": ("is written down and not sent", 30), "sent": ("is sent and not told of", 120)}
ORDERS |= {"unknown": ("was lost from sight and is being looked up", 120)}
MANY_MESSAGES = 500


def waiting_lines(families: Iterable[Family]) -> list[NightLine]:
    """Say what waits and since when, what is latest against its own measure first."""
    found = {one.name: one for one in families}
    lines = []
    for what, counted, oldest, late, too_late in WAITING:
        many, age = _value(found, counted), _value(found, oldest)
        if age:
            weight = Weight.BAD if age > too_late else Weight.WARN if age > late else Weight.GOOD
            in_all = f" ({many:.0f} in all)" if many > 1 else ""
            lines.append(NightLine(weight=weight, text=f"The oldest {what} has waited for {seconds(age)}{in_all}."))
    for labels, age in found["order_oldest_seconds"].samples if "order_oldest_seconds" in found else ():
        if age and labels["state"] in ORDERS:
            says, limit = ORDERS[labels["state"]]
            weight = Weight.BAD if age > limit else Weight.GOOD
            lines.append(NightLine(weight=weight, text=f"An order {says}, for {seconds(age)}."))
    if "broker_messages" not in found:
        lines.append(
            NightLine(weight=Weight.BAD, text="The broker does not answer: nobody knows how long its queues are.")
        )
    for labels, many in found["broker_messages"].samples if "broker_messages" in found else ():
        if many:
            weight = Weight.WARN if many > MANY_MESSAGES else Weight.GOOD
            lines.append(NightLine(weight=weight, text=f"{count(int(many), 'message')} for “{labels['queue']}” wait."))
    return worst_first(lines)


def _value(found: Mapping[str, Family], name: str) -> float:
    return sum(value for _, value in found[name].samples) if name in found else 0.0


# Of kinds of workers, where the name of its queue is no word.
NAMES = {"lookback": "looks back"}


def worker_lines(seen: Sequence[tuple[str, tuple[str, ...], float]], *, tick: float | None) -> list[NightLine]:
    """Say for each kind of work how many workers were seen lately; `seen` are name, queues and age in seconds."""
    lines = []
    for kind, queues in {**KINDS, "all work": QUEUES}.items():
        mine = [age for _, served, age in seen if set(served) == set(queues)]
        alive = [age for age in mine if age < GONE_AFTER_SECONDS]
        gone = len(mine) - len(alive)
        if not mine:
            continue
        last = "" if alive else f", the last was seen {seconds(min(mine))} ago"
        lost = f"; {count(gone, 'worker')} of today no longer" if gone else ""
        weight = Weight.GOOD if alive else Weight.BAD
        lines.append(
            NightLine(
                weight=weight, text=f"{NAMES.get(kind, kind).capitalize()}: {count(len(alive), 'worker')}{last}{lost}."
            )
        )
    served = {queue for _, queues, age in seen if age < GONE_AFTER_SECONDS for queue in queues}
    for queue in (one for one in QUEUES if one not in served):
        weight = Weight.BAD if queue in NEEDED else Weight.WARN
        lines.append(
            NightLine(weight=weight, text=f"No worker serves “{queue}”.", step="Start one, and look at its log.")
        )
    if tick is not None and tick < GONE_AFTER_SECONDS:
        lines.append(NightLine(weight=Weight.GOOD, text="The clock ticks."))
    else:
        since = "was never seen to tick" if tick is None else f"has not ticked for {seconds(tick)}"
        lines.append(NightLine(weight=Weight.BAD, text=f"The clock {since}.", step="Is the beat there, and a worker?"))
    return worst_first(lines)


# What becomes of bots and open groups when somebody is switched off, by the way that the operator chooses.
WAYS_OFF = {
    "keep": "Its bots buy nothing more and look after what they hold: each group is closed at its take profit or stop "
    "loss. After the last one the bots are off and the keys are no longer used.",
    "alone": "All its bots are off. What they hold stays in the account at the exchange, and nobody sells it, not even "
    "at a stop loss.",
}


def ways_off(running: int, kept: int, left: int) -> list[tuple[str, str, str]]:
    """Return each way with its label and what it would do, in the figures of this moment."""
    bots, held = count(running, "bot"), count(kept, "open group")
    others = f" {count(left, 'other group')} stay{'s' if left == 1 else ''} left alone as before." if left else ""
    return [
        ("keep", "Let its bots close what they hold", f"{bots} with {held}. {WAYS_OFF['keep']}{others}"),
        ("alone", "Leave everything alone", f"{bots} with {held}. {WAYS_OFF['alone']}{others}"),
    ]


def bot_sentence(bot: Bot, groups: int) -> str:
    """Return a bot's state as its trader reads it."""
    if bot.is_halted and bot.reason:
        left = "" if bot.can_close else stops.while_off(groups)
        return f"Halted: {bot.reason.text} {bot.reason.step} {left}".strip()
    if bot.is_winding_down:
        return f"Winding down. {stops.winding_down(groups)}"
    if not bot.is_enabled:
        return f"Off. {stops.while_off(groups)}".strip()
    told = stops.effect_of(StopLevel(bot.paused))
    return f"Enabled, {stops.count_of(groups).lower()}. {told}".strip()


def worst_first(lines: Iterable[NightLine]) -> list[NightLine]:
    return sorted(lines, key=lambda one: one.weight)
