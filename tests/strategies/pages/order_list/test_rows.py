"""All orders of a trader: whose they are, which are asked for, what waits for what, and the file of them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.choices import LIVE_STATES, MOST_LOST, OrderState
from strategies.models import Bot, Order
from strategies.pages.exports import ALL_FILLS
from strategies.pages.order_list.rows import OrderRow, wait_of
from strategies.words.waits import WAITS
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_fill, make_group, make_order

pytestmark = pytest.mark.django_db
URL = reverse("orders")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(connection=make_connection(owner=trader, name="Attic"), name="Owl")


def rows(client: Client, **asked: str) -> list[OrderRow]:
    found: list[OrderRow] = client.get(URL, {"state": ""} | asked).context["page"].rows
    return found


def ids(client: Client, **asked: str) -> list[int]:
    return [one.shown.order.pk for one in rows(client, **asked)]


def order(bot: Bot, **fields: Any) -> Order:
    pair = fields.pop("pair", "BTC/USDT")
    return make_order(group=make_group(bot=bot, pair=pair, mode="closed"), **fields)


def test_mine_are_there_of_every_bot_and_connection_and_nobody_elses(signed_in: Client, trader: User, bot: Bot) -> None:
    mine = [order(bot), order(make_bot(owner=trader))]
    foreign = order(make_bot(name="Foreign"))

    page = signed_in.get(URL).text

    assert {one.client_id in page for one in mine} == {True}
    assert foreign.client_id not in page
    assert "Foreign" not in page


def test_a_strangers_bot_is_nothing_to_filter_by_and_its_orders_are_in_no_file(signed_in: Client, bot: Bot) -> None:
    mine, foreign = order(bot), order(make_bot())

    asked = {"bot": str(foreign.bot.public_id), "connection": str(foreign.connection.public_id)}
    page = signed_in.get(URL, asked)
    file = b"".join(signed_in.get(reverse("orders_csv"), asked).streaming_content).decode()  # type: ignore[attr-defined]

    assert [one.shown.order for one in page.context["page"].rows] == [mine]
    assert (mine.client_id in file, foreign.client_id in file) == (True, False)


def test_strangers_see_none_of_it(client: Client, bot: Bot) -> None:
    made = order(bot)
    assert client.get(URL).status_code == client.get(reverse("orders_csv")).status_code == 302

    other = sign_in(client, make_user())

    assert "No order yet" in other.get(URL).text
    assert made.client_id.encode() not in b"".join(other.get(reverse("orders_csv")).streaming_content)  # type: ignore[attr-defined]


def test_what_is_not_over_comes_first_then_the_newest(signed_in: Client, bot: Bot) -> None:
    waiting, old, new = order(bot, state="unknown"), order(bot), order(bot)

    assert ids(signed_in) == [waiting.pk, new.pk, old.pk]
    assert ids(signed_in, sort="created") == [waiting.pk, old.pk, new.pk]


@pytest.mark.parametrize("state", [*OrderState.values, "live"])
def test_each_state_is_asked_for(signed_in: Client, bot: Bot, state: str) -> None:
    made = {one: order(bot, state=one) for one in OrderState.values}
    wanted = [made[one] for one in (LIVE_STATES if state == "live" else [state])]

    page = signed_in.get(URL, {"state": state}).context["page"]

    assert {one.shown.order for one in page.rows} == set(wanted)
    assert {one.value: one.count for one in page.states} == dict.fromkeys(OrderState.values, 1) | {"": 9, "live": 5}


def test_bots_connections_pairs_and_words_are_asked_for(signed_in: Client, trader: User, bot: Bot) -> None:
    other = make_bot(connection=make_connection(owner=trader, name="Cellar"), name="Fox")
    mine, theirs = order(bot), order(other, pair="ETH/USDT", exchange_id="abc-77")

    assert ids(signed_in, bot=str(bot.public_id)) == [mine.pk]
    assert ids(signed_in, connection=str(other.connection.public_id)) == [theirs.pk]
    assert ids(signed_in, pair="ETH/USDT") == [theirs.pk]
    assert [ids(signed_in, q=word) for word in ("owl", "cellar", "ETH", mine.client_id, "C-77")] == [
        [mine.pk], [theirs.pk], [theirs.pk], [mine.pk], [theirs.pk],
    ]  # fmt: skip
    assert ids(signed_in, q="fox attic") == []
    assert ids(signed_in, q="fox cellar") == [theirs.pk]
    assert [one.pk for one in Order.objects.order_by("-pk")] == ids(signed_in, pair="no such pair", bot="nonsense")


def test_days_are_those_of_the_trader(signed_in: Client, trader: User, bot: Bot) -> None:
    User.objects.filter(pk=trader.pk).update(time_zone="Europe/Oslo")
    oslo = ZoneInfo("Europe/Oslo")
    late = order(bot, created_at=datetime(2026, 11, 28, 23, 59, 59, tzinfo=oslo))
    early = order(bot, created_at=datetime(2026, 11, 29, 0, 0, 0, tzinfo=oslo))

    assert ids(signed_in, since="2026-11-29") == [early.pk]
    assert ids(signed_in, until="2026-11-28") == [late.pk]
    assert len(ids(signed_in, since="2026-11-28", until="2026-11-29")) == 2
    assert len(ids(signed_in, since="yesterday", until="0001-01-01")) == 2


@pytest.mark.parametrize(
    ("sort", "first"), [("pair", "BTC/USDT"), ("-pair", "ETH/USDT"), ("bot", "ETH/USDT"), ("-bot", "BTC/USDT")]
)
def test_it_is_sorted_by_what_is_asked_for(signed_in: Client, trader: User, bot: Bot, sort: str, first: str) -> None:
    order(bot)
    order(make_bot(owner=trader, name="fox"), pair="ETH/USDT")

    assert rows(signed_in, sort=sort)[0].shown.order.pair == first


@pytest.mark.parametrize(("count", "size"), [(3, "25"), (200, "100")])
def test_it_takes_ten_queries_at_most_whatever_the_number_of_orders(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries, count: int, size: str
) -> None:
    bots = [make_bot(owner=trader) for _ in range(3)]
    for number in range(count):
        make_fill(order=order(bots[number % 3]))
    signed_in.get(URL, {"size": size})

    with django_assert_max_num_queries(10):
        page = signed_in.get(URL, {"size": size})

    assert page.text.count("<tr id=") == min(count, int(size))
    assert f"{count} orders" in page.text


def test_each_row_leads_to_its_group(signed_in: Client, trader: User, bot: Bot) -> None:
    open_group, gone = make_group(bot=bot), make_bot(owner=trader, deleted_at=timezone.now())
    make_order(group=open_group)
    closed, without = order(bot), order(gone)

    page = signed_in.get(URL).text

    detail = reverse("bot_detail", args=[bot.public_id])
    assert f"{detail}?group={open_group.public_id}#g-{open_group.public_id}" in page
    assert f"{detail}?group={closed.group.public_id}#chart-card" in page
    assert without.client_id in page
    assert reverse("bot_detail", args=[gone.public_id]) not in page
    assert signed_in.get(detail, {"group": str(closed.group.public_id)}).status_code == 200


SENT, ANSWERED = NOW - timedelta(minutes=5), NOW - timedelta(minutes=4)
TIMES = {"created_at": NOW - timedelta(minutes=6), "sent_at": SENT, "answered_at": ANSWERED}
WAITING: list[tuple[dict[str, Any], str, datetime]] = [
    ({"state": "intended"}, "intended", TIMES["created_at"]),
    ({"state": "sent"}, "sent", SENT),
    ({"state": "unknown"}, "unknown", SENT),
    ({"state": "unknown", "sent_at": None}, "unknown", TIMES["created_at"]),
    ({"state": "open", "is_immediate": False}, "open", ANSWERED),
    ({"state": "open", "answered_at": None}, "open_now", SENT),
    ({"state": "open", "cancel_asked_at": NOW}, "canceling", NOW),
    ({"state": "open", "cancel_asked_at": SENT, "end_told_at": NOW}, "end_told", NOW),
    ({"state": "absent"}, "absent", SENT),
    ({"state": "unknown", "lost_looks": MOST_LOST, "look_at": NOW}, "parked", SENT),
    ({"state": "dropped", "look_at": NOW, "ended_at": ANSWERED}, "late", ANSWERED),
]


@pytest.mark.parametrize(("fields", "code", "since"), WAITING)
def test_it_says_what_an_order_waits_for_and_since_when(
    bot: Bot, fields: dict[str, Any], code: str, since: datetime
) -> None:
    wait = wait_of(order(bot, **TIMES | fields))

    assert wait is not None
    assert (wait.code, wait.since, wait.text) == (code, since, WAITS[code])


def test_every_wait_is_known_here() -> None:
    assert {code for _, code, _ in WAITING} == set(WAITS)


@pytest.mark.parametrize("state", ["filled", "canceled", "refused", "dropped"])
def test_what_is_over_waits_for_nothing(bot: Bot, state: str) -> None:
    assert wait_of(order(bot, state=state)) is None


def test_the_page_tells_what_waits_and_why_another_was_refused(signed_in: Client, bot: Bot) -> None:
    order(bot, state="unknown", sent_at=timezone.now() - timedelta(minutes=3))
    order(bot, state="refused", refusal="order.refused_funds")

    page = signed_in.get(URL).text

    assert "Its answer was lost." in page
    assert "3 minutes ago" in page
    assert "The account did not have enough free money." in page


def test_the_file_has_what_fits_with_bot_and_connection(signed_in: Client, bot: Bot, trader: User) -> None:
    filled = order(bot)
    make_fill(order=filled)
    make_fill(order=filled)
    order(make_bot(owner=trader), pair="ETH/USDT")

    answer = signed_in.get(reverse("orders_csv"), {"pair": "BTC/USDT"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    found = list(csv.DictReader(io.StringIO(text)))

    assert answer["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert list(found[0]) == list(ALL_FILLS)
    assert [(one["bot"], one["connection"], one["client_id"]) for one in found] == [
        ("Owl", "Attic", filled.client_id)
    ] * 2
    assert f"{reverse('orders_csv')}?pair=BTC%2FUSDT" in signed_in.get(URL, {"pair": "BTC/USDT"}).text


def test_it_comes_back_to_what_was_asked_for_last(signed_in: Client, bot: Bot) -> None:
    order(bot)
    signed_in.get(URL, {"state": "live", "pair": "BTC/USDT", "page": "1"})

    assert signed_in.get(URL)["Location"] == f"{URL}?state=live&pair=BTC%2FUSDT"


def test_it_looks_again_while_something_is_not_over(signed_in: Client, bot: Bot) -> None:
    made = order(bot)
    calm = signed_in.get(URL).text

    Order.objects.filter(pk=made.pk).update(state="sent")

    assert "every 5000ms" not in calm
    assert "every 5000ms" in signed_in.get(URL).text


def test_without_orders_it_says_so_and_a_filter_that_fits_none_too(signed_in: Client, bot: Bot) -> None:
    assert "No order yet" in signed_in.get(URL).text

    order(bot)

    assert "Nothing fits" in signed_in.get(URL, {"state": "refused"}).text
