"""Recovery Mode: when a group enters and leaves it, and how its take profit decays to break-even."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from strategies.engine import gate
from strategies.engine.decision import Action
from strategies.engine.position import ZERO
from strategies.engine.state import Case, Held, Mode, Settings

ALARMS_NEEDED = 2
MICROSECOND = timedelta(microseconds=1)
# It enters by itself at most once in this time: what comes and goes in hours is told once a day.
QUIET_FOR = timedelta(hours=24)
# No alarm puts a group back at once that the trader took out of Recovery Mode.
RELEASED_FOR = timedelta(hours=1)


class Marked(Protocol):
    """What a group remembers of Recovery Mode."""

    @property
    def recovery_began_at(self) -> datetime | None: ...

    @property
    def recovery_forced(self) -> bool: ...

    @property
    def quiet_until(self) -> datetime | None: ...


@dataclass(frozen=True)
class Switch:
    """What Recovery Mode does at this evaluation: no action, or to be entered or left and why."""

    action: Action | None = None
    reason: str = ""
    alarms: int = 0


def switch(case: Case) -> Switch:
    """Enter at the second alarm running, or at once when the trader asks; old prices neither alarm nor calm."""
    is_asked = case.group.recovery_forced or (case.group.recovery_released and case.group.mode is Mode.RECOVERY)
    if not is_asked and not case.market.is_fresh(case.now):
        return Switch(alarms=case.group.alarms)
    if case.group.mode is Mode.RECOVERY:
        reason = may_leave(case)
        return Switch(Action.LEAVE_RECOVERY, reason) if reason else Switch()
    reason = alarm(case)
    alarms = case.group.alarms + 1 if reason else 0
    is_due = bool(reason) and (alarms >= ALARMS_NEEDED or case.group.recovery_forced)
    return Switch(Action.ENTER_RECOVERY, reason) if is_due else Switch(alarms=alarms)


def marks(group: Marked, action: Action, reason: str, now: datetime) -> dict[str, Any]:
    """Return what a group that enters Recovery Mode, or leaves it, remembers of that."""
    values: dict[str, Any] = {"alarms": 0, "recovery_released": False}
    if action is Action.ENTER_RECOVERY:
        values |= {"recovery_since": now, "recovery_began_at": group.recovery_began_at or now}
        if not group.recovery_forced:
            values["quiet_until"] = now + QUIET_FOR
    else:
        values |= {"recovery_since": None, "recovery_left_at": now}
    if reason == "recovery.released":
        values["quiet_until"] = max(now + RELEASED_FOR, group.quiet_until or now)
    return values


def alarm(case: Case) -> str:
    """Return the reason that calls for Recovery Mode at this evaluation, "" for none.

    A group that would leave it at once is not in trouble: else an old one would enter and leave without end.
    """
    if case.group.recovery_forced:
        return "recovery.asked"
    is_quiet = case.group.quiet_until is not None and case.now < case.group.quiet_until
    if not case.settings.recovery.is_on or is_quiet or holds_break_even(case):
        return ""
    return trouble(case)


def trouble(case: Case) -> str:
    """Return the reason that would call if nothing silenced it, "" for none."""
    recovery, last, left_at = case.settings.recovery, case.settings.ladder.add_ons - 1, case.group.recovery_left_at
    # What lasts was known when it left: it calls again once something was bought since.
    is_new = left_at is None or case.group.last_fill_at > left_at
    if is_new and case.group.add_ons_done >= max(last, 1):  # with a single add-on k ≥ n−1 would hold from the start
        return "recovery.last_add_ons"
    if case.group.position.open_loss(case.market.price) >= recovery.enter_loss:
        return "recovery.loss"
    if case.usage >= recovery.enter_usage:
        return "recovery.usage"
    if is_new and case.now - case.group.opened_at >= recovery.enter_age:
        return "recovery.age"
    # The price is in the next zone, and yet an add-on there would not improve the average.
    add_on = case.add_on
    would_not_help = add_on is not None and not gate.zone(case, add_on) and add_on.improvement < case.settings.improve
    return "recovery.average" if would_not_help else ""


def holds_break_even(case: Case) -> bool:
    """The price is beyond break-even, and so are the last m closed candles; fewer candles prove nothing.

    Candles alone would speak of the time before a sharp fall.
    """
    needed, break_even = case.settings.recovery.leave_candles, case.group.position.break_even
    closes = case.market.closes[-needed:] if needed > 0 else ()
    beyond = all(case.sign * (price - break_even) > 0 for price in (case.market.price, *closes))
    return beyond and len(closes) >= max(needed, 1)


def may_leave(case: Case) -> str:
    """Return why the group may leave Recovery Mode, "" while it may not."""
    if case.group.recovery_forced:
        return ""
    if case.group.recovery_released:
        return "recovery.released"
    if holds_break_even(case):
        return "recovery.left_break_even"
    recovery = case.settings.recovery
    is_calm = (
        case.group.position.open_loss(case.market.price) <= recovery.enter_loss / 2
        and case.usage <= recovery.leave_usage
    )
    # What lasts (age, add-ons used up) would only bring it back two evaluations later.
    return "recovery.left_calm" if is_calm and not trouble(case) else ""


def take_profit_price(settings: Settings, group: Held, now: datetime) -> Decimal:
    """Return the price to close at.

    Normal: where tp0 is won after all fees, or break-even where partial exits have put it further away: a take profit
    takes no loss. Recovery: BE·(1 + s·g) + rest·max(0, 1 − t/T_d), where rest is what the normal take profit lies
    beyond that, never less than zero, and t counts from the first start of Recovery Mode, however often it was left
    since.
    """
    position, recovery, sign = group.position, settings.recovery, group.position.side.sign
    normal = position.price_for(settings.take_profit)
    began = group.recovery_began_at or group.recovery_since
    if group.mode is not Mode.RECOVERY or began is None:
        return normal
    least = position.break_even * (1 + sign * recovery.least_gain)
    rest = max(ZERO, sign * (normal - least))
    # 1 − t/T_d in whole microseconds, so no float; nothing has gone yet should the clock have been set back.
    gone = max(now - began, timedelta(0))
    if gone >= recovery.decay:
        return least
    left = 1 - Decimal(gone // MICROSECOND) / Decimal(recovery.decay // MICROSECOND)
    return least + sign * rest * left
