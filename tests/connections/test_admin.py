import pytest
from django.contrib import admin
from django.urls import reverse

from connections.models import CheckRun, Connection, Secret
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run

pytestmark = pytest.mark.django_db
LIST = "/operators/connections/connection/"


@pytest.fixture
def connection():
    return make_connection(owner=make_user(email="ada@example.test"), name="Main")


@pytest.fixture
def operator(client):
    return sign_in(client, make_user(is_staff=True))


def test_traders_have_no_way_in(client, connection):
    sign_in(client, connection.owner)

    assert client.get(LIST, follow=True).status_code == 403


def test_it_is_found_by_name_owner_and_public_id(operator, connection):
    make_connection(owner=make_user(), name="Other")

    for words in ("Main", "ada@example", str(connection.public_id)):
        html = operator.get(LIST, {"q": words}).content.decode()
        assert "Main" in html
        assert "Other" not in html


def test_no_secret_is_registered_or_shown(operator, connection):
    page = operator.get(reverse("admin:connections_connection_change", args=[connection.pk])).content.decode()

    assert not admin.site.is_registered(Secret)
    assert f"••••{connection.key_hint}" in page
    assert connection.secret.sealed not in page
    assert connection.secret.key_fingerprint not in page


def test_nothing_can_be_changed_added_or_deleted(operator, connection):
    change = reverse("admin:connections_connection_change", args=[connection.pk])

    assert operator.post(change, {"status": "online", "name": "x"}).status_code == 403
    assert operator.post(f"{LIST}{connection.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.get(f"{LIST}add/").status_code == 403
    operator.post(LIST, {"action": "delete_selected", "_selected_action": [connection.pk], "post": "yes"})
    assert Connection.objects.filter(pk=connection.pk, name="Main").exists()


def test_check_now_starts_a_check(client, connection):
    operator = sign_in(client, make_user(is_staff=True, is_superuser=True))

    response = operator.post(LIST, {"action": "check_now", "_selected_action": [connection.pk]}, follow=True)

    assert CheckRun.objects.get().trigger == "operator"
    assert "Checks started: 1." in response.content.decode()


def test_check_now_says_why_it_cannot(client, connection):
    operator = sign_in(client, make_user(is_staff=True, is_superuser=True))

    make_run(connection=connection, state="running")

    response = operator.post(LIST, {"action": "check_now", "_selected_action": [connection.pk]}, follow=True)

    assert "A test is already running." in response.content.decode()


def test_runs_are_listed_with_their_worst_finding(operator, connection):
    finding = {"code": "key.invalid", "level": "blocker", "text": "<i>unknown</i>", "hint": ""}
    run = make_run(connection=connection, verdict="error", findings_json=[finding])

    listing = operator.get("/operators/connections/checkrun/").content.decode()
    page = operator.get(f"/operators/connections/checkrun/{run.pk}/change/").content.decode()

    assert "key.invalid" in listing
    assert "&lt;i&gt;unknown" in page
