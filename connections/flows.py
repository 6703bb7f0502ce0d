"""What traders and operators do with connections: add, test, rename, replace the key, delete."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit, sudo, wording
from accounts.by import By
from accounts.models import User
from connections import hooks, quotas
from connections.errors import (
    AlreadyTestingError,
    ConnectionGoneError,
    ConnectionsError,
    DuplicateNameError,
    NoKeyError,
    NotDueError,
    OwnerNotProvenError,
)
from connections.models import UNDER_WAY, CheckRun, Connection, ConnectionQuerySet, RunState, Status, Trigger
from connections.secrets.storing import refuse_duplicate_key, store_secret
from database.ids import public_id
from workers import wake


def add_connection(
    owner: User,
    *,
    exchange: str,
    venue: str,
    market: str,
    name: str,
    credentials: Mapping[str, str],
    by: By,
) -> Connection:
    """Store a connection with its sealed key and start the first check.

    Raises DuplicateNameError, DuplicateKeyError (the owner's own only: nothing is told about other people's keys),
    TooManyConnectionsError, TooManyChecksError, and what sudo.allow raises.
    """
    connection = Connection(
        public_id=public_id(), owner=owner, exchange=exchange, venue=venue, market=market, name=name
    )
    try:
        with transaction.atomic():
            User.objects.hold(owner)
            sudo.allow(sudo.KEY_ADDED, owner, by=by)
            _refuse_unproven(owner)
            quotas.refuse_another_connection(owner)
            quotas.ration(connection)
            refuse_duplicate_key(connection, credentials)
            connection.save()
            store_secret(connection, credentials, revision=1)
            audit.record("connection.added", target=connection, by=by)
            _begin(connection, trigger=Trigger.ADDED, revision=1)
    except IntegrityError:
        text = gettext("You already have a connection named “%(name)s”.")
        raise DuplicateNameError(text % {"name": name}) from None
    return connection


def start_check(connection: Connection, *, trigger: str, by: By, slot: datetime | None = None) -> CheckRun:
    """Queue a check: of the replacement key where one waits, else of the key in use; the schedule's, of the key in use.

    `slot`: the planned time that this check is for. A clock that read it a while ago finds it taken: by then another
    one may have started the check, and a worker have ended it.

    Raises AlreadyTestingError, NotDueError, TooManyChecksError, NoKeyError or GoneError.
    """
    with transaction.atomic():
        fresh = _lock(connection)
        if slot is not None and fresh.next_check_at != slot:
            raise NotDueError("Another clock has started this check.")
        if fresh.is_testing:
            raise AlreadyTestingError(gettext("A test is already running."))
        kept = set(fresh.secrets.values_list("revision", flat=True))
        revision = fresh.revision if trigger == Trigger.SCHEDULE else max(kept, default=fresh.revision)
        if revision not in kept:
            raise NoKeyError(gettext("We destroyed our copy of the key. Enter another one with “Replace key”."))
        if trigger != Trigger.SCHEDULE:
            quotas.ration(fresh)
            audit.record("connection.test", target=fresh, by=by)
        return _begin(fresh, trigger=trigger, revision=revision)


@dataclass(frozen=True, kw_only=True)
class Started:
    """How many checks were queued, and how often each reason kept another from it."""

    count: int
    refused: Mapping[str, int]


def start_checks(connections: ConnectionQuerySet, *, by: By) -> Started:
    """Queue a check of each of these connections that may be checked now."""
    started, refused = 0, Counter[str]()
    for connection in connections.order_by("pk"):
        try:
            start_check(connection, trigger=Trigger.USER, by=by)
            started += 1
        except ConnectionsError as error:
            refused[str(error)] += 1
    return Started(count=started, refused=refused)


def rename_connection(connection: Connection, *, name: str, by: By) -> None:
    """Raises DuplicateNameError or GoneError."""
    try:
        with transaction.atomic():
            if not Connection.objects.filter(pk=connection.pk, deleted_at=None).update(name=name):
                raise ConnectionGoneError(gettext("This connection was deleted."))
            audit.record("connection.renamed", target=connection, by=by)
    except IntegrityError:
        text = gettext("You already have a connection named “%(name)s”.")
        raise DuplicateNameError(text % {"name": name}) from None
    connection.name = name


def replace_secret(connection: Connection, *, credentials: Mapping[str, str], by: By) -> CheckRun:
    """Store a new key beside the one in use and check it at once; only a pass of the same account replaces the old.

    A check that is under way is overtaken: its worker finds its attempt gone and writes nothing.
    """
    with transaction.atomic():
        sudo.allow(sudo.KEY_REPLACED, connection.owner, by=by)
        _refuse_unproven(connection.owner)
        refuse_duplicate_key(connection, credentials)
        fresh = _lock(connection)
        quotas.ration(fresh)
        fresh.secrets.filter(revision__gt=fresh.revision).delete()
        last = fresh.runs.order_by("-revision").values_list("revision", flat=True).first() or fresh.revision
        revision = max(last, fresh.revision) + 1
        store_secret(fresh, credentials, revision=revision)
        audit.record("connection.key_replaced", target=fresh, outcome="candidate", by=by)
        _supersede(fresh)
        return _begin(fresh, trigger=Trigger.REPLACED, revision=revision)


def discard_candidate(connection: Connection, *, by: By) -> None:
    """Destroy the replacement key and stop its check; the key in use is untouched."""
    with transaction.atomic():
        fresh = _lock(connection)
        fresh.secrets.filter(revision__gt=fresh.revision).delete()
        if fresh.testing_run and fresh.testing_run.revision > fresh.revision:
            _supersede(fresh)
        audit.record("connection.key_discarded", target=fresh, by=by)


def delete_connection(connection: Connection, *, by: By) -> None:
    """Halt its bots, destroy its keys and take it out of every page, in one transaction."""
    with transaction.atomic():
        fresh = _lock(connection)
        # The bots first: taking the run away changes a unique column, and from then on nobody can write an order of
        # the connection, while a worker that writes one holds its bot.
        hooks.announce(fresh.pk, reason="connection.deleted")
        _supersede(fresh)
        fresh.secrets.all().delete()
        now = timezone.now()
        Connection.objects.filter(pk=fresh.pk).update(
            deleted_at=now, status=Status.UNTESTED, trouble="", next_check_at=None, account_uid=""
        )
        audit.record("connection.deleted", target=fresh, by=by)


def take_back(connection: Connection, *, destroys_key: bool, by: By) -> None:
    """Let a key count for nothing here until its owner tests it again, or destroy it; its bots are halted."""
    with transaction.atomic():
        fresh = _lock(connection)
        hooks.announce(fresh.pk, reason="lockdown")
        _supersede(fresh)
        if destroys_key:
            fresh.secrets.all().delete()
        taken = {"status": Status.UNTESTED, "trouble": "", "passed_revision": None, "next_check_at": None}
        Connection.objects.filter(pk=fresh.pk).update(**taken, key_ends_at=None)
        audit.record("secret.destroyed" if destroys_key else "secret.frozen", target=fresh, outcome="lockdown", by=by)


def delete_all(owner: User, *, by: By) -> None:
    """Delete each of the owner's connections; those that another window deletes meanwhile are as gone."""
    for connection in Connection.objects.owned_by(owner).order_by("pk"):
        with suppress(ConnectionGoneError):
            delete_connection(connection, by=by)


def _lock(connection: Connection) -> Connection:
    """Return the row as it is now, locked until the transaction ends (SQLite locks at BEGIN IMMEDIATE)."""
    fresh = (
        Connection.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=connection.pk, deleted_at=None)
        .first()
    )
    if fresh is None:
        raise ConnectionGoneError(gettext("This connection was deleted."))
    return fresh


def _refuse_unproven(owner: User) -> None:
    if not owner.is_proven:
        raise OwnerNotProvenError(wording.CONFIRM_FIRST)


def _begin(connection: Connection, *, trigger: str, revision: int) -> CheckRun:
    """Make the newest attempt of a locked or new row, and wake a worker once the transaction is in the database."""
    attempt = connection.attempt + 1
    run = CheckRun.objects.create(connection=connection, attempt=attempt, revision=revision, trigger=trigger)
    Connection.objects.filter(pk=connection.pk).update(attempt=attempt, testing_run=run)
    connection.attempt, connection.testing_run = attempt, run
    wake.after_commit("connections.check", run.pk, run.attempt)
    return run


def _supersede(connection: Connection) -> None:
    """Take the run that is under way from its worker."""
    under_way = connection.runs.filter(state__in=UNDER_WAY)
    under_way.update(state=RunState.SUPERSEDED, finished_at=timezone.now())
    Connection.objects.filter(pk=connection.pk).update(testing_run=None)
