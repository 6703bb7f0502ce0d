"""What the trader sees of a check: its five steps as they finish, and the evidence for each right."""

from datetime import timedelta
from enum import StrEnum

from connections.check.facts import Facts
from connections.check.findings import Level, Step
from connections.check.steps import days_left, examine
from connections.records import Evidence, RightLine, StepLine, StrangeLine
from exchanges.proven import printable
from exchanges.rights import Right
from exchanges.sentences import Sentence
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask

LABELS = {
    Step.REACH: _("Reach the exchange"),
    Step.KEY: _("The key is accepted"),
    Step.RIGHTS: _("Rights: read and trade, never withdraw"),
    Step.BALANCES: _("Balances are readable"),
    Step.ORDERS: _("Order status is readable"),
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
    lines, may_run = [], True
    for step in Step:
        levels = {finding.level for finding in findings if finding.step is step}
        answer = facts.answers.get(ANSWERED_BY[step])
        # An exchange is reached by any answer; the other steps need the one that proves them.
        is_answered = answer is not None and (step is Step.REACH or answer.trouble is None)
        if levels & {Level.BLOCKER, Level.TEMPORARY}:
            state = State.FAILED
        elif is_answered:
            state = State.WARNED if Level.WARNING in levels else State.PASSED
        else:
            state = State.SKIPPED if is_done else State.RUNNING if may_run else State.WAITING
            may_run = False
        ms = answer.ms if answer and state is not State.SKIPPED else None
        lines.append(StepLine(key=step, label=LABELS[step], state=state, ms=ms))
    return tuple(lines)


TITLES = {
    Right.READ: _("Read balances and orders"),
    Right.TRADE: _("Trade spot"),
    Right.FUTURES: _("Trade futures"),
    Right.TRANSFER: _("Move money inside the exchange"),
    Right.WITHDRAW: _("Withdraw"),
}


def rights_of(facts: Facts) -> list[RightLine]:
    name, lines = facts.spec.name, []
    for right, label in TITLES.items():
        is_required = right in facts.spec.needs[facts.market]
        needed = "required" if is_required else "forbidden" if right is Right.WITHDRAW else "optional"
        if facts.rights is None:
            state, evidence = "unknown", Sentence(_("{name} has not told."), name=name)
        elif words := facts.rights.named.get(right):
            state, evidence = "granted", Sentence(_("{name} lists {words}."), name=name, words=", ".join(words))
        elif right is not Right.WITHDRAW or not facts.probes:
            state, evidence = "absent", Sentence(_("{name} does not list it."), name=name)
        elif facts.is_proven(Ask.WITHDRAW):
            state, evidence = "absent", Sentence(_("{name} refused it."), name=name)
        else:
            state, evidence = "unknown", Sentence(_("{name} has not refused it."), name=name)
        lines.append(RightLine(right=right, label=label, state=state, needed=needed, evidence=evidence))
    return lines


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
