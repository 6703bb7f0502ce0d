import pytest
from django.urls import reverse

from accounts import audit
from accounts.by import By
from accounts.models import AuditEvent
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db
USERS, EVENTS = "/operators/accounts/user/", "/operators/accounts/auditevent/"


@pytest.fixture
def superuser(client):
    return sign_in(client, make_user(is_staff=True, is_superuser=True))


def test_the_admin_signs_in_where_guesses_are_counted(client):
    response = client.get("/operators/login/?next=/operators/")

    assert response.url.startswith(reverse("account_login"))


def test_traders_are_turned_away(client):
    sign_in(client, make_user())

    assert client.get("/operators/", follow=True).status_code == 403


def test_no_password_hash_is_shown(superuser):
    user = make_user(password=PASSWORD)

    html = superuser.get(f"{USERS}{user.pk}/change/").content.decode()

    assert user.email in html
    assert user.password not in html
    assert 'name="password"' not in html


def test_superusers_make_operators_and_the_tick_of_old_switches_nobody_off(client, superuser):
    user = make_user()
    values = {"display_name": "", "is_staff": "on", "is_active": ""}

    superuser.post(f"{USERS}{user.pk}/change/", values)

    user.refresh_from_db()
    assert (user.is_staff, user.is_active) == (True, True)
    assert AuditEvent.objects.filter(action="user.is_staff", outcome="True", target=f"user:{user.public_id}").exists()
    sign_in(client, make_user(is_staff=True))
    assert client.get(USERS).status_code == 200
    assert client.post(f"{USERS}{user.pk}/change/", values).status_code == 403


def test_nobody_raises_themselves(client):
    me = make_user(is_staff=True, is_superuser=True)
    sign_in(client, me)

    client.post(f"{USERS}{me.pk}/change/", {"display_name": "Me", "is_active": ""})

    me.refresh_from_db()
    assert me.is_active
    assert me.is_staff


def test_the_trail_is_searchable_and_read_only(superuser):
    user = make_user()
    audit.record("a.needle", by=By(user=user))
    event = AuditEvent.objects.get(action="a.needle")

    cell = 'action">a.needle<'
    assert cell in superuser.get(EVENTS, {"q": f"user:{user.public_id}"}).content.decode()
    assert cell not in superuser.get(EVENTS, {"q": "user:nobody"}).content.decode()
    assert superuser.get(f"{EVENTS}{event.pk}/change/").status_code == 200
    assert superuser.post(f"{EVENTS}{event.pk}/change/", {"outcome": "x"}).status_code == 403
    assert superuser.post(f"{EVENTS}{event.pk}/delete/", {"post": "yes"}).status_code == 403
