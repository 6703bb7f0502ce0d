"""What the trader sees of a check: its five steps as they finish, and the evidence for each right."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from connections.check.facts import Facts
from connections.check.findings import Finding, Level, Step
from connections.check.steps import days_left, examine
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


@dataclass(frozen=True, kw_only=True)
class StepState:
    """`ms` is the time the exchange took for the answer that decided the step."""

    key: str
    label: str
    state: str
    ms: int | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def steps_of(facts: Facts, *, is_done: bool) -> tuple[StepState, ...]:
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
            StepState(
                key=step, label=LABELS[step], state=state, ms=answer.ms if answer and state != "skipped" else None
            )
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


@dataclass(frozen=True, kw_only=True)
class RightLine:
    """One row of the rights table. `state` is granted, absent or unknown; `needed` required, forbidden or optional."""

    right: str
    label: str
    state: str
    needed: str
    evidence: str


TITLES = {
    Right.READ: "Read balances and orders",
    Right.TRADE: "Trade spot",
    Right.FUTURES: "Trade futures",
    Right.TRANSFER: "Move money inside the exchange",
    Right.WITHDRAW: "Withdraw",
}


def rights_of(facts: Facts) -> tuple[RightLine, ...]:
    return tuple(_line(facts, right) for right in TITLES)


def _line(facts: Facts, right: Right) -> RightLine:
    needed = "forbidden" if right is Right.WITHDRAW else "optional"
    if right in facts.spec.needs[facts.market]:
        needed = "required"
    state, evidence = _evidence(facts, right)
    return RightLine(right=right, label=TITLES[right], state=state, needed=needed, evidence=evidence)


def _evidence(facts: Facts, right: Right) -> tuple[str, str]:
    name = facts.spec.name
    if facts.rights is None:
        return "unknown", f"{name} has not told."
    if words := facts.rights.named.get(right):
        return "granted", f"{name} lists {', '.join(words)}."
    if right is Right.WITHDRAW and facts.probes:
        is_refused = facts.is_proven(Ask.WITHDRAW)
        return ("absent", f"{name} refused it.") if is_refused else ("unknown", f"{name} has not refused it.")
    return "absent", f"{name} does not list it."


def evidence_of(facts: Facts) -> dict[str, object]:
    """Return what a run stores as proof: rights, IP list, lifetime, account. No secret is ever among it."""
    rights, days = facts.rights, days_left(facts)
    return {
        "rights": [asdict(line) for line in rights_of(facts)],
        "unknown": _clean(rights.unknown) if rights else [],
        "ip_list": _clean(rights.ip_list) if rights and rights.ip_list is not None else None,
        "our_ips": list(facts.policy.our_ips),
        "seen_ip": facts.seen_ip,
        "expires_on": (facts.today + timedelta(days=days)).isoformat() if days is not None else None,
        "account_uid": facts.account_uid,
        "strange": [
            {"question": ask.value, "cause": cause.value, **strange.as_json()}
            for ask, cause, strange in facts.strange_answers()
        ],
    }


def _clean(words: tuple[str, ...]) -> list[str]:
    """Keep what a database can store: an exchange's NUL or lone surrogate would make the save fail."""
    return [printable(word, most=60) for word in words[:100]]
