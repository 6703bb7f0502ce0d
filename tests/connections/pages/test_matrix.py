"""Every route as everybody: who sees it, who is sent away, and that reading changes nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from connections.models import CheckRun, Connection
from connections.urls import urlpatterns
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection

pytestmark = pytest.mark.django_db
NAMES = [pattern.name for pattern in urlpatterns]
ACTIONS = {"connection_test", "connection_test_all", "connection_rename", "connection_discard"}
OF_AN_EXCHANGE = {"connection_add_exchange", "connection_add_practice"}
OF_ONE = [
    name for name in NAMES if name not in {"connections", "connection_test_all", "connection_add", *OF_AN_EXCHANGE}
]


def address(name, connection):
    if name in OF_ONE:
        return reverse(name, args=[connection.public_id])
    return reverse(name, args=["kucoin"] if name in OF_AN_EXCHANGE else [])


@pytest.fixture
def owner():
    return make_user()


@pytest.fixture
def connection(owner):
    return make_connection(owner=owner)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_are_asked_to_sign_in(client, connection, name, method):
    response = getattr(client, method)(address(name, connection))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", OF_ONE)
@pytest.mark.parametrize("is_staff", [False, True], ids=["another trader", "an operator"])
def test_nobody_else_sees_or_touches_it(client, connection, name, is_staff):
    sign_in(client, make_user(is_staff=is_staff, is_superuser=is_staff))
    before = Connection.objects.values().get()

    method = client.post if name in ACTIONS else client.get
    answers = {method(address(name, connection)).status_code, client.post(address(name, connection)).status_code}

    assert answers <= {404, 405}
    assert Connection.objects.values().get() == before
    assert not CheckRun.objects.exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ACTIONS])
def test_the_owner_sees_it_and_reading_changes_nothing(client, owner, connection, name):
    sign_in(client, owner)
    before = Connection.objects.values().get()

    response = client.get(address(name, connection))

    # Adding a practice key is no page: a look at it leads to the form.
    assert response.status_code == (302 if name == "connection_add_practice" else 200)
    assert "no-store" in response["Cache-Control"]
    assert Connection.objects.values().get() == before
    assert not CheckRun.objects.exists()


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_an_action_is_never_a_link(client, owner, connection, name):
    sign_in(client, owner)

    response = client.get(address(name, connection))

    assert response.status_code == 405
    assert "cannot be called this way" in response.content.decode()


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in {"connections", "connection_add", "connection_detail"}]
)
def test_a_post_without_a_token_is_refused(owner, connection, name):
    client = sign_in(Client(enforce_csrf_checks=True), owner)

    response = client.post(address(name, connection))

    assert response.status_code == 403
    assert "Please send that form again" in response.content.decode()
    assert Connection.objects.get().deleted_at is None
