import pytest
from django.urls import reverse

from accounts import audit
from accounts.by import By
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db
PUBLIC = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_inactive",
    "account_reset_password_from_key_done",
]
PRIVATE = ["account_page", "account_change_password", "account_email", "account_reauthenticate", "account_logout"]


@pytest.mark.parametrize("name", PUBLIC)
def test_strangers_see_a_page_in_the_house_look(client, name):
    html = client.get(reverse(name)).content.decode()

    assert 'class="entrance"' in html
    assert "<h1>" in html
    assert "style=" not in html
    assert "<script>" not in html


@pytest.mark.parametrize("name", PRIVATE)
def test_these_pages_ask_for_login(client, name):
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", PRIVATE)
def test_the_owner_sees_them(client, name):
    sign_in(client, make_user(password=PASSWORD))

    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_the_account_page_tells_what_happened_in_plain_words(client):
    user = make_user()
    sign_in(client, user)
    audit.record("account.sign_in_failed", target=user, outcome="refused")
    audit.record("bot.enabled", by=By(user=user))
    audit.record("connection.added", by=By(user=make_user()))

    html = client.get(reverse("account_page")).content.decode()

    assert "Somebody gave a wrong password" in html
    assert "Bot enabled" in html
    assert "You added a connection" not in html


def test_another_address_needs_a_fresh_sign_in(client):
    sign_in(client, make_user(password=PASSWORD), age=31 * 60)

    response = client.post(reverse("account_email"), {"email": "evil@example.test", "action_add": ""})

    assert response.url.startswith(reverse("account_reauthenticate"))


def test_confirming_the_password_leads_back(client):
    sign_in(client, make_user(password=PASSWORD), age=31 * 60)
    wanted = "/connections/add/kucoin/?venue=practice"
    asked = client.get(wanted).url

    response = client.post(asked, {"password": PASSWORD, "next": wanted})

    assert response.url == wanted
    assert client.get(wanted).status_code == 200
