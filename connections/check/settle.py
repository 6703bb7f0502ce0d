"""Write down what a finished run means for its connection, in one transaction, by compare-and-set."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from connections import hooks, messages
from connections.check.facts import Facts
from connections.check.findings import CAN_WITHDRAW, Level
from connections.check.progress import LABELS, State, evidence_of, steps_of
from connections.check.verdict import Judgement, Standing, Verdict, next_check_at, standing_after
from connections.models import CheckRun, Connection, ExchangePause, RunState, Status, Trigger
from connections.records import StepLine, row_of
from exchanges.rights import Right

# What is bought stays in the account meanwhile; a trader has a night and a day to untick a box.
KEPT_FOR_EXITS = timedelta(hours=24)


class AccountTakenError(Exception):
    """Another check proved the same live account since this one asked: the `facts` want to be judged with the other."""

    def __init__(self, facts: Facts, other: Connection) -> None:
        super().__init__()
        self.facts, self.other = facts, other


def settle(run: CheckRun, facts: Facts | None, judgement: Judgement) -> None:
    """Finish the run and move its connection; does nothing when the run was taken from this worker.

    Raises AccountTakenError, having written nothing.
    """
    now = timezone.now()
    with transaction.atomic():
        # The connection first, then the run: every flow takes them in this order.
        rows = Connection.objects.select_for_update(no_key=True)
        connection = rows.filter(pk=run.connection_id, testing_run=run.pk, deleted_at=None).first()
        if not run.save_if_mine(**_outcome(facts, judgement, now)) or connection is None:
            return
        if run.revision == connection.revision or judgement.verdict is Verdict.ONLINE:
            status = _move(connection, run, facts, judgement, now)
            _announce(connection, run, facts, judgement, status)
            _tell(connection, run, facts, judgement, status, now)
        _part_with_key(connection, run, judgement, now)
        # After the bots: its unique column locks the key that a step checks at its commit, which holds bots by then.
        Connection.objects.filter(pk=connection.pk).update(testing_run=None)
        # Every process leaves the exchange alone for so long; a check that asked nothing adds nothing.
        troubles = facts.troubles().values() if facts is not None and facts.requests else ()
        if wait := max((trouble.wait for trouble in troubles), default=0):
            until = now + timedelta(seconds=wait)
            ExchangePause.objects.extend(connection.exchange, connection.venue, until, now=now)
        if run.trigger == Trigger.SCHEDULE:
            connection.runs.forget_old()
        audit.record("connection.checked", target=connection, outcome=judgement.verdict)
        if facts is not None and facts.other_connection == "":
            for holder in Connection.objects.holding(connection, facts.account_uid):
                Connection.objects.filter(pk=holder.pk).update(claimed_at=now)
                audit.record("connection.claimed", target=holder, outcome="refused")


def _outcome(facts: Facts | None, judgement: Judgement, now: datetime) -> dict[str, object]:
    outcome: dict[str, object] = {
        "state": RunState.DONE,
        "verdict": judgement.verdict,
        "findings_json": [row_of(one) for one in judgement.findings],
        "finished_at": now,
    }
    if facts is not None:
        outcome |= {
            "steps_json": [asdict(step) for step in steps_of(facts, is_done=True)],
            "evidence_json": evidence_of(facts).as_json(),
            "requests": facts.requests,
            "elapsed_ms": facts.elapsed_ms,
        }
    else:
        failed = [StepLine(key=one.step, label=LABELS[one.step], state=State.FAILED) for one in judgement.findings]
        outcome["steps_json"] = [asdict(step) for step in failed]
    return outcome


def _move(connection: Connection, run: CheckRun, facts: Facts | None, judgement: Judgement, now: datetime) -> str:
    """Give the connection its new standing and return its status; a proven replacement key takes the old one's place.

    `connection` stays as it was.
    """
    before = Standing(
        status=connection.status,
        trouble=connection.trouble,
        trouble_since=connection.trouble_since,
        trouble_runs=connection.trouble_runs,
    )
    verdict, is_scheduled = judgement.verdict, run.trigger == Trigger.SCHEDULE
    after = standing_after(before, verdict, is_scheduled=is_scheduled, worst_code=_worst(judgement), now=now)
    waits = [trouble.retry_after for trouble in facts.troubles().values() if trouble.retry_after] if facts else []
    look_again_at = next_check_at(
        after,
        verdict,
        planned=None if is_scheduled else connection.next_check_at,
        now=now,
        interval=settings.CHECK_INTERVAL,
        retry_after=max(waits, default=None),
    )
    values: dict[str, object] = {**vars(after), "next_check_at": look_again_at, "shown_run": run}
    if facts and facts.rights and not facts.rights.has(Right.WITHDRAW):
        values["key_ends_at"] = None
    if verdict is Verdict.ERROR:
        # What speaks against the key takes the proof back; what only keeps us from asking does not.
        values["passed_revision"] = None
    if verdict is Verdict.ONLINE:
        if (
            facts
            and not connection.is_practice
            and (other := Connection.objects.hold_account(connection, facts.account_uid))
        ):
            raise AccountTakenError(facts, other)
        values |= {"passed_at": now, "passed_revision": run.revision, "revision": run.revision}
        values["account_uid"] = (facts and facts.account_uid) or connection.account_uid
        connection.secrets.filter(revision__lt=run.revision).delete()
    Connection.objects.filter(pk=connection.pk).update(**values)
    return after.status


def _announce(connection: Connection, run: CheckRun, facts: Facts | None, judgement: Judgement, status: str) -> None:
    """Tell what the run changed for bots: `connection` is as it was, `status` what it became."""
    # A pass is of the account of before by the same key, or by what the exchange tells.
    told, known = facts and facts.account_uid, connection.account_uid
    if status != Status.ONLINE:
        is_temporary = judgement.verdict is Verdict.TEMPORARY
        hooks.announce(connection.pk, reason=_worst(judgement), is_temporary=is_temporary)
    elif connection.status == Status.ONLINE or run.revision == connection.revision or (told and told == known):
        hooks.announce_end(connection.pk)
    else:
        # Bots that wait would go on in an account that may be another.
        hooks.announce(connection.pk, reason="account.unproven")


def _tell(
    connection: Connection, run: CheckRun, facts: Facts | None, judgement: Judgement, status: str, now: datetime
) -> None:
    """Tell the owner what the run changed: `connection` is as it was, `status` what it became."""
    was_online = connection.status == Status.ONLINE
    if status != Status.ONLINE:
        worst = next((one for one in judgement.findings if one.code == _worst(judgement)), None)
        said = {"text": worst.text, "hint": worst.hint} if worst else {"text": "", "hint": ""}
        if was_online:
            is_temporary = judgement.verdict is Verdict.TEMPORARY
            messages.tell_not_online(connection, is_temporary=is_temporary, now=now, **said)
    elif not was_online and connection.passed_at and run.trigger == Trigger.SCHEDULE:
        messages.tell_online_again(connection, now=now)
    if facts and status == Status.ONLINE and (ends_on := evidence_of(facts).expires_on):
        messages.tell_key_ends(connection, ends_on=ends_on, today=facts.today, now=now)


def _worst(judgement: Judgement) -> str:
    """Return the code that decided: findings come worst first. Without one, proof was missing."""
    deciding = [one.code for one in judgement.findings if one.level in {Level.BLOCKER, Level.TEMPORARY}]
    return deciding[0] if deciding else "reach.unreadable"


def _part_with_key(connection: Connection, run: CheckRun, judgement: Judgement, now: datetime) -> None:
    """Destroy a key that can withdraw, in the transaction that finds it out.

    One that was good before stays sealed for a while where bots still hold something: unticking the box then brings the
    exits back without a new key. No order is sent with it meanwhile: its proof is taken back.
    """
    if all(one.code != CAN_WITHDRAW for one in judgement.findings):
        return
    was_good = run.revision == connection.revision and connection.passed_at is not None
    if was_good and hooks.is_key_needed(connection):
        Connection.objects.filter(pk=connection.pk, key_ends_at=None).update(key_ends_at=now + KEPT_FOR_EXITS)
    else:
        _destroy_key(connection, run.revision)


def _destroy_key(connection: Connection, revision: int) -> None:
    connection.secrets.filter(revision=revision).delete()
    if revision == connection.revision:
        Connection.objects.filter(pk=connection.pk).update(key_ends_at=None, next_check_at=None)
    audit.record("secret.destroyed", target=connection, outcome=CAN_WITHDRAW)


def end_keys(now: datetime) -> None:
    """Destroy the keys that can withdraw and were kept for exits, when their time is over or nothing is open."""
    kept = Connection.objects.filter(key_ends_at__isnull=False, deleted_at=None)
    for connection in kept.order_by("key_ends_at")[:200]:
        with transaction.atomic():
            fresh = kept.select_for_update(no_key=True).filter(pk=connection.pk).first()
            if fresh and fresh.key_ends_at and (fresh.key_ends_at <= now or not hooks.is_key_needed(fresh)):
                _destroy_key(fresh, fresh.revision)


def lapse_passes(now: datetime) -> None:
    """A pass older than PASS_LIFETIME proves nothing any more: its connection is untested and carries no bots."""
    for connection in Connection.objects.with_lapsed_pass(now)[:200]:
        with transaction.atomic():
            lapsed = Connection.objects.with_lapsed_pass(now).filter(pk=connection.pk)
            if lapsed.update(status=Status.UNTESTED, next_check_at=now):
                # Online until now: nothing spoke against it, only nobody proved it.
                hooks.announce(connection.pk, reason="pass.lapsed", is_temporary=True)
                messages.tell_lapsed(connection, now=now)
                audit.record("connection.lapsed", target=connection)
