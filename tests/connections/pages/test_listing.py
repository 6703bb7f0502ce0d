import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from connections.models import CheckRun, Connection, RunState
from connections.pages.listing import MANY
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
URL = "/connections/"
FINDING = {
    "code": "ip.not_allowed",
    "level": "blocker",
    "text": "Our address was refused.",
    "hint": "Add it to the list.",
}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*1234567}}{% now 'Y' %}",
    "' hx-get='/x' x='",
)


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def trader(client, user):
    return sign_in(client, user)


def text_of(response) -> str:
    return str(response.content.decode())


def test_it_asks_for_login(client):
    assert client.get(URL).url == f"{reverse('account_login')}?next={URL}"


def test_it_shows_each_connection_with_its_status(trader, user):
    make_run(connection=make_connection(owner=user, name="Main"))
    make_connection(owner=user, name="Fresh", status="untested")

    html = text_of(trader.get(URL))

    assert "Main" in html
    assert "Fresh" in html
    assert re.search(r'class="badge ok".*?Online', html)
    assert re.search(r'class="badge".*?Untested', html)


def test_it_counts_as_the_overview_does_what_waits_for_the_trader_and_what_only_waits(trader, user):
    make_connection(owner=user, status="error", trouble="reach.unavailable")
    make_connection(owner=user, status="error")
    make_connection(owner=user, status="untested")
    make_connection(owner=user, trouble="reach.unavailable")

    counts = trader.get(URL).context["listing"].counts

    assert (counts["action"], counts["trouble"]) == (2, 2)
    assert trader.get("/").context["overview"].actions == counts["action"]


def test_a_dot_has_a_colour_only_beside_something(trader, user):
    make_connection(owner=user)

    html = text_of(trader.get(URL))

    assert re.findall(r'class="dot( \w+)?"', html) == [" ok", "", "", ""]


def test_it_hides_other_peoples_rows(trader):
    make_connection(owner=make_user(), name="Somebody else’s")

    html = text_of(trader.get(URL))

    assert "Somebody else’s" not in html
    assert "Connect your first exchange account" in html


def test_htmx_gets_the_fragment_only(trader, user):
    make_connection(owner=user, name="Main")

    html = text_of(trader.get(URL, headers={"HX-Request": "true"}))

    assert html.strip().startswith('<div class="stack" id="results"')
    assert "<html" not in html
    assert "Main" in html


def test_a_failing_one_comes_first_with_its_cause_and_one_next_step(trader, user):
    make_run(connection=make_connection(owner=user, name="Aaa"))
    failing = make_connection(owner=user, name="Zzz", status="error")
    make_run(connection=failing, verdict="error", findings_json=[FINDING], evidence_json={"our_ips": ["203.0.113.24"]})

    html = text_of(trader.get(URL))

    assert html.index("Zzz") < html.index("Aaa")
    assert "Our address was refused." in html
    assert "Add it to the list." in html
    assert 'data-copy="203.0.113.24"' in html


def test_trouble_stands_beside_online(trader, user):
    make_run(connection=make_connection(owner=user, trouble="reach.unavailable"))

    html = text_of(trader.get(URL))

    assert "Temporary issue" in html
    assert "Online" in html


def test_it_looks_again_only_while_a_check_is_under_way(trader, user):
    connection = make_connection(owner=user)
    still = text_of(trader.get(URL))
    make_run(connection=connection, state=RunState.RUNNING)

    testing = text_of(trader.get(URL))

    assert "every" not in re.findall(r'hx-trigger="([^"]*)"', still)[0]
    assert "every 250ms" in testing
    assert "Testing" in testing


@pytest.mark.parametrize(("status", "shown", "hidden"), [("online", "Good", "Bad"), ("error", "Bad", "Good")])
def test_it_filters_by_status(trader, user, status, shown, hidden):
    make_run(connection=make_connection(owner=user, name="Good"))
    make_run(connection=make_connection(owner=user, name="Bad", status="error"), verdict="error")

    html = text_of(trader.get(URL, {"state": status}))

    assert shown in html
    assert hidden not in html


def test_it_finds_by_name_and_exchange(trader, user):
    make_connection(owner=user, name="Alpha", exchange="mexc")
    make_connection(owner=user, name="Beta", exchange="kucoin")

    assert "Beta" not in text_of(trader.get(URL, {"q": "mexc alp"}))
    assert "Nothing fits" in text_of(trader.get(URL, {"q": "gamma"}))


@pytest.mark.parametrize(
    "query",
    [
        "?page=99999999999999999999",
        "?page=x",
        "?state=<x>&exchange=<x>&venue=x&market=x&view=x&sort=x&size=x",
        "?q=%00%ff",
        "?page=-1",
    ],
)
def test_nonsense_in_the_address_shows_a_page(trader, user, query):
    make_connection(owner=user)

    assert trader.get(URL + query).status_code == 200


def test_two_hundred_connections_need_at_most_nine_queries(trader, user, django_assert_max_num_queries):
    for number in range(200):
        make_run(connection=make_connection(owner=user, name=f"Account {number:03d}"))

    with django_assert_max_num_queries(9):
        response = trader.get(URL)

    assert response.context["listing"].total == 200
    assert "page 1 of 8" in text_of(response)


@pytest.mark.parametrize("name", HOSTILE)
def test_script_in_a_name_stays_text(trader, user, name):
    connection = make_connection(owner=user, name=name)
    make_run(connection=connection, verdict="error", findings_json=[FINDING | {"text": name, "hint": name}])

    for url in (URL, reverse("connection_detail", args=[connection.public_id])):
        html = text_of(trader.get(url))
        assert escape(name) in html
        assert not set("<>\"'") & set(name) or name not in html
        assert "8641969" not in html


def test_no_page_may_be_kept_by_anybody(trader):
    assert "no-store" in trader.get(URL)["Cache-Control"]


def test_an_expired_session_leads_htmx_to_the_sign_in_page():
    response = Client().get(URL, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"].startswith(reverse("account_login"))


def names(client, **asked) -> list[str]:
    return [one.name for one in client.get(URL, {"state": ""} | asked).context["listing"].page.object_list]


def test_a_few_are_cards_and_many_a_table_unless_the_trader_says_otherwise(trader, user):
    for number in range(MANY):
        make_run(connection=make_connection(owner=user, name=f"Account {number:02d}"))
    few = text_of(trader.get(URL))
    make_connection(owner=user)

    many = text_of(trader.get(URL))

    assert ("<article" in few, "<table>" in few) == (True, False)
    assert ("<article" in many, "<table>" in many) == (False, True)
    assert "<article" in text_of(trader.get(URL, {"view": "cards"}))
    assert "<table>" in text_of(trader.get(URL, {"view": "table"}))


def test_the_table_says_what_each_one_needs(trader, user):
    bad, odd = make_connection(owner=user, name="Bad", status="error"), make_connection(owner=user, name="Odd")
    make_run(connection=bad, verdict="error", findings_json=[FINDING])
    make_run(connection=odd, findings_json=[FINDING | {"code": "ip.no_list", "level": "warning", "text": "No list."}])
    make_run(connection=make_connection(owner=user, name="Good"))
    make_connection(owner=user, name="New", status="untested")
    make_run(connection=make_connection(owner=user, name="Busy"), state=RunState.RUNNING)

    html = text_of(trader.get(URL, {"view": "table"}))
    needs = {
        re.findall(r"<bdi>(\w+)</bdi>", row)[0]: re.sub(
            r"<[^>]+>|\s+", " ", row.split('class="doing">')[1].split("</td>")[0]
        )
        for row in html.split('<tr id="c-')[1:]
    }

    assert {name: " ".join(text.split()) for name, text in needs.items()} == {
        "Bad": "Our address was refused. Add it to the list.",
        "Odd": "No list.",
        "Good": "Nothing",
        "New": "Not tested yet",
        "Busy": "It is being tested.",
    }


def test_exchanges_money_and_markets_are_asked_for(trader, user):
    make_connection(owner=user, name="One", exchange="mexc")
    make_connection(owner=user, name="Two", exchange="kucoin", venue="live")
    make_connection(owner=user, name="Three", exchange="kucoin", market="futures")

    assert names(trader, exchange="mexc") == ["One"]
    assert names(trader, venue="live") == ["Two"]
    assert names(trader, market="futures") == ["Three"]
    assert sorted(names(trader, exchange="kucoin")) == ["Three", "Two"]
    assert len(names(trader, exchange="binance")) == 3


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "ant"),
        ("-name", "Bee"),
        ("exchange", "Bee"),
        ("-exchange", "ant"),
        ("-checked", "ant"),
        ("-bots", "Bee"),
    ],
)
def test_it_is_sorted_by_what_is_asked_for(trader, user, sort, first):
    ant, bee = make_connection(owner=user, name="ant", exchange="mexc"), make_connection(owner=user, name="Bee")
    make_run(connection=bee)
    make_run(connection=ant)
    make_bot(connection=bee)

    assert names(trader, sort=sort)[0] == first


def test_it_comes_back_to_what_was_asked_for_last(trader, user):
    make_connection(owner=user)
    trader.get(URL, {"state": "online", "view": "table", "page": "1"})

    assert trader.get(URL).url == f"{URL}?state=online&view=table"


@pytest.mark.parametrize("htmx", [False, True])
def test_those_that_are_ticked_are_tested_and_no_others(trader, user, htmx):
    one, two = make_connection(owner=user), make_connection(owner=user)
    foreign = make_connection(owner=make_user())
    make_connection(owner=user)
    make_run(connection=two, state=RunState.RUNNING)

    answer = trader.post(
        reverse("connection_test_all"),
        {"only": "ticked", "connection": [str(each.public_id) for each in (one, two, foreign)] + ["nonsense"]},
        headers={"HX-Request": "true"} if htmx else {},
        follow=not htmx,
    )

    told = answer["HX-Trigger"] if htmx else text_of(answer)
    assert "Testing 1 connection. 1 not tested: A test is already running." in told
    assert list(CheckRun.objects.filter(state=RunState.QUEUED).values_list("connection", flat=True)) == [one.pk]


def test_without_a_tick_nothing_is_tested(trader, user):
    make_connection(owner=user)

    answer = trader.post(reverse("connection_test_all"), {"only": "ticked"}, follow=True)

    assert "Nothing tested: tick the connections first." in text_of(answer)
    assert not CheckRun.objects.exists()


def test_the_quota_of_tests_is_told_before_and_after(trader, user, settings):
    settings.CHECKS_PER_USER = 3
    for _ in range(5):
        make_connection(owner=user)
    before = text_of(trader.get(URL, {"view": "table"}))

    after = text_of(trader.post(reverse("connection_test_all"), follow=True))

    assert "One account may start 3 tests in a minute, 5 of one connection." in before
    assert "Testing 3 connections. 2 not tested: 3 tests in one minute are as many as one account may." in after
    assert "; 0 are left now." in text_of(trader.get(URL, {"view": "table"}))


def test_a_look_that_finds_nothing_new_is_answered_by_nothing(trader, user):
    connection = make_connection(owner=user)
    htmx = {"HX-Request": "true"}
    seen = re.findall(r"seen=([0-9a-f]{16})", text_of(trader.get(URL, headers=htmx)))[0]

    idle = trader.get(URL, {"seen": seen}, headers=htmx)
    Connection.objects.filter(pk=connection.pk).update(name="Another name")

    assert (idle.status_code, idle.content) == (204, b"")
    assert "Another name" in text_of(trader.get(URL, {"seen": seen}, headers=htmx))
