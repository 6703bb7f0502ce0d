"""The pairs that are found while a trader types."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.models import Feed, PairList
from strategies.models.market import ListedPair
from strategies.pages.bot_form.pair_search import matches
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_instrument

LISTED = [
    ListedPair(pair, Decimal(1), Decimal(0))
    for pair in ("BTC/USDT", "BTC/USDC", "ETH/BTC", "ETH/USDT", "WBTC/USDT", "BTC/EUR", "BTCUP/USDT")
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["btc"], ["BTC/USDT", "BTC/USDC", "BTC/EUR", "BTCUP/USDT", "WBTC/USDT", "ETH/BTC"]),
        (["btc-usdt"], ["BTC/USDT", "WBTC/USDT"]),
        (["ETH/USDT", "btc"], ["BTC/USDT", "BTCUP/USDT", "WBTC/USDT"]),
        (["btcusdt", "btc"], ["BTCUP/USDT", "WBTC/USDT"]),
        (["doge"], []),
    ],
)
def test_the_likeliest_come_first_and_all_in_one_money(typed: list[str], found: list[str]) -> None:
    assert [one.pair for one in matches(LISTED, typed)] == found


def listed(home: Connection) -> None:
    rows = [["BTC/USDT", "1", "0", "1234567.8"], ["ETH/USDT", "0", "0.01", ""], ["XRP/USDT", "1", "0"]]
    PairList.objects.create(exchange=home.exchange, venue=home.venue, rows_json=rows, read_at=timezone.now())


@pytest.mark.django_db
def test_a_pair_comes_with_its_smallest_order_price_and_spread(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    listed(home)
    make_instrument(connection=home, bid=Decimal("94.05"), ask=Decimal(95))

    page = signed_in.post(reverse("bot_pairs"), {"connection": str(home.public_id), "pairs": "btc"}).text
    other = signed_in.post(reverse("bot_pairs"), {"connection": str(home.public_id), "pairs": "BTC/USDT, e"}).text

    assert 'data-pair="BTC/USDT"' in page
    assert [text for text in ("95", "from 1.00 USDT", "spread 1.00", "24 h 1.23M USDT") if text not in page] == []
    assert "from 0.01 ETH" in other
    assert "spread unknown" in other
    assert "24 h unknown" in other


@pytest.mark.django_db
def test_an_exchange_that_nobody_looked_at_is_asked_for_its_list(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    page = signed_in.post(reverse("bot_pairs"), {"connection": str(home.public_id), "pairs": "btc"}).text

    assert "It is here in a moment" in page
    assert Feed.objects.get().exchange == home.exchange


@pytest.mark.django_db
@pytest.mark.parametrize("connection", ["", "nonsense", "other"])
def test_without_a_connection_of_mine_nothing_is_found(signed_in: Client, connection: str) -> None:
    foreign = make_connection(owner=make_user())
    listed(foreign)

    page = signed_in.post(
        reverse("bot_pairs"),
        {"connection": str(foreign.public_id) if connection == "other" else connection, "pairs": "btc"},
    ).text

    assert "Choose a connection" in page
    assert "BTC/USDT" not in page
