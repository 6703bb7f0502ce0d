"""A trader reads their whole trail, with names, and nobody else's."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import activity, audit
from accounts.by import By
from accounts.models import User
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
PAGE = "/account/activity/"


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user()
    sign_in(client, user)
    return user


def read(client: Client, **asked: str) -> str:
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_the_product_did_with_their_things_is_there_by_name(client: Client, ada: User) -> None:
    home = make_connection(owner=ada, name="KuCoin Main")
    audit.record("secret.openings", target=home, outcome="compare 144")
    audit.record("bot.halted", target=make_bot(connection=home, name="Night owl"), outcome="right.withdraw")
    gone = make_connection(owner=ada, name="Gone one", deleted=True, status="untested")
    audit.record("connection.deleted", by=By(user=ada), target=gone)

    page = read(client)

    for words in (
        "KuCoin Main",
        "Openings of a key within an hour",
        "to compare the books with the exchange, 144 times",
        "Night owl",
        "Gone one",
    ):
        assert words in page


def test_nobody_sees_what_is_of_others(client: Client, ada: User) -> None:
    other = make_user()
    audit.record("secret.destroyed", target=make_connection(owner=other, name="Not yours"))
    audit.record("account.signed_in", by=By(user=other), target=other)

    page = read(client)

    assert "Not yours" not in page
    assert page.count("You signed in") == 1


def test_it_is_narrowed_by_kind(client: Client, ada: User) -> None:
    home = make_connection(owner=ada, name="KuCoin Main")
    audit.record("secret.destroyed", target=home)
    audit.record("connection.checked", target=home)
    audit.record("account.signed_in", by=By(user=ada), target=ada)

    assert "could withdraw" in read(client, kind="keys")
    assert "You signed in" not in read(client, kind="keys")
    assert "A connection was checked" in read(client, kind="connections")
    assert "A connection was checked" not in read(client)
    assert "You signed in" in read(client, kind="nonsense")


def test_all_of_it_can_be_read_page_by_page(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "A_PAGE", 2)
    for number in range(5):
        audit.record(f"test.number{number}", by=By(user=ada))

    first = client.get(PAGE).context
    assert [event.action for event, _ in first["lines"]] == ["test.number4", "test.number3"]
    second = client.get(PAGE, {"before": str(first["older"])}).context
    last = client.get(PAGE, {"before": str(second["older"])}).context

    assert [event.action for event, _ in last["lines"]] == ["test.number0", "account.signed_in"]
    assert last["older"] is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "\u00b2"])
def test_a_page_that_is_none_is_the_first(client: Client, ada: User, before: str) -> None:
    audit.record("account.signed_in", by=By(user=ada))

    assert "You signed in" in read(client, before=before)


def test_its_queries_do_not_grow_with_it(client: Client, ada: User, django_assert_max_num_queries: object) -> None:
    for number in range(60):
        audit.record("connection.test", by=By(user=ada), target=make_connection(owner=ada, name=f"C{number}"))

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        read(client)


def test_codes_of_the_trail_are_said_in_words(client: Client, ada: User) -> None:
    home = make_connection(owner=ada)
    audit.record("secret.opened", target=home, outcome="look-up")
    audit.record("secret.destroyed", target=home, outcome="right.withdraw")
    audit.record("account.frozen", target=ada, outcome="password_reset")
    audit.record("trader.paused", target=ada, outcome="add_ons")

    page = read(client)

    for code in ("look-up", "right.withdraw", "password_reset", "add_ons"):
        assert f">{code}<" not in page
    assert "to look up an order" in page
    assert "no new groups and no add-ons" in page


def test_what_was_long_ago_is_on_the_newest_page_where_little_was_since(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "A_PAGE", 3)
    ada = make_user()
    with time_machine.travel(timezone.now() - activity.LATELY - timedelta(days=30), tick=False):
        audit.record("account.exported", by=By(user=ada), target=ada)
    sign_in(client, ada)

    assert "You took your data along" in read(client)
    for _ in range(3):
        audit.record("account.signed_in", by=By(user=ada), target=ada)
    assert "You took your data along" not in read(client)
