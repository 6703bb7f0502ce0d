"""All bots of a connection together, as pages show them, and the cap that a trader sets for them."""

from decimal import Decimal as D

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from connections.models import Connection
from strategies.models import Bot, Funds
from tests.accounts.factories import sign_in
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
LADDER = {"base": "300", "add_on": "100", "step": "0.02", "step_scale": "1", "volume_scale": "1", "add_ons": 2}


@pytest.fixture
def two(trader: User) -> tuple[Bot, Bot]:
    """Return two bots of one connection: one holds 0.01 BTC for 300 and reserves 200 more, the other took 300 of ETH.

    The account has 500 free of 800, and so an equity of 1400.
    """
    home = make_connection(owner=trader)
    first = make_bot(connection=home, name="Careful", state="enabled")
    second = make_bot(connection=home, name="Bold", pairs_json=["ETH/USDT"], add_on_behaviour="first_come")
    rows.make_group(bot=first, ladder_json=LADDER)
    rows.make_group(bot=second, pair="ETH/USDT", ladder_json=LADDER)
    rows.make_funds(bot=first)
    return first, second


def url_of(bot: Bot) -> str:
    return reverse("connection_loss_cap", args=[bot.connection.public_id])


def percent() -> int:
    return Funds.objects.get().loss_cap


def test_each_bot_shows_what_all_may_lose(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    """300 lose 75 each when they fall by a quarter; the rungs at 98 % and 96 % lose 23.47 and 21.88 of 100."""
    for bot in two:
        page = signed_in.get(reverse("bot_detail", args=[bot.public_id])).text

        assert "195.34 USDT" in page
        assert "of at most 280.00, 20 % of 1,400.00" in page
        assert "200.00 USDT" in page
        assert "500.00 are free" in page
        assert "not free any more" not in page
        assert url_of(bot) in page


def test_what_is_missing_of_what_is_set_aside_is_told(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    Funds.objects.update(missing_json={"USDT": "180.5"})

    page = signed_in.get(reverse("bot_detail", args=[two[0].public_id])).text

    assert "180.50 USDT of what is set aside for add-ons is not free any more" in page


def test_a_balance_that_was_not_read_yet_is_told(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    Funds.objects.all().delete()

    page = signed_in.get(reverse("bot_detail", args=[two[0].public_id])).text

    assert "of at most 20 % of the equity, which is not known at this moment" in page


def test_a_trader_changes_the_cap(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    page = signed_in.get(url_of(two[0])).text
    assert all(name in page for name in ("Careful", "Bold", 'value="20"'))

    answer = signed_in.post(url_of(two[0]), {"percent": "35"}, follow=True)

    assert percent() == 35
    assert "together may lose 35 % of its equity" in answer.text
    assert "of at most 490.00" in answer.text
    assert AuditEvent.objects.filter(action="connection.loss_cap").count() == 1


@pytest.mark.parametrize("typed", ["", "0", "101", "-5", "2.5", "all"])
def test_a_cap_that_is_none_is_refused(signed_in: Client, two: tuple[Bot, Bot], typed: str) -> None:
    answer = signed_in.post(url_of(two[0]), {"percent": typed})

    assert answer.status_code == 200
    assert 'id="id_percent_error"' in answer.text
    assert percent() == 20


def test_letting_bots_lose_more_asks_for_a_fresh_sign_in_less_does_not(client: Client, two: tuple[Bot, Bot]) -> None:
    Connection.objects.update(venue="live")
    sign_in(client, two[0].connection.owner, age=10_000)

    refused = client.post(url_of(two[0]), {"percent": "21"})
    assert refused["Location"].startswith(reverse("account_reauthenticate"))
    assert percent() == 20

    client.post(url_of(two[0]), {"percent": "10"})
    assert percent() == 10


def test_a_cap_can_be_set_before_the_first_bot(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    url = reverse("connection_loss_cap", args=[home.public_id])
    assert url in signed_in.get(reverse("connection_detail", args=[home.public_id])).text
    assert "No bot trades on this connection yet" in signed_in.get(url).text

    signed_in.post(url, {"percent": "15"})

    assert Funds.objects.get(connection=home).loss_cap == 15


def test_other_peoples_connections_look_like_none(signed_in: Client) -> None:
    bot = make_bot(margin_limit=D(500))

    for answer in (signed_in.get(url_of(bot)), signed_in.post(url_of(bot), {"percent": "99"})):
        assert answer.status_code == 404
    assert not Funds.objects.exists()


def test_the_cap_asks_for_sign_in(client: Client) -> None:
    assert client.get(url_of(make_bot()))["Location"].startswith(reverse("account_login"))


def test_the_page_of_the_cap_lies_among_connections_and_looks_as_a_bots_page(
    signed_in: Client, two: tuple[Bot, Bot]
) -> None:
    page = signed_in.get(url_of(two[0]))

    assert [place.label for place in page.context["places"] if place.is_current] == ["Connections"]
    assert "css/bot" in page.text
