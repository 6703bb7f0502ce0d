"""What one trader may have and ask for: told before it is reached, refused beyond it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import User
from connections import errors, flows
from connections.models import Connection, Trigger
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.connections.practising import KEYS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard", "published")]


def add(owner: User, *, name: str = "Main", exchange: str = "kucoin") -> Connection:
    at = {"exchange": exchange, "venue": "practice", "market": "spot"}
    return flows.add_connection(owner, **at, name=name, credentials=KEYS, by=PRODUCT)


def test_deleting_a_key_and_adding_it_again_asks_the_exchange_no_oftener(settings: Settings) -> None:
    owner = make_user()
    for _ in range(settings.CHECKS_PER_MINUTE):
        flows.delete_connection(add(owner), by=PRODUCT)

    with pytest.raises(errors.TooManyChecksError):
        add(owner)

    assert Connection.objects.owned_by(owner).count() == 0
    assert add(owner, exchange="mexc", name="Other"), "another exchange was not asked"
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert add(owner)


def test_tests_of_a_deleted_connection_count_to_the_next_one_there(settings: Settings) -> None:
    owner = make_user()
    gone = make_connection(owner=owner, deleted=True, status="untested")
    for _ in range(settings.CHECKS_PER_MINUTE - 1):
        make_run(connection=gone)
    connection = make_connection(owner=owner)
    make_run(connection=connection)

    with pytest.raises(errors.TooManyChecksError):
        flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    assert flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)


def test_one_account_has_so_many_tests_a_minute_over_all_its_connections(settings: Settings) -> None:
    settings.CHECKS_PER_USER = 3
    owner, other = make_user(), make_connection(owner=make_user())
    many = [make_connection(owner=owner) for _ in range(5)]
    make_run(connection=many[0], trigger=Trigger.SCHEDULE)

    assert flows.start_checks(Connection.objects.owned_by(owner), by=PRODUCT).count == 3

    with pytest.raises(errors.TooManyChecksError, match="3 tests in one minute"):
        flows.start_check(many[4], trigger=Trigger.USER, by=PRODUCT)
    assert flows.start_check(other, trigger=Trigger.USER, by=PRODUCT)


def test_one_account_has_so_many_connections_and_those_that_are_deleted_count_no_more(settings: Settings) -> None:
    settings.CONNECTIONS_PER_USER = 2
    owner = make_user()
    first = make_connection(owner=owner)
    make_connection(owner=owner)

    with pytest.raises(errors.TooManyConnectionsError, match="You have 2 connections"):
        add(owner)
    flows.delete_connection(first, by=PRODUCT)

    assert add(owner)
    assert add(make_user())


@pytest.mark.parametrize(("count", "is_told"), [(3, False), (4, True)])
def test_the_list_tells_it_before_it_is_reached(client: Client, settings: Settings, count: int, is_told: bool) -> None:
    settings.CONNECTIONS_PER_USER = 5
    owner = make_user()
    for _ in range(count):
        make_connection(owner=owner)
    client.force_login(owner)

    page = client.get(reverse("connections")).content.decode()

    assert (f"{count} of 5 connections" in page) == is_told
