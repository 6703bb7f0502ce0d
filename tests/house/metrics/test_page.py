"""Who reads /metrics, and what stands there."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from backfuture.metrics import figures
from backfuture.metrics.exposition import Family, only, written
from connections.models import UnknownAnswer
from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer
from strategies.models import Order
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.house.metrics.rules import Sample, samples
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TOKEN = "t" * 32


@pytest.fixture
def outside(settings: Settings) -> None:
    settings.EMBEDDED = False


def told(client: Client, name: str) -> list[Sample]:
    page = client.get("/metrics").content.decode()
    return [one for one in samples(page) if one.name == f"backfuture_{name}"]


def test_a_try_out_is_read_from_the_same_machine(client: Client) -> None:
    response = client.get("/metrics", headers={"host": "10.1.2.3"})

    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "", "nonsense"])
def test_nobody_else_finds_such_a_page(client: Client, address: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_what_came_through_a_proxy_is_from_anywhere(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.usefixtures("outside")
def test_outside_a_try_out_even_loopback_needs_the_token(client: Client, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    for wrong in (TOKEN, f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", "Bearer ü"):
        assert client.get("/metrics", headers={"authorization": wrong}).status_code == 404
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=bearer, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.post("/metrics", headers=bearer).status_code in {403, 404}


def test_labels_and_helps_are_escaped() -> None:
    page = written([Family("odd", "A\nB\\", [({"name": 'a"b\\c\nd'}, 2.5)]), Family("one", "One.", only(None))])

    assert page == (
        "# HELP backfuture_odd A\\nB\\\\\n# TYPE backfuture_odd gauge\n"
        'backfuture_odd{name="a\\"b\\\\c\\nd"} 2.5\n'
        "# HELP backfuture_one One.\n# TYPE backfuture_one gauge\nbackfuture_one 0\n"
    )


def test_figures_are_those_of_the_rows(client: Client) -> None:
    order = rows.make_order(group=rows.make_group(bot=make_bot()), state="filled", ended_at=timezone.now())
    strange = StrangeAnswer(asked="GET /x", status=418, code="7", shape=None)
    for _ in range(2):
        UnknownAnswer.objects.note("kucoin", "live", strange, cause=Cause.UNAVAILABLE, now=timezone.now())

    place = {"exchange": order.connection.exchange, "venue": order.connection.venue}
    assert [one.value for one in told(client, "orders_ended")] == [1]
    assert told(client, "orders_ended")[0].labels == {**place, "purpose": order.purpose, "state": "filled"}
    assert [(one.labels, one.value) for one in told(client, "unknown_answers_total")] == [
        ({"exchange": "kucoin", "venue": "live"}, 2)
    ]
    Order.objects.update(ended_at=timezone.now() - figures.LATELY * 2)
    assert told(client, "orders_ended") == []


def test_no_key_no_name_and_no_address_stands_there(client: Client) -> None:
    owner = make_user(email="anna@example.com")
    connection = make_connection(owner=owner, name="Annas canary")
    rows.make_group(bot=make_bot(connection=connection))

    page = client.get("/metrics").content.decode()

    for private in (owner.email, "Annas", str(connection.public_id), str(owner.public_id), connection.key_hint):
        assert private not in page


def test_a_part_that_cannot_be_asked_is_named_and_the_others_stay(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orders(now: object) -> Iterator[Family]:
        yield Family("half", "Half.", only(1))
        raise DatabaseError

    monkeypatch.setattr(figures, "PARTS", (orders, figures.mails))

    assert [one.labels for one in told(client, "unasked")] == [{"part": "orders"}]
    assert told(client, "half") == []
    assert told(client, "mail_oldest_seconds")


def test_it_costs_the_same_questions_however_much_there_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        rows.make_group(bot=make_bot())

    with django_assert_max_num_queries(40):
        list(figures.gather())
