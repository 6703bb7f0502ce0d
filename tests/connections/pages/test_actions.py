import json

import pytest
from django.urls import reverse

from connections import errors, flows
from connections.models import CheckRun, Connection, RunState, Secret
from connections.secrets import vault
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run, make_secret

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NEW_KEY = {"api_key": "b2" * 12, "secret": "01234567-89ab-cdef-0123-456789abcdef", "passphrase": "practice-pass-1"}


@pytest.fixture(autouse=True)
def _sealing(settings, tmp_path):
    vault.make_keypair(tmp_path)
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def trader(client, user):
    return sign_in(client, user)


@pytest.fixture
def connection(user):
    return make_connection(owner=user, name="Main")


def at(name, connection):
    return reverse(name, args=[connection.public_id])


def test_a_click_starts_a_check(trader, connection):
    response = trader.post(at("connection_test", connection))

    assert response.url == at("connection_detail", connection)
    assert CheckRun.objects.get().trigger == "user"


def test_htmx_is_told_to_refresh_and_what_to_say(trader, connection):
    response = trader.post(at("connection_test", connection), headers=HTMX)

    told = json.loads(response["HX-Trigger"])
    assert response.status_code == 204
    assert told == {"say": {"value": "Testing Main."}, "connection-changed": {}}


def test_a_second_click_starts_nothing(trader, connection):
    make_run(connection=connection, state=RunState.RUNNING)

    response = trader.post(at("connection_test", connection), headers=HTMX)

    assert "already running" in response["HX-Trigger"]
    assert CheckRun.objects.count() == 1


def test_too_many_clicks_are_rationed(trader, connection, settings):
    settings.CHECKS_PER_MINUTE = 2
    for _ in range(2):
        make_run(connection=connection)

    assert "Too many tests" in trader.post(at("connection_test", connection), headers=HTMX)["HX-Trigger"]


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "javascript:alert(1)", "\\\\evil.test", "nonsense"]
)
def test_the_way_back_stays_on_this_site(trader, connection, target):
    response = trader.post(at("connection_test", connection), {"next": target})

    assert response.url == at("connection_detail", connection)


def test_all_can_be_tested_at_once(trader, user, connection):
    make_connection(owner=user)
    make_connection(owner=make_user())

    trader.post(reverse("connection_test_all"))

    assert CheckRun.objects.count() == 2


def test_it_is_renamed_in_place(trader, connection):
    trader.post(at("connection_rename", connection), {"name": " Ads  and <b> "})

    connection.refresh_from_db()
    assert connection.name == "Ads and <b>"


def test_a_name_with_invisible_characters_is_refused(trader, connection):
    response = trader.post(at("connection_rename", connection), {"name": "safe\u202etxt"})

    assert "invisible characters" in response.content.decode()


def test_a_name_that_is_taken_is_refused(trader, user, connection):
    make_connection(owner=user, name="Other")

    response = trader.post(at("connection_rename", connection), {"name": "OTHER"})

    assert "already have a connection" in response.content.decode()


def test_a_replacement_key_is_stored_beside_the_one_in_use(trader, connection):
    old = connection.key_hint

    response = trader.post(at("connection_replace", connection), NEW_KEY)

    fresh = Connection.objects.get()
    assert response.url == at("connection_detail", connection)
    assert fresh.key_hint == old
    assert fresh.candidate
    assert fresh.candidate.key_hint == "b2b2"
    assert CheckRun.objects.get().trigger == "replaced"


def test_the_replace_page_explains_the_proof_of_the_account(trader, connection):
    html = trader.get(at("connection_replace", connection)).content.decode()

    assert "The old key stays until the new one is proven" in html
    assert "It must be the same account" in html


def test_a_replacement_key_can_be_discarded(trader, connection):
    make_secret(connection=connection, revision=2)

    trader.post(at("connection_discard", connection))

    assert Secret.objects.get().revision == 1


def test_the_delete_page_says_what_it_means(trader, user):
    connection = make_connection(owner=user, name="Main", venue="live")

    html = trader.get(at("connection_delete", connection)).content.decode()

    for words in ("Its bots are halted at once.", "The key is destroyed here.", "At KuCoin it still works."):
        assert words in html


def test_deleting_destroys_the_key(trader, connection):
    response = trader.post(at("connection_delete", connection), follow=True)

    assert not Secret.objects.exists()
    assert Connection.objects.get().deleted_at is not None
    assert "Delete it at KuCoin too" not in response.content.decode()


def test_a_live_key_is_to_be_deleted_at_its_exchange_too(trader, user):
    response = trader.post(at("connection_delete", make_connection(owner=user, venue="live")), follow=True)

    assert "Delete it at KuCoin too" in response.content.decode()


def test_a_key_is_replaced_only_after_a_fresh_sign_in(client, user, connection):
    old = sign_in(client, user, age=31 * 60)

    response = old.post(at("connection_replace", connection), NEW_KEY)

    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert Secret.objects.count() == 1
    assert NEW_KEY["secret"] not in str(dict(old.session.items()))


@pytest.mark.parametrize(
    ("name", "flow"), [("connection_discard", "discard_candidate"), ("connection_delete", "delete_connection")]
)
def test_what_was_deleted_in_another_window_is_gone(trader, connection, monkeypatch, name, flow):
    def gone(*args, **kwargs):
        raise errors.ConnectionGoneError

    monkeypatch.setattr(flows, flow, gone)

    assert trader.post(at(name, connection)).status_code == 404
