import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import AuditEvent
from connections.models import Connection, Secret
from connections.secrets import vault
from exchanges import registry
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection

pytestmark = pytest.mark.django_db
KEY, SECRET, PASSPHRASE = "a1" * 12, "01234567-89ab-cdef-0123-456789abcdef", "practice-pass-1"
URL = "/connections/add/kucoin/"
DATA = {
    "name": "KuCoin Spot Main",
    "venue": "practice",
    "market": "spot",
    "api_key": KEY,
    "secret": SECRET,
    "passphrase": PASSPHRASE,
}


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


def test_it_offers_every_exchange_live_and_for_practice(trader):
    html = trader.get(reverse("connection_add")).content.decode()

    for spec in registry.ALL:
        assert f"/connections/add/{spec.slug}/?venue=live" in html
        assert f"/connections/add/{spec.slug}/?venue=practice" in html


def test_without_a_practice_exchange_only_live_is_offered(trader, settings):
    settings.PRACTICE_URL = ""

    assert "venue=practice" not in trader.get(reverse("connection_add")).content.decode()


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
@pytest.mark.parametrize("venue", ["live", "practice"])
def test_the_guide_names_boxes_addresses_and_the_life_of_a_key(trader, settings, spec, venue):
    settings.SERVER_IPS = settings.PRACTICE_SERVER_IPS = ("203.0.113.24", "203.0.113.25")
    for market in spec.markets:
        response = trader.get(f"/connections/add/{spec.slug}/", {"venue": venue, "market": market.value})

        shown = response.content.decode()
        for text in (*spec.guide.tick[market], *spec.guide.never, spec.guide.lifetime, *spec.guide.steps):
            assert escape(text) in shown
        assert 'data-copy="203.0.113.24"' in shown
        assert 'data-copy="203.0.113.24,203.0.113.25"' in shown


def test_it_stores_a_sealed_key_and_leads_to_the_live_check(trader, user):
    response = trader.post(URL, DATA)

    connection = Connection.objects.get()
    assert response.url == reverse("connection_detail", args=[connection.public_id])
    assert connection.is_testing
    assert connection.owner == user
    assert (connection.venue, connection.market, connection.name) == ("practice", "spot", "KuCoin Spot Main")
    assert SECRET not in Secret.objects.get().sealed
    assert AuditEvent.objects.filter(action="connection.added", actor=user).exists()


def test_white_space_around_pasted_values_is_stripped(trader):
    trader.post(URL, DATA | {"api_key": f" \u200b{KEY}\n", "secret": f"\t{SECRET}\r\n", "name": "  My   key "})

    connection = Connection.objects.get()
    assert connection.key_hint == KEY[-4:]
    assert connection.name == "My key"


def test_a_refused_form_never_shows_a_credential_again(trader):
    html = trader.post(URL, DATA | {"secret": "not-a-secret-planted"}).content.decode()

    assert "This does not look like the API Secret." in html
    for value in (KEY, "not-a-secret-planted", PASSPHRASE):
        assert value not in html
    assert "KuCoin Spot Main" in html
    assert not Connection.objects.exists()


def test_a_name_that_is_taken_is_said_at_the_name(trader, user):
    make_connection(owner=user, name="kucoin spot MAIN")

    response = trader.post(URL, DATA)

    assert "already have a connection" in response.context["form"].errors["name"][0]


def test_the_same_key_twice_is_refused(trader):
    trader.post(URL, DATA)

    response = trader.post(URL, DATA | {"name": "Again"})

    assert "already uses this key" in response.context["form"].errors["api_key"][0]
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"venue": "http://evil"}, {"market": "options"}, {"venue": ""}, {"name": "x" * 61}])
def test_what_is_not_on_offer_is_refused(trader, wrong):
    trader.post(URL, DATA | wrong)

    assert not Connection.objects.exists()


def test_an_unknown_exchange_does_not_exist(trader):
    assert trader.get("/connections/add/evil/").status_code == 404


def test_an_old_sign_in_must_be_confirmed_and_nothing_typed_is_kept(client, user):
    old = sign_in(client, user, age=31 * 60)

    response = old.post(URL + "?venue=practice", DATA)

    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not Connection.objects.exists()
    assert SECRET not in str(dict(old.session.items()))
    assert old.get(URL).headers["Location"].startswith(reverse("account_reauthenticate"))


def test_a_live_account_says_where_it_logs_in(trader):
    html = trader.get("/connections/add/okx/", {"venue": "live"}).content.decode()

    for slug, domain in (("okx", "www.okx.com"), ("okx-eea", "my.okx.com"), ("okx-us", "app.okx.com")):
        assert f"/connections/add/{slug}/?venue=live&amp;market=spot" in html
        assert domain in html
    assert "Where do you log in?" not in trader.get("/connections/add/okx/", {"venue": "practice"}).content.decode()
    assert "Where do you log in?" not in trader.get("/connections/add/mexc/", {"venue": "live"}).content.decode()


def test_another_site_has_its_own_page_and_says_what_it_lacks(trader):
    response = trader.get("/connections/add/okx-eea/", {"venue": "live", "market": "futures"})

    html = response.content.decode()
    assert "https://my.okx.com/account/my-api" in html
    assert "Log in to my.okx.com" in html
    assert "https://www.okx.com/account" not in html
    assert "It offers spot only" in html
    assert response.context["market"] == "spot"


def test_a_connection_keeps_the_site_it_was_made_for(trader):
    keys = {"api_key": "b68428e0-0000-4000-8000-000000000000", "secret": "A1" * 16, "passphrase": "practice-1"}
    data = {"name": "OKX EEA Main", "venue": "live", "market": "spot", **keys}

    trader.post("/connections/add/okx-eea/", data)

    connection = Connection.objects.get()
    assert (connection.exchange, connection.spec.name, connection.spec.family) == ("okx-eea", "OKX EEA", "okx")
    assert connection.spec.hosts == {"eea.okx.com"}


def test_futures_are_refused_at_a_site_without_them(trader):
    keys = {"api_key": "b68428e0-0000-4000-8000-000000000000", "secret": "A1" * 16, "passphrase": "practice-1"}

    trader.post("/connections/add/okx-eea/", {"name": "x", "venue": "live", "market": "futures", **keys})

    assert not Connection.objects.exists()


def test_more_than_a_request_may_hold_gives_the_form_again(trader):
    page = trader.post(f"{URL}?market=futures", DATA | {"api_key": "planted-value" * 10_000})

    html = page.content.decode()
    assert page.status_code == 413
    assert "What you pasted is far too long, and we kept nothing of it." in html
    assert 'name="api_key"' in html
    assert "planted-value" not in html
    assert not Connection.objects.exists()


def test_a_replacement_that_is_too_long_gives_the_form_again(trader, user):
    connection = make_connection(owner=user)

    page = trader.post(f"/connections/{connection.public_id}/replace/", DATA | {"secret": "x" * 100_000})

    assert page.status_code == 413
    assert "far too long" in page.content.decode()


def test_who_may_not_see_the_form_gets_no_more_than_the_refusal(client, user):
    theirs = f"/connections/{make_connection(owner=make_user()).public_id}/replace/"

    answers = [
        client.post(URL, DATA | {"api_key": "x" * 100_000}),
        sign_in(client, user).post(theirs, DATA | {"api_key": "x" * 100_000}),
        client.put(URL, "x" * 100_000),
    ]

    assert [answer.status_code for answer in answers] == [413, 413, 413]
    assert not any("api_key" in answer.content.decode() for answer in answers)


def test_what_is_too_long_does_nothing_whoever_sent_it(user):
    strict = sign_in(Client(enforce_csrf_checks=True), user)

    page = strict.post(URL, DATA | {"api_key": "x" * 100_000})

    assert page.status_code == 413
    assert not Connection.objects.exists()
