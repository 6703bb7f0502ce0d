from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.models import RunState
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run, make_secret
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
STEPS = [
    {"key": "reach", "label": "Reach the exchange", "state": "passed", "ms": 108},
    {"key": "key", "label": "The key is accepted", "state": "running", "ms": None},
]
EVIDENCE = {
    "rights": [
        {
            "right": "read",
            "label": "Read",
            "state": "granted",
            "needed": "required",
            "evidence": "KuCoin lists General.",
        },
        {"right": "withdraw", "label": "Withdraw", "state": "absent", "needed": "forbidden", "evidence": "Not listed."},
    ],
    "ip_list": ["203.0.113.24", "198.51.100.7"],
    "our_ips": ["203.0.113.24"],
    "expires_on": "2027-01-31",
}
FINDING = {"code": "right.withdraw", "level": "blocker", "text": "This key can withdraw.", "hint": "Untick it."}


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def trader(client, user):
    return sign_in(client, user)


def show(trader, connection, **headers) -> str:
    response = trader.get(reverse("connection_detail", args=[connection.public_id]), headers=headers)
    return str(response.content.decode())


def test_it_shows_each_finding_with_its_next_step(trader, user):
    connection = make_connection(owner=user, status="error")
    make_run(connection=connection, verdict="error", findings_json=[FINDING])

    html = show(trader, connection)

    assert "This key can withdraw." in html
    assert "Untick it." in html
    assert "No bot can use it" in html


@pytest.mark.parametrize(("venue", "is_told"), [("practice", True), ("live", False)])
def test_of_a_practice_key_nobody_is_asked_to_change_what_cannot_be_changed(trader, user, venue, is_told):
    missing = {"code": "right.trade_missing", "level": "blocker", "text": "It cannot trade.", "hint": "Tick “Spot”."}
    refused = make_connection(owner=user, status="error", venue=venue)
    make_run(connection=refused, verdict="error", findings_json=[missing])
    destroyed = make_connection(owner=user, status="error", venue=venue)
    destroyed.secrets.all().delete()
    make_run(connection=destroyed, verdict="error", findings_json=[FINDING])

    assert ("A practice key cannot be changed: take the good one." in show(trader, refused)) is is_told
    assert "Tick “Spot”." in show(trader, refused)
    assert ("Take a practice key that cannot withdraw" in show(trader, destroyed)) is is_told
    assert ("Delete it at KuCoin too" in show(trader, destroyed)) is not is_told


def test_it_shows_the_steps_as_they_finish_and_looks_again(trader, user):
    connection = make_connection(owner=user, status="untested")
    make_run(connection=connection, state=RunState.RUNNING, steps_json=STEPS)

    html = show(trader, connection, **{"HX-Request": "true"})

    assert html.strip().startswith('<div class="cols" id="live"')
    assert "108 ms" in html
    assert "Working…" in html
    assert "every 250ms" in html


def test_what_can_be_done_follows_a_check_that_ended_while_the_page_was_open(trader, user):
    destroyed = make_connection(owner=user, status="error")
    destroyed.secrets.all().delete()
    make_run(connection=destroyed, verdict="error", findings_json=[FINDING])
    proven = make_connection(owner=user, status="online")

    assert reverse("connection_test", args=[destroyed.public_id]) not in show(
        trader, destroyed, **{"HX-Request": "true"}
    )
    assert 'id="actions"' in show(trader, destroyed, **{"HX-Request": "true"})
    assert reverse("bot_add") in show(trader, proven, **{"HX-Request": "true"})


def test_a_connection_that_has_a_bot_offers_no_first_one(trader, user):
    connection = make_connection(owner=user, status="online")
    make_bot(connection=connection)

    assert reverse("bot_add") not in show(trader, connection).partition("<main")[2]


def test_it_looks_less_often_at_a_check_that_takes_long(trader, user):
    connection = make_connection(owner=user, status="untested")
    make_run(connection=connection, state=RunState.RUNNING, queued_at=timezone.now() - timedelta(seconds=45))

    assert "every 3000ms" in show(trader, connection)


def test_it_says_when_no_worker_takes_the_check(trader, user):
    connection = make_connection(owner=user, status="untested")
    make_run(connection=connection, state=RunState.QUEUED, queued_at=timezone.now() - timedelta(seconds=20))

    assert "waits for its turn" in show(trader, connection)


def test_it_shows_the_evidence_for_each_right(trader, user):
    connection = make_connection(owner=user)
    make_run(connection=connection, evidence_json=EVIDENCE)

    html = show(trader, connection)

    assert "KuCoin lists General." in html
    assert "31 Jan 2027" in html


def test_it_compares_the_ip_list_with_our_addresses(trader, user, settings):
    settings.PRACTICE_SERVER_IPS = ("203.0.113.24", "203.0.113.25")
    connection = make_connection(owner=user)
    make_run(connection=connection, evidence_json=EVIDENCE)

    html = show(trader, connection)

    assert html.index("203.0.113.24</code>") < html.index("Ours, listed")
    assert html.index("203.0.113.25</code>") < html.index("Ours, not listed")
    assert html.index("198.51.100.7</code>") < html.index("Not ours")


def test_it_shows_the_key_only_as_its_last_four(trader, user):
    connection = make_connection(owner=user)
    make_secret(connection=connection, api_key="planted-new-key-wxyz", revision=2)

    html = show(trader, connection)

    assert f"••••{connection.key_hint}" in html
    assert "••••wxyz" in html
    assert "planted-new-key" not in html
    assert connection.secret
    assert connection.secret.sealed not in html


def test_it_names_the_bots_that_use_it_and_none_that_was_deleted(trader, user):
    connection = make_connection(owner=user)
    make_bot(connection=connection, name="Still here")
    make_bot(connection=connection, name="Long gone", deleted_at=timezone.now())

    for html in (show(trader, connection), str(trader.get(reverse("connections")).content.decode())):
        assert "Still here" in html
        assert "Long gone" not in html


def test_a_lapsed_pass_asks_for_a_test(trader, user):
    connection = make_connection(owner=user, status="untested")
    make_run(connection=connection)

    assert "The last pass is too old to count" in show(trader, connection)


def test_other_peoples_and_deleted_connections_do_not_exist(trader, user):
    for connection in (
        make_connection(owner=make_user()),
        make_connection(owner=user, deleted=True, status="untested"),
    ):
        assert trader.get(reverse("connection_detail", args=[connection.public_id])).status_code == 404


def test_the_page_needs_few_queries(trader, user, django_assert_max_num_queries):
    connection = make_connection(owner=user)
    for _ in range(30):
        make_run(connection=connection, evidence_json=EVIDENCE)

    with django_assert_max_num_queries(9):
        show(trader, connection)


def test_another_connection_to_the_same_account_is_told(trader, user):
    mine = make_connection(owner=user, account_uid="165111215", name="Main")
    other = make_connection(owner=user, account_uid="165111215", name="Recovery PRO")

    told = show(trader, mine)

    assert "The same account has 2 connections" in told
    assert reverse("connection_detail", args=[other.public_id]) in told


@pytest.mark.parametrize(
    "changes",
    [
        {"account_uid": "2"},
        {"account_uid": ""},
        {"exchange": "mexc"},
        {"venue": "live"},
        {"deleted": True, "status": "untested"},
        {"owner": None},
    ],
)
def test_what_is_not_known_to_be_the_same_account_is_not_told(trader, user, changes):
    uid = changes.get("account_uid", "1")
    mine = make_connection(owner=user, account_uid="1" if uid else "")
    make_connection(
        **{"owner": user, "account_uid": uid} | changes | ({"owner": make_user()} if "owner" in changes else {})
    )

    assert "The same account has" not in show(trader, mine)
