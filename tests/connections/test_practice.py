"""Practice keys of one's own, and stories: asked for at the practice exchange, real or not as it should be."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from connections.models import Connection, Secret
from connections.practice import door, keys, stories
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.connections.practising import work
from tests.practice.rig import Rig

pytestmark = pytest.mark.django_db
GOOD, WITHDRAW = keys.BY_SLUG["good"], keys.BY_SLUG["withdraw"]
USE = reverse("connection_add_practice", args=["kucoin"])


@pytest.fixture
def trader() -> User:
    return make_user()


def credentials(owner: User, case: keys.PracticeKey = GOOD) -> dict[str, str]:
    return keys.credentials_of(owner, exchange="kucoin", market="spot", case=case)


@pytest.mark.services
@pytest.mark.parametrize("case", keys.CASES, ids=lambda one: one.slug)
@pytest.mark.parametrize("exchange", ["mexc", "kucoin", "binance", "coinbase", "okx-eea"])
def test_every_exchange_has_every_case(rig: Rig, trader: User, exchange: str, case: keys.PracticeKey) -> None:
    found = keys.credentials_of(trader, exchange=exchange, market="spot", case=case)

    assert all(found.values())


@pytest.mark.services
def test_each_account_has_keys_and_a_purse_of_its_own(rig: Rig, trader: User) -> None:
    mine, theirs, printed = credentials(trader), credentials(make_user()), rig.tryout("kucoin", "good")

    rows = {row["api_key"]: row["account"] for row in rig.control("GET", "keys?slug=kucoin")["keys"]}

    assert len({rows[key["api_key"]] for key in (mine, theirs, printed)}) == 3
    assert credentials(trader) == mine


@pytest.mark.services
def test_one_click_adds_the_good_key_and_shows_it_nowhere(
    rig: Rig, trader: User, client: Client, published: list[tuple[object, ...]]
) -> None:
    answer = sign_in(client, trader).post(USE, {"case": "good"})

    connection = Connection.objects.get(owner=trader)
    assert answer.headers["Location"] == reverse("connection_detail", args=[connection.public_id])
    assert (connection.name, connection.venue, connection.market) == ("KuCoin practice", "practice", "spot")
    work(connection)
    connection.refresh_from_db()
    assert connection.status == "online"
    pages = answer.text + client.get(answer.headers["Location"]).text + client.get(reverse("connections")).text
    told = pages + repr(list(AuditEvent.objects.values())) + repr(dict(client.session.items())) + repr(answer.headers)
    assert [value for value in credentials(trader).values() if value in told] == []


@pytest.mark.services
def test_the_key_that_can_withdraw_is_refused_and_the_page_leads_to_the_good_one(
    rig: Rig, trader: User, client: Client, published: list[tuple[object, ...]]
) -> None:
    answer = sign_in(client, trader).post(USE, {"case": "withdraw"})
    connection = Connection.objects.get(owner=trader)
    work(connection)

    page = client.get(answer.headers["Location"]).text

    assert "Refused: this key can withdraw" in page
    assert "Use the good practice key" in page
    assert not Secret.objects.filter(connection=connection).exists()


@pytest.mark.services
def test_a_second_click_leads_to_the_connection_that_is_there(
    rig: Rig, trader: User, client: Client, published: list[tuple[object, ...]]
) -> None:
    first = sign_in(client, trader).post(USE, {"case": "good"})

    again = client.post(USE, {"case": "good"})

    assert again.headers["Location"] == first.headers["Location"]
    assert Connection.objects.count() == 1


@pytest.mark.services
def test_a_name_that_is_taken_gets_a_number(rig: Rig, trader: User, published: list[tuple[object, ...]]) -> None:
    make_connection(owner=trader, name="KuCoin practice")

    made = keys.add_connection(trader, exchange="kucoin", market="spot", case=GOOD, by=PRODUCT)

    assert made.name == "KuCoin practice 2"


@pytest.mark.parametrize("data", [{"case": "nonsense"}, {"market": "margin"}], ids=["case", "market"])
def test_what_there_is_not_is_not_found(trader: User, client: Client, data: dict[str, str]) -> None:
    assert sign_in(client, trader).post(USE, {"case": "good"} | data).status_code == 404


def test_without_a_practice_exchange_there_is_no_such_page(trader: User, client: Client, settings: Settings) -> None:
    settings.PRACTICE_URL = ""

    assert sign_in(client, trader).post(USE, {"case": "good"}).status_code == 404


def test_elsewhere_than_on_this_machine_it_needs_a_token(settings: Settings) -> None:
    settings.PRACTICE_URL, settings.EMBEDDED, settings.PRACTICE_TOKEN = "http://practice:8100", False, ""

    assert not door.is_offered()
    settings.PRACTICE_TOKEN = "its token"
    assert door.is_offered()


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """Stand for a practice exchange that answers so; yields its address and the tokens that came."""
    tokens: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            tokens.append(self.headers.get("X-Control-Token", ""))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (403, b'{"error": "only from this machine"}', "PRACTICE_TOKEN"),
        (500, b"broken", "refused this"),
        (200, b"<html>", "does not answer"),
        (200, b'{"keys": {}}', "no such key"),
        (200, b"[]", "no such key"),
    ],
)
def test_what_it_answers_wrongly_is_told_and_adds_nothing(
    trader: User, client: Client, settings: Settings, status: int, body: bytes, told: str
) -> None:
    settings.PRACTICE_TOKEN = "its token"
    with answering(status, body) as (address, tokens):
        settings.PRACTICE_URL = address
        page = sign_in(client, trader).post(USE, {"case": "good"}, follow=True).text

    assert told in page
    assert tokens == ["its token"]
    assert not Connection.objects.exists()


def test_one_that_is_away_is_told(trader: User, client: Client, settings: Settings) -> None:
    settings.PRACTICE_URL = "http://127.0.0.1:9"

    page = sign_in(client, trader).post(USE, {"case": "good"}, follow=True).text

    assert "The practice exchange does not answer." in page


@pytest.mark.services
def test_a_story_is_told_once_at_a_time(rig: Rig) -> None:
    story = stories.BY_SLUG["dip_and_rise"]
    rig.control("DELETE", "price")

    stories.tell_story("SOL/USDT", story, minutes=5, by=PRODUCT, about="bot:one")

    with pytest.raises(door.PracticeError, match=r"SOL/USDT already\. It ends in (300|299|298) seconds"):
        stories.tell_story("SOL/USDT", story, minutes=1, by=PRODUCT, about="bot:two")
    stories.tell_story("ADA/USDT", story, minutes=1, by=PRODUCT, about="bot:two")
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "target", "outcome")) == [
        ("practice.story", "bot:one", "dip_and_rise"),
        ("practice.story", "bot:two", "dip_and_rise"),
    ]
    rig.control("DELETE", "price")


@pytest.mark.services
def test_the_practice_exchange_knows_every_story(rig: Rig) -> None:
    assert set(stories.BY_SLUG) <= set(rig.control("GET", "story")["stories"])
