"""What is committed without waiting for the disk is committed like all else, and only that waits for nothing."""

from contextlib import closing, suppress

import pytest
from django.db import DatabaseError, connection, transaction

from backfuture import durability
from database import commits
from strategies.models import Bot
from tests.strategies.factories import make_bot

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ASKED = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}


def waits_for_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ASKED[connection.vendor])
        return cursor.fetchone()[0] not in {1, "off"}


def test_it_waits_for_no_disk_within_and_for_the_disk_again_afterwards() -> None:
    bot = make_bot()

    with commits.asynchronous():
        Bot.objects.filter(pk=bot.pk).update(name="committed")
        assert not waits_for_disk()

    assert waits_for_disk()
    assert durability.forgetful_setting() == ""
    assert Bot.objects.get(pk=bot.pk).name == "committed"


def test_what_fails_within_leaves_nothing_behind() -> None:
    bot = make_bot()

    with suppress(DatabaseError), commits.asynchronous():
        Bot.objects.filter(pk=bot.pk).update(name="never")
        raise DatabaseError

    assert waits_for_disk()
    assert Bot.objects.get(pk=bot.pk).name == bot.name


def test_inside_a_transaction_that_has_to_last_it_lasts_with_that() -> None:
    with transaction.atomic():
        with commits.asynchronous():
            assert waits_for_disk()
        assert waits_for_disk()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="nothing is asked of SQLite within the transaction")
def test_a_connection_that_broke_is_a_fault_as_django_tells_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    with pytest.raises(DatabaseError), commits.asynchronous():
        pytest.fail("nothing runs there")

    connection.close()
