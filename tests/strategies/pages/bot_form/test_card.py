"""The card beside the form: figures, facts, what is missing, who may see it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection
from strategies.models import Bot, Feed, Funds, Instrument
from strategies.pages.bot_form.card import Card
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument
from tests.strategies.factories import typed as typed_form

pytestmark = pytest.mark.django_db
URL = "/bots/worst-case/"


def typed(home: Connection, **changes: str) -> dict[str, str]:
    return typed_form(home, **({"add_on_behaviour": "reserve"} | changes))


def card_of(client: Client, posted: dict[str, Any]) -> Card:
    response = client.post(URL, posted, headers={"HX-Request": "true"})
    assert response.status_code == 200
    card: Card = response.context["card"]
    return card


def test_it_shows_every_order_of_the_ladder(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")

    card = card_of(signed_in, typed(home, risk_level="low", margin_limit="1000", base_order="20"))

    assert [(row.label, row.deviation, row.price, row.order, row.total) for row in card.rows] == [
        ("Entry", "", "100.00", "20.00", "20.00"),
        ("Add-on 1", "−2.50\u00a0%", "97.50", "20.00", "40.00"),
        ("Add-on 2", "−5.75\u00a0%", "94.25", "20.00", "60.00"),
        ("Add-on 3", "−9.98\u00a0%", "90.02", "20.00", "80.00"),
    ]
    assert card.headline == "“20.00 USDT orders” really means 80.00 USDT at work in each group."
    assert [(one.fall, one.loss, one.share) for one in card.falls] == [
        ("−10\u00a0%", "4.60", "0.46\u00a0%"),
        ("−25\u00a0%", "17.18", "1.72\u00a0%"),
        ("−50\u00a0%", "38.15", "3.81\u00a0%"),
    ]
    assert (card.every, card.is_refused) == (0, False)


@pytest.mark.parametrize(
    ("changes", "size", "why"),
    [
        ({"margin_limit": "10000"}, "First order: 23.47 USDT", "Set by the risk level: when the price moves 25\u00a0%"),
        ({"margin_limit": "100"}, "First order: 6.25 USDT", "Set by the margin limit: 2 groups"),
        (
            {"margin_limit": "100", "pairs": "BTC/USDT"},
            "First order: 12.50 USDT",
            "Set by the margin limit: one group with all its add-ons stays within 50\u00a0% of it.",
        ),
        (
            {"margin_limit": "10000", "accepted_loss": "4"},
            "First order: 46.95 USDT",
            "the whole ladder loses 40.00 USDT, 4\u00a0% of the equity",
        ),
        (
            {"margin_limit": "100", "add_on_behaviour": "first_come"},
            "First order: 17.50 USDT",
            "one whole ladder stays within 70\u00a0% of it",
        ),
        (
            {"margin_limit": "10000", "base_order": "20"},
            "First order: 20.00 USDT",
            "The risk level and the margin limit allow up to 23.47 USDT.",
        ),
        (
            {"margin_limit": "10000", "base_order": "30"},
            "No group can open: the first order is larger than the risk level allows, which is 23.47 USDT.",
            "allow up to 23.47 USDT",
        ),
        (
            {"margin_limit": "100", "base_order": "30"},
            "No group can open: the first order is larger than the margin limit allows, which is 6.25 USDT.",
            "allow up to 6.25 USDT",
        ),
    ],
)
def test_it_says_how_large_the_first_order_is_and_what_decides_it(
    signed_in: Client, trader: User, changes: dict[str, str], size: str, why: str
) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")

    card = card_of(signed_in, typed(home, risk_level="low", **changes))

    assert card.size == size
    assert why in card.why
    assert card.is_refused is size.startswith("No group")


def test_a_size_that_the_exchange_refuses_marks_the_orders_and_says_what_would_help(
    signed_in: Client, trader: User
) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="100")
    make_instrument(price="100", min_cost=Decimal(5))

    response = signed_in.post(URL, typed(home, risk_level="low", margin_limit="1000"))

    card = response.context["card"]
    assert card.size == "No group can open: the first order must be at least 5.25 USDT for every order to be taken."
    assert all(row.is_too_small for row in card.rows)
    assert "too small" in response.text
    assert "The exchange takes orders from 5.00 USDT" in response.text
    assert len(card.helps) == 2
    assert card.helps[0].endswith("USDT in the account would be enough.")


def test_an_empty_account_says_so(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, BTC="1")
    make_instrument()

    card = card_of(signed_in, typed(home))

    assert card.size == "No group can open: there is no USDT in this account."


def test_a_balance_that_was_not_read_counts_as_the_margin_limit(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_instrument()

    card = card_of(signed_in, typed(home))

    assert "The balance is not read yet: reckoned as if the account held the margin limit." in card.notes
    assert not card.is_refused


def test_the_equity_counts_what_groups_have_at_work(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="100")
    bot = make_bot(connection=home, name="Other")
    make_group(bot=bot, quantity=Decimal("0.02"), cost=Decimal(1800), sold=Decimal("0.01"))
    make_group(bot=bot, pair="ETH/BTC", cost=Decimal(7))

    assert card_of(signed_in, typed(home)).equity == "1,000.00 USDT"


def test_without_a_price_it_reckons_in_percents_and_looks_again(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(URL, typed(home), headers={"HX-Request": "true"})

    assert response.context["card"].rows[0].price == "100.00"
    assert "The price is being looked up" in response.text
    assert "every 2000ms, input changed" in response.text
    wanted = Instrument.objects.get()
    assert (wanted.exchange, wanted.venue, wanted.pair) == ("kucoin", "practice", "BTC/USDT")
    assert wanted.wanted_until is not None
    assert wanted.wanted_until > timezone.now()
    assert Feed.objects.count() == 1


def test_an_old_price_is_looked_up_again(signed_in: Client, trader: User) -> None:
    make_instrument(price="100", priced_at=timezone.now() - timedelta(minutes=5))

    assert card_of(signed_in, typed(make_connection(owner=trader))).every == 2000


def test_it_stops_looking_for_a_price_that_does_not_come(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    card = card_of(signed_in, typed(home) | {"looks": "30"})

    assert card.every == 0
    assert any("No price was found" in note for note in card.notes)


@pytest.mark.parametrize("looks", ["", "-1", "²", "9999", "x"])
def test_a_number_of_looks_that_is_none_counts_as_the_first(signed_in: Client, trader: User, looks: str) -> None:
    assert card_of(signed_in, typed(make_connection(owner=trader)) | {"looks": looks}).looks == 1


def test_a_pair_that_is_not_traded_is_told(signed_in: Client, trader: User) -> None:
    make_instrument(is_tradable=False)

    card = card_of(signed_in, typed(make_connection(owner=trader)))

    assert "KuCoin does not trade BTC/USDT at the moment." in card.notes


def test_each_pair_can_be_looked_at(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_instrument(pair="ETH/USDT", price="3000")

    first = signed_in.post(URL, typed(home))
    second = card_of(signed_in, typed(home) | {"pair": "ETH/USDT"})

    assert 'value="BTC/USDT" checked' in first.text
    assert (second.pair, second.rows[0].price) == ("ETH/USDT", "3,000.00")
    assert card_of(signed_in, typed(home) | {"pair": "DOGE/USDT"}).pair == "BTC/USDT"


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({}, "Name a pair"),
        ({"pairs": "BTC/USDT"}, "Enter the margin limit"),
        ({"pairs": "BTC/USDT", "margin_limit": "1,500"}, "could mean 1.500 or 1500"),
        ({"pairs": "BTC", "margin_limit": "100"}, "is not a pair"),
        ({"pairs": "BTC/USDT", "margin_limit": "100"}, "No connection is chosen yet"),
        ({"pairs": "BTC/USDT", "margin_limit": "100", "risk_level": "reckless"}, "Add-on 3"),
        ({"pairs": "BTC/USDT", "margin_limit": "100", "base_order": "200"}, "within the margin limit"),
        ({"pairs": "BTC/USDT", "margin_limit": "100", "add_ons": "30"}, "Number of add-ons: Add-on 10 would wait"),
        ({"pairs": "BTC/USDT", "margin_limit": "100", "add_ons": "1", "step_scale": "x"}, "Add-on 3"),
        ({"pairs": "BTC/USDT", "margin_limit": "100", "add_ons": "99999999"}, "Add-on 3"),
        ({"pairs": "BTC/USDT", "margin_limit": "1" + "0" * 10, "base_order": "0.00000001"}, "Add-on 3"),
        ({"pairs": "BTC/USDT", "margin_limit": "0.00000001"}, "Add-on 3"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_half_filled_form_gets_a_calm_card(signed_in: Client, posted: dict[str, str], told: str, method: str) -> None:
    response = getattr(signed_in, method)(URL, posted)

    assert response.status_code == 200
    assert told in response.text


def test_without_add_ons_there_is_one_order(signed_in: Client, trader: User) -> None:
    make_instrument()

    card = card_of(signed_in, typed(make_connection(owner=trader), add_on_behaviour="off"))

    assert [row.label for row in card.rows] == ["Entry"]
    assert card.headline.startswith("One order of")


def test_a_short_loses_when_the_price_rises(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, market="futures")
    make_instrument(price="100")

    card = card_of(signed_in, typed(home, direction="short", risk_level="low"))

    assert (card.direction, card.falls[0].fall) == ("rises", "+10\u00a0%")
    assert [row.price for row in card.rows] == ["100.00", "102.50", "105.75", "109.98"]


def test_reading_asks_for_no_price_and_saves_nothing(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.get(URL, typed(home))

    assert "Add-on 5" in response.text
    assert not Instrument.objects.exists()
    assert not Bot.objects.exists()


def test_other_peoples_connections_are_none(signed_in: Client) -> None:
    foreign = make_connection(owner=make_user(), name="Somebody’s treasure")
    make_funds(connection=foreign, USDT="123456")
    make_instrument()

    response = signed_in.post(URL, typed(foreign))

    assert "123456" not in response.text
    assert foreign.name not in response.text
    assert "Connection: Choose one of yours." in response.text
    assert Feed.objects.count() == 0


def test_what_was_typed_cannot_become_part_of_the_page(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(URL, typed(home, pairs="<script>alert(1)</script>", margin_limit="<b>1"))

    assert "<script>alert" not in response.text.lower()
    assert "<b>1" not in response.text


def test_the_new_bots_page_carries_the_card_of_what_is_typed(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    refused = signed_in.post(reverse("bot_add"), typed(home, name=""))

    assert refused.status_code == 422
    assert "Add-on 5" in refused.text


def test_it_takes_a_fixed_number_of_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    bot = make_bot(connection=home, name="Other")
    pairs = [f"C{n}/USDT" for n in range(20)]
    for pair in pairs:
        make_group(bot=bot, pair=pair)
        make_instrument(pair=pair)

    with django_assert_max_num_queries(14):
        card_of(signed_in, typed(home, pairs=", ".join(pairs)))


def test_it_says_what_all_bots_of_the_connection_may_lose_together(signed_in: Client, trader: User) -> None:
    """Of 1,100 a fifth: 220. A group that paid 100 for 0.01 at 10,000 loses 25 of it when that falls by a quarter."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="10000")
    other = make_bot(connection=home, name="Other", add_on_behaviour="first_come")
    ladder = {"base": "100", "add_on": "1", "step": "0.01", "step_scale": "1", "volume_scale": "1", "add_ons": 0}
    prices: dict[str, Any] = {"first_price": Decimal(10000), "quantity": Decimal("0.01"), "cost": Decimal(100)}
    make_group(bot=other, ladder_json=ladder, **prices)

    fits = card_of(signed_in, typed(home, risk_level="low", margin_limit="1000", base_order="20")).notes
    Funds.objects.update(loss_cap=2)
    beyond = card_of(signed_in, typed(home, risk_level="low", margin_limit="1000", base_order="20")).notes

    all_bots, share = "All bots of this connection together may lose 220.00 USDT", "20\N{NO-BREAK SPACE}% of the equity"
    assert f"{all_bots}, {share}, and could lose 25.00 USDT by now." in fits
    assert any("may lose 22.00 USDT" in note and "no group with its whole ladder fits in" in note for note in beyond)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "lets 2 of this bot’s 5 groups open: a lower accepted loss"),
        ({"add_on_behaviour": "first_come"}, "lets 2 of this bot’s 5 groups be bought as a whole: a lower"),
        ({"max_groups": "2"}, ""),
        # A tenth of what the level allows each group.
        ({"accepted_loss": "0.7"}, ""),
    ],
)
def test_it_says_how_many_groups_the_cap_of_the_connection_lets_open(
    signed_in: Client, trader: User, changes: dict[str, str], told: str
) -> None:
    """Each group of a High bot loses 7 % of the equity at its stress price, and all may lose 20 % of it."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    pairs = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT")
    for pair in pairs:
        make_instrument(pair=pair, price="100")
    many = {"pairs": ", ".join(pairs), "risk_level": "high", "margin_limit": "9000"}

    cautions = card_of(signed_in, typed(home, **many, **changes)).cautions

    capped = [text for text in cautions if "loss cap of 20\u00a0%" in text]
    assert len(capped) == bool(told)
    assert all(told in text for text in capped)


def test_what_is_open_takes_of_the_cap(signed_in: Client, trader: User) -> None:
    """An open group of 100 may lose 80 of them, so that 120 are left of 20 % of 1,000: one ladder of 70."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="900")
    for pair in ("BTC/USDT", "ETH/USDT"):
        make_instrument(pair=pair, price="100")
    ladder = {"base": "1", "add_on": "1", "step": "0.5334", "step_scale": "1", "volume_scale": "1", "add_ons": 1}
    other = make_bot(connection=home, name="Other", add_on_behaviour="first_come")
    make_group(bot=other, ladder_json=ladder)

    many = {"pairs": "BTC/USDT, ETH/USDT", "risk_level": "high", "margin_limit": "9000"}
    cautions = card_of(signed_in, typed(home, **many)).cautions

    assert any("lets 1 of this bot’s 2 groups open beside what is open" in text for text in cautions)


def test_it_follows_a_ladder_of_ones_own(signed_in: Client, trader: User) -> None:
    """Entry 10, add-ons 20, 40 and 80; 2, 2 + 3 and 2 + 3 + 4.5 percent below it."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="10000")
    make_instrument(price="100")
    own = {"first_add_on": "20", "add_ons": "3", "first_step": "2", "step_scale": "1.5", "volume_scale": "2"}

    card = card_of(signed_in, typed(home, margin_limit="10000", base_order="10", **own))

    assert [(row.deviation, row.price, row.order, row.total) for row in card.rows] == [
        ("", "100.00", "10.00", "10.00"),
        ("−2.00\u00a0%", "98.00", "20.00", "30.00"),
        ("−5.00\u00a0%", "95.00", "40.00", "70.00"),
        ("−9.50\u00a0%", "90.50", "80.00", "150.00"),
    ]


def test_it_shows_the_group_the_bot_and_the_account(signed_in: Client, trader: User) -> None:
    """Two groups of 80 of one bot, and one of 40 of another: 160 and 200 at work."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")
    make_instrument(pair="ETH/USDT", price="100")
    beside: dict[str, Any] = {"connection": home, "base_order": Decimal(10), "margin_limit": Decimal(1000)}
    make_bot(name="Beside", state="enabled", **beside)
    make_bot(name="Off", **beside)
    make_bot(name="Other money", state="enabled", **(beside | {"pairs_json": ["ETH/BTC"]}))
    make_bot(name="Elsewhere", state="enabled", **(beside | {"connection": make_connection(owner=trader)}))

    card = card_of(signed_in, typed(home, risk_level="low", margin_limit="1000", base_order="20"))

    assert card.scopes == ("All 2 groups", "All 2 bots here")
    assert card.work is not None
    assert (card.work.loss, card.work.share) == ("80.00", "8.00\u00a0%")
    assert [(one.money, one.share) for one in card.work.more] == [
        ("160.00", "16.00\u00a0%"),
        ("200.00", "20.00\u00a0%"),
    ]
    quarter = card.falls[1]
    assert quarter.loss == "17.18"
    # Twice 17.18, and half of 17.18 beside it.
    assert [one.money for one in quarter.more] == ["34.36", "42.95"]


def test_a_bot_that_is_edited_is_not_counted_beside_itself(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")
    bot = make_bot(connection=home, state="enabled", base_order=Decimal(10))

    page = signed_in.get(reverse("bot_edit", args=[bot.public_id]))
    card = card_of(signed_in, typed(home, pairs="BTC/USDT") | {"bot": str(bot.public_id)})

    assert f'<input type="hidden" name="bot" value="{bot.public_id}">' in page.text
    assert page.context["card"].scopes == card.scopes == ()


def test_bots_of_other_people_are_not_counted(signed_in: Client, trader: User) -> None:
    foreign = make_connection(owner=make_user())
    make_bot(connection=foreign, state="enabled")

    assert card_of(signed_in, typed(foreign, pairs="BTC/USDT")).scopes == ()


@pytest.mark.parametrize(
    ("changes", "caution"),
    [
        ({"margin_limit": "1000000"}, "The margin limit is 1,000,000.00 USDT, the account holds 1,000.00 USDT"),
        ({"stop_loss": "1"}, "The stop loss comes before add-on 1: it sells at 99.00, and nothing is added."),
        ({"floor": "6"}, "Add-on 3 and what follows lie beyond the floor"),
        ({"stop_loss": "20"}, ""),
        ({"floor": "10"}, ""),
        (
            {"accepted_loss": "100", "margin_limit": "10000", "base_order": "130"},
            "All 2 groups would take 1,040.00 USDT with every order, the account holds 1,000.00 USDT",
        ),
    ],
)
def test_what_a_trader_would_not_expect_is_told(
    signed_in: Client, trader: User, changes: dict[str, str], caution: str
) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")

    card = card_of(signed_in, typed(home, **({"risk_level": "low", "margin_limit": "1000"} | changes)))

    assert caution in " ".join(card.cautions)
    assert bool(card.cautions) is bool(caution)


def test_the_loss_ends_at_the_stop_loss(signed_in: Client, trader: User) -> None:
    """1 % below an entry of 100, and 0.1 % of fees each way: 1 + 0.1 + 0.099 of each 100."""
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="1000")
    make_instrument(price="100")

    card = card_of(signed_in, typed(home, risk_level="low", base_order="20", stop_loss="1", pairs="BTC/USDT"))

    assert {one.loss for one in card.falls} == {"0.2398"}
    assert "With the stop loss a group is sold at 99.00, and loses 0.2398 USDT" in card.notes[0]
