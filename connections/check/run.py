"""Carry out a check: take the run, open the key, watch the exchange, settle the verdict, all by compare-and-set."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from connections import breaker, locations
from connections.check import observe, settle, turns
from connections.check.facts import Answer, Facts
from connections.check.findings import finding
from connections.check.progress import steps_of
from connections.check.verdict import Judgement, Verdict, judge
from connections.check.wording import REPLACEMENT_WAITS, WORDING
from connections.models import WAITING_AFTER, CheckRun, Connection, ExchangePause, RunState, UnknownAnswer
from connections.secrets import opening, vault
from exchanges.errors import Cause
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Market
from exchanges.values import Credentials
from workers import alarms, wake

log = structlog.get_logger(__name__)


def run_check(run_id: int, attempt: int) -> None:
    """Carry out a queued run, if its turn has come; a message that came twice or too late does nothing."""
    with turns.turn(run_id, attempt) as is_mine:
        if not is_mine:
            return
        now = timezone.now()
        run = CheckRun.objects.select_related("connection__owner").get(pk=run_id)
        connection = run.connection
        if connection.testing_run_id != run.pk or connection.deleted_at is not None or not connection.owner.is_served:
            _drop(run, now)
            return
        facts, judgement = _watch(run, now)
        try:
            settle.settle(run, facts, judgement)
        except settle.AccountTakenError as taken:
            facts = _beside(taken.facts, connection, taken.other)
            settle.settle(run, facts, judge(facts))
        if facts and facts.requests:
            answered = [
                one
                for one in facts.answers.values()
                if not one.trouble or not (one.trouble.is_ours or one.trouble.cause is Cause.UNAVAILABLE)
            ]
            breaker.note(connection.exchange, connection.venue, has_answered=bool(answered))
        # What is in no table is counted now that the run is settled, which must neither wait for this nor fail with it.
        for _, cause, strange in facts.strange_answers() if facts else ():
            UnknownAnswer.objects.note(connection.exchange, connection.venue, strange, cause=cause, now=now)


def _drop(run: CheckRun, now: datetime) -> None:
    """End a run that nobody may carry out any more: no key is opened for it, no exchange asked."""
    with transaction.atomic():
        run.save_if_mine(state=RunState.SUPERSEDED, finished_at=now)
        Connection.objects.filter(pk=run.connection_id, testing_run=run).update(testing_run=None)
        audit.record("connection.check_dropped", target=run.connection, outcome=run.trigger)


def _watch(run: CheckRun, now: datetime) -> tuple[Facts | None, Judgement]:
    """Open the key and follow the check; a key that does not open is a finding of its own."""
    connection = run.connection
    pause = ExchangePause.objects.current(connection.exchange, connection.venue, now)
    if pause and not pause.let_probe(now):
        # What there is to say without a request while the exchange is left alone.
        at, answers = _subject(run), {Ask.TIME: Answer(trouble=pause.trouble(now))}
        paused = Facts(spec=at.spec, market=at.market, policy=at.policy, today=now.date(), answers=answers)
        return paused, judge(paused)
    try:
        credentials = opening.open_key(connection, run.revision, purpose=run.trigger)
    except (vault.SealBrokenError, vault.SecretGoneError):
        text = _("The stored key cannot be opened, so it was not used.")
        found = finding("key.unsealable", text, _("Enter the key again with “Replace key”."))
        return None, Judgement(verdict=Verdict.ERROR, findings=(found,))
    except vault.VaultError as error:
        log.error("check_without_key", run=run.pk, kind=type(error).__name__)
        return None, unfinished(is_replacement=run.is_of_candidate)
    facts = None
    try:
        for facts in _follow(run, credentials, now):  # noqa: B007 - the last facts are the whole of them
            pass
    except observe.StuckError:
        log.error("check_stuck", run=run.pk)
        facts = None
    if facts is None:
        return None, unfinished(is_replacement=run.is_of_candidate)
    if other := Connection.objects.holding(connection, facts.account_uid).first():
        facts = _beside(facts, connection, other)
    return facts, judge(facts)


def _beside(facts: Facts, connection: Connection, other: Connection) -> Facts:
    """Return them with the other live connection to the account; somebody else's has no name."""
    return replace(facts, other_connection=other.name if other.owner_id == connection.owner_id else "")


def _follow(run: CheckRun, credentials: Credentials, now: datetime) -> Iterator[Facts]:
    """Yield facts as they come; each renews the lease and shows its steps. Stops when the run was taken away."""
    for facts in observe.watch(_subject(run), credentials, today=now.date()):
        lease = timezone.now() + settings.CHECK_LEASE
        steps = [asdict(step) for step in steps_of(facts, is_done=False)]
        if not run.save_if_mine(steps_json=steps, lease_until=lease):
            return
        yield facts


def _subject(run: CheckRun) -> observe.Subject:
    connection = run.connection
    policy = locations.policy_of(
        connection.exchange,
        connection.venue,
        expected_account=connection.account_uid or None,
        is_replacement=run.revision != connection.revision,
    )
    return observe.Subject(
        spec=connection.spec,
        market=Market(connection.market),
        location=locations.location_of(connection.exchange, connection.venue),
        policy=policy,
        deadline_seconds=settings.CHECK_DEADLINE.total_seconds(),
    )


def unfinished(*, is_replacement: bool = False) -> Judgement:
    """Judge a check that we could not carry out: it says nothing about the key."""
    text = _("We could not finish this check: a part of our own system stopped. This says nothing about your key.")
    hint = REPLACEMENT_WAITS if is_replacement else WORDING[Cause.UNAVAILABLE][1]
    found = finding("reach.unfinished", text, hint)
    return Judgement(verdict=Verdict.TEMPORARY, findings=(found,))


def reissue_lost_runs(now: datetime) -> None:
    """Wake workers for runs whose message or worker was lost; give up after CHECK_REISSUES lost workers."""
    turns.wake_waiting(now, since=now - WAITING_AFTER)
    for run in CheckRun.objects.abandoned(now).select_related("connection__owner")[:200]:
        _reissue(run, now)


def _reissue(run: CheckRun, now: datetime) -> None:
    if run.reissues >= settings.CHECK_REISSUES:
        alarms.ring("check.given_up", "check_given_up", run=run.pk)
        settle.settle(run, None, unfinished(is_replacement=run.is_of_candidate))
        return
    lost = CheckRun.objects.filter(pk=run.pk, state=RunState.RUNNING, reissues=run.reissues, lease_until__lt=now)
    with transaction.atomic():
        again = {"state": RunState.QUEUED, "reissues": run.reissues + 1, "published_at": now}
        if lost.update(**again, steps_json=[], claimed_at=None):
            log.warning("check_reissued", run=run.pk, reissues=run.reissues + 1)
            wake.after_commit("connections.check", run.pk, run.attempt)
