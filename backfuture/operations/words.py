"""What the operators' page says: pure functions from rows and figures to sentences."""

from __future__ import annotations

from collections import Counter
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
from strategies.words.halts import REASONS

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
    """A sentence, what to do about it, what else is known, and where: `to` is an address of ours, `link` its name."""

    weight: Weight
    text: str
    step: str = ""
    detail: str = ""
    to: str = ""
    link: str = "Open it"
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is known of one exchange at one venue."""

    name: str
    statuses: Mapping[str, int]
    traders: int = 0
    groups: int = 0
    unanswered: int = 0
    refused: int = 0
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


# So many keys refused in an hour, and most of those that were tested: the exchange has changed, not its customers.
MANY_REFUSED = 3


def pause_words(pause: ExchangePause, now: datetime) -> tuple[Weight, str, str]:
    """Say how much a pause calls for somebody, what the exchange does, and what to do."""
    lasted, left = seconds((now - pause.since).total_seconds()), seconds(pause.seconds_left(now))
    if pause.is_away:
        step = (
            "Nothing is bought there, and exits are tried a few at a time. It is asked every half minute and is back "
            "with its first answer. Read its status page; if that says all is well, look at our network."
        )
        return Weight.BAD, f"does not answer and has been left alone for {lasted}", step
    if pause.is_total:
        step = f"Nothing can be sold there by us. It is asked again in {left}; until then traders sell on its site."
        return Weight.BAD, f"has refused even exits since it asked us to slow down, {lasted} ago", step
    step = f"Exits still leave. It is asked again in {left}, by itself."
    return Weight.WARN, f"has been asking us to slow down for {lasted}", step


def place_line(place: Place, now: datetime) -> NightLine:
    """Say how an exchange is and how many depend on it, then what to do, or what keeps connections from Online."""
    are_most_refused = place.refused >= MANY_REFUSED and 2 * place.refused > place.finished
    weight = Weight.WARN if place.unanswered or are_most_refused else Weight.GOOD
    state, step = "answers", ""
    if place.pause:
        weight, state, step = pause_words(place.pause, now)
    online = place.statuses.get("online", 0)
    told = [f"{count(place.traders, 'trader')}, {count(place.groups, 'open group')}"]
    details = [f"{online} of {count(place.total, 'connection')} Online"]
    if place.unanswered:
        text = f"{place.unanswered} of {count(place.finished, 'check')} in the last hour got no answer"
        (details if place.pause else told).append(text)
    if place.refused:
        text = f"{count(place.refused, 'check')} in the last hour ended with a key that is refused"
        (told if are_most_refused and not place.pause else details).append(text)
    most = sorted(place.causes.items(), key=lambda one: -one[1])[:3]
    # A code that has no words yet is told itself.
    causes = [
        f"{count(many, 'connection')}: {REASONS[code].text if code in REASONS else f'{code}.'}" for code, many in most
    ]
    return NightLine(
        weight=weight,
        text=f"{place.name} {state}: {'; '.join(told)}.",
        step=step,
        detail=" ".join([f"{'; '.join(details)}.", *(["Not Online:"] if causes else []), *causes]),
        to=place.to,
        link=f"Stop trading at {place.name}",
        at=place.pause.since if place.pause else None,
    )


def silence(places: Sequence[Place]) -> list[NightLine]:
    """Say that all exchanges fell silent together, which is hardly ever their fault."""
    if len(places) < 2 or not all(one.pause and one.pause.is_away for one in places):
        return []
    return [
        NightLine(
            weight=Weight.BAD,
            text=f"None of {len(places)} exchanges answers: it is likely our own network.",
            step="Look from this machine whether anything outside answers, names (DNS) first.",
        )
    ]


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
    for labels, many in found["broker_messages"].samples if "broker_messages" in found else ():
        if many:
            weight = Weight.WARN if many > MANY_MESSAGES else Weight.GOOD
            verb = "waits" if many == 1 else "wait"
            text = f"{count(int(many), 'message')} for {WORK[labels['queue']]} {verb} in the broker."
            lines.append(NightLine(weight=weight, text=text))
    return worst_first(lines)


def _value(found: Mapping[str, Family], name: str) -> float:
    return sum(value for _, value in found[name].samples) if name in found else 0.0


# Of kinds of workers, where the name of its queue is no word.
NAMES = {"lookback": "look backs"}
# What each queue carries, and what stands still while nobody serves it.
WORK = {
    "ticks": "calls of the clock",
    "orders": "signals and orders",
    "prices": "prices",
    "upkeep": "planned checks, mails and messages",
    "checks": "tests of keys",
    "books": "lost orders and comparisons of books",
    "lookback": "look backs",
}
STANDS_STILL = {
    "ticks": "No bot is looked at, and no planned work begins.",
    "orders": "Alerts wait, and no order leaves: no entry and no exit.",
    "prices": "No bot is looked at: no stop loss and no take profit is seen.",
    "upkeep": "No mail and no message leaves, codes to sign in among them.",
    "checks": "Tests of connections wait, those of new ones too.",
    "books": "Lost orders stay lost, and connections whose books are old send no order.",
    "lookback": "Look backs wait; trading does not.",
}


CLOCK_STEP = (
    "No bot is looked at, and no planned work begins. Start the beat and look at its log; it takes a worker, too."
)


def worker_lines(
    seen: Sequence[tuple[str, tuple[str, ...], float]], *, tick: float | None, has_broker: bool = True
) -> list[NightLine]:
    """Say for each kind of work how many workers were seen lately; `seen` are name, queues and age in seconds."""
    lines = []
    if not has_broker:
        lines.append(
            NightLine(
                weight=Weight.BAD,
                text="The broker does not answer, so that no work reaches a worker. All traders are hit.",
                step="No alert, order, price or mail goes on. Start the broker and look at its log; what was asked for "
                "is kept in the database and goes on by itself.",
            )
        )
    served = {queue for _, queues, age in seen if age < GONE_AFTER_SECONDS for queue in queues}
    for kind, queues in KINDS.items():
        if idle := [queue for queue in queues if queue not in served]:
            lines.append(_unserved(kind, idle, [age for _, theirs, age in seen if set(theirs) & set(idle)]))
    for kind, queues in {**KINDS, "all work": QUEUES}.items():
        mine = [age for _, theirs, age in seen if set(theirs) == set(queues)]
        alive = [age for age in mine if age < GONE_AFTER_SECONDS]
        # What nobody does is told above; here others do it in their place.
        if not mine or not (alive or served.issuperset(queues)):
            continue
        last = "" if alive else f", the last was seen {seconds(min(mine))} ago"
        gone = len(mine) - len(alive)
        lost = f"; {count(gone, 'worker')} of today no longer" if gone else ""
        text = f"{NAMES.get(kind, kind).capitalize()}: {count(len(alive), 'worker')}{last}{lost}."
        lines.append(NightLine(weight=Weight.GOOD if alive else Weight.WARN, text=text))
    if tick is not None and tick < GONE_AFTER_SECONDS:
        lines.append(NightLine(weight=Weight.GOOD, text="The clock ticks."))
    else:
        since = "was never seen to tick" if tick is None else f"has not ticked for {seconds(tick)}"
        lines.append(NightLine(weight=Weight.BAD, text=f"The clock {since}.", step=CLOCK_STEP if has_broker else ""))
    return worst_first(lines)


def _unserved(kind: str, idle: Sequence[str], ages: Sequence[float]) -> NightLine:
    """Say what stands still for lack of a worker, and since when; `ages` are of workers that did it today."""
    since = f", for {seconds(min(ages))}" if ages else ""
    effects = " ".join(STANDS_STILL[queue] for queue in idle)
    return NightLine(
        weight=Weight.BAD if set(idle) & set(NEEDED) else Weight.WARN,
        text=f"No worker is there for {'; '.join(WORK[queue] for queue in idle)}{since}.",
        step=f"{effects} Start one (python -m backfuture.worker {kind}), and look at its log.",
    )


def groups_by_place(families: Iterable[Family]) -> Counter[tuple[str, str]]:
    """Return how many groups are open at each exchange and venue."""
    found = Counter[tuple[str, str]]()
    for one in families:
        if one.name == "groups_open":
            for labels, many in one.samples:
                found[labels["exchange"], labels["venue"]] += int(many)
    return found


def reach(many: int, what: str, traders: int, shown: int) -> str:
    """Say how many there are and of how many people; "" where one line tells it."""
    newest = f"; the newest {shown} of them" if many > shown else ""
    return f"{count(many, what)} of {count(traders, 'trader')}{newest}." if many > 1 else ""


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
