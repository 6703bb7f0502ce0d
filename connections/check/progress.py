"""What the trader sees of a check: its five steps as they finish, and the evidence for each right."""

from datetime import timedelta
from enum import StrEnum

from connections.check.facts import Facts
from connections.check.findings import Finding, Level, Step
from connections.check.steps import days_left, examine
from connections.records import Evidence, RightLine, StepLine, StrangeLine
from exchanges.proven import printable
from exchanges.rights import Right
from exchanges.spec import Ask

LABELS = {
    Step.REACH: "Reach the exchange",
    Step.KEY: "The key is accepted",
    Step.RIGHTS: "Rights: read and trade, never withdraw",
    Step.BALANCES: "Balances are readable",
    Step.ORDERS: "Order status is readable",
}
ANSWERED_BY = {
    Step.REACH: Ask.TIME,
    Step.KEY: Ask.RIGHTS,
    Step.RIGHTS: Ask.RIGHTS,
    Step.BALANCES: Ask.BALANCES,
    Step.ORDERS: Ask.ORDERS,
}


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


def steps_of(facts: Facts, *, is_done: bool) -> tuple[StepLine, ...]:
    """Show how far a check has come; what was never answered is running, waiting or, at the end, skipped."""
    findings = examine(facts)
    states, may_run = [], True
    for step in Step:
        state = _state(facts, step, findings)
        if state is None:
            state = State.SKIPPED if is_done else State.RUNNING if may_run else State.WAITING
            may_run = False
        answer = facts.answers.get(ANSWERED_BY[step])
        states.append(
            StepLine(key=step, label=LABELS[step], state=state, ms=answer.ms if answer and state != "skipped" else None)
        )
    return tuple(states)


def _state(facts: Facts, step: Step, findings: tuple[Finding, ...]) -> State | None:
    """Return a step's state, or None when nothing has answered it yet."""
    levels = {finding.level for finding in findings if finding.step is step}
    if levels & {Level.BLOCKER, Level.TEMPORARY}:
        return State.FAILED
    ask = ANSWERED_BY[step]
    if step is Step.REACH and ask not in facts.answers:
        return None
    if step is not Step.REACH and not facts.is_proven(ask):
        return None
    return State.WARNED if Level.WARNING in levels else State.PASSED


TITLES = {
    Right.READ: "Read balances and orders",
    Right.TRADE: "Trade spot",
    Right.FUTURES: "Trade futures",
    Right.TRANSFER: "Move money inside the exchange",
    Right.WITHDRAW: "Withdraw",
}


def rights_of(facts: Facts) -> list[RightLine]:
    lines = []
    for right, label in TITLES.items():
        is_required = right in facts.spec.needs[facts.market]
        needed = "required" if is_required else "forbidden" if right is Right.WITHDRAW else "optional"
        state, evidence = _told(facts, right)
        lines.append(RightLine(right=right, label=label, state=state, needed=needed, evidence=evidence))
    return lines


def _told(facts: Facts, right: Right) -> tuple[str, str]:
    name = facts.spec.name
    if facts.rights is None:
        return "unknown", f"{name} has not told."
    if words := facts.rights.named.get(right):
        return "granted", f"{name} lists {', '.join(words)}."
    if right is Right.WITHDRAW and facts.probes:
        is_refused = facts.is_proven(Ask.WITHDRAW)
        return ("absent", f"{name} refused it.") if is_refused else ("unknown", f"{name} has not refused it.")
    return "absent", f"{name} does not list it."


def evidence_of(facts: Facts) -> Evidence:
    """Return what a run stores as proof: rights, IP list, lifetime, account."""
    rights, days = facts.rights, days_left(facts)
    return Evidence(
        rights=rights_of(facts),
        unknown=_clean(rights.unknown) if rights else [],
        ip_list=_clean(rights.ip_list) if rights and rights.ip_list is not None else None,
        our_ips=list(facts.policy.our_ips),
        seen_ip=facts.seen_ip,
        expires_on=None if days is None else facts.today + timedelta(days=days),
        account_uid=facts.account_uid or "",
        strange=[
            StrangeLine(question=ask.value, cause=cause.value, **vars(strange))
            for ask, cause, strange in facts.strange_answers()
        ],
    )


def _clean(words: tuple[str, ...]) -> list[str]:
    """Keep what a database can store: an exchange's NUL or lone surrogate would make the save fail."""
    return [printable(word, most=60) for word in words[:100]]
