import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from connections.models import RunState
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run

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

    html = text_of(trader.get(URL, {"status": status}))

    assert shown in html
    assert hidden not in html


def test_it_finds_by_name_and_exchange(trader, user):
    make_connection(owner=user, name="Alpha", exchange="mexc")
    make_connection(owner=user, name="Beta", exchange="kucoin")

    assert "Beta" not in text_of(trader.get(URL, {"q": "mexc alp"}))
    assert "Nothing fits" in text_of(trader.get(URL, {"q": "gamma"}))


@pytest.mark.parametrize("query", ["?page=99999999999999999999", "?page=x", "?status=<x>", "?q=%00%ff", "?page=-1"])
def test_nonsense_in_the_address_shows_a_page(trader, user, query):
    make_connection(owner=user)

    assert trader.get(URL + query).status_code == 200


def test_two_hundred_connections_need_at_most_eight_queries(trader, user, django_assert_max_num_queries):
    for number in range(200):
        make_run(connection=make_connection(owner=user, name=f"Account {number:03d}"))

    with django_assert_max_num_queries(8):
        response = trader.get(URL)

    assert response.context["listing"].total == 200
    assert "Page 1 of 5" in text_of(response)


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
