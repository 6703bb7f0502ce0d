import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.accounts.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN, SIGNUP, RESET = "/account/login/", "/account/signup/", "/account/password/reset/"
EMAIL = "ada@example.test"


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", "outcome"))


def give(client, email, password):
    return client.post(LOGIN, {"login": email, "password": password})


def test_signing_up_makes_a_user_that_is_signed_in_by_a_code(client, mailoutbox):
    client.post(SIGNUP, {"email": "Ada@Example.test", "password1": PASSWORD})
    code = re.findall(r"^\S{4}-\S{4}$", mailoutbox[0].body, re.MULTILINE)[0]

    response = client.post("/account/confirm-email/", {"code": code})

    user = User.objects.get()
    assert response.url == reverse("overview")
    assert user.email == EMAIL
    assert client.session["_auth_user_id"] == str(user.pk)
    assert ("account.signed_up", "ok") in actions()


@pytest.mark.parametrize("password", ["short", "x" * 14, EMAIL])
def test_a_weak_password_is_refused_with_the_rule_beside_it(client, password):
    response = client.post(SIGNUP, {"email": EMAIL, "password1": password})

    html = response.content.decode()
    field = re.findall(r'<input type="password"[^>]*>', html)[0]
    assert not User.objects.exists()
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in field
    assert "At least 15 characters" in html


def test_the_address_is_the_name_whatever_its_case(client):
    make_user(email=EMAIL, password=PASSWORD)

    assert give(client, "ADA@example.TEST", PASSWORD).status_code == 302
    assert actions() == [("account.signed_in", "ok")]


def test_an_unknown_and_a_known_address_get_the_same_answer(client):
    make_user(email=EMAIL, password=PASSWORD)

    pages = [give(client, email, "wrong wrong wrong").content.decode() for email in (EMAIL, "bob@example.test")]

    known, unknown = (re.sub(r'value="[^"]*"', "", page).replace(EMAIL, "") for page in pages)
    assert known == unknown


def test_a_wrong_password_is_remembered_without_what_was_typed(client):
    user = make_user(email=EMAIL, password=PASSWORD)

    give(client, EMAIL, "planted wrong password")

    event = AuditEvent.objects.get()
    assert (event.action, event.outcome, event.target) == (
        "account.sign_in_failed",
        "refused",
        f"user:{user.public_id}",
    )
    assert event.address == "127.0.0.1"
    assert "planted" not in str(vars(event))


def test_guessing_is_stopped_and_the_page_says_what_works_at_once(client):
    make_user(email=EMAIL, password=PASSWORD)
    for _ in range(10):
        give(client, EMAIL, "wrong wrong wrong")

    refused = give(client, EMAIL, PASSWORD)

    assert "Too many tries. Wait a quarter of an hour, or reset the password" in refused.content.decode()
    assert AuditEvent.objects.filter(action="account.sign_in_failed").count() == 6


def test_a_forged_forwarding_header_does_not_buy_more_tries(client):
    for number in range(20):
        client.post(
            LOGIN,
            {"login": f"x{number}@example.test", "password": "wrong"},
            headers={"X-Forwarded-For": f"9.9.9.{number}"},
        )

    refused = client.post(LOGIN, {"login": "y@example.test", "password": "w"}, headers={"X-Forwarded-For": "8.8.8.8"})

    assert "Too many tries" in refused.content.decode()


def test_somebody_switched_off_cannot_sign_in(client):
    make_user(email=EMAIL, password=PASSWORD, is_active=False)

    give(client, EMAIL, PASSWORD)

    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "///evil.test", "http:evil.test", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(client, target):
    make_user(email=EMAIL, password=PASSWORD)

    response = client.post(LOGIN, {"login": EMAIL, "password": PASSWORD, "next": target})

    assert response.url == reverse("overview")


def test_signing_out_ends_the_session(client):
    make_user(email=EMAIL, password=PASSWORD)
    give(client, EMAIL, PASSWORD)
    cookie = client.cookies["session"].value

    client.post("/account/logout/")

    client.cookies["session"] = cookie
    assert client.get("/account/").status_code == 302
    assert actions()[-1] == ("account.signed_out", "ok")


def test_signing_out_is_never_a_link(client):
    make_user(email=EMAIL, password=PASSWORD)
    give(client, EMAIL, PASSWORD)

    client.get("/account/logout/")

    assert "_auth_user_id" in client.session


def test_a_reset_link_works_once(client, mailoutbox):
    make_user(email=EMAIL, password=PASSWORD)
    client.post(RESET, {"email": EMAIL})
    link = re.findall(r"https?://[^/\s]+(/\S+)", mailoutbox[0].body)[0]
    form = client.get(link).url
    new = "five other words do too"

    client.post(form, {"password1": new, "password2": new})

    assert mailoutbox[0].subject == "BackFuture AI: Reset your password"
    assert User.objects.get().check_password(new)
    assert "This link does not work any more" in client.get(link, follow=True).content.decode()
    assert ("account.password_reset", "ok") in actions()


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_a_reset_link_works_for_an_hour(client, mailoutbox, minutes, works):
    make_user(email=EMAIL, password=PASSWORD)
    client.post(RESET, {"email": EMAIL})
    link = re.findall(r"https?://[^/\s]+(/\S+)", mailoutbox[0].body)[0]

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        page = client.get(link, follow=True).text

    assert ("This link does not work any more" in page) is not works


def test_asking_for_a_reset_tells_nobody_who_has_an_account(client, mailoutbox):
    make_user(email=EMAIL, password=PASSWORD)

    known = client.post(RESET, {"email": EMAIL}, follow=True).content
    unknown = client.post(RESET, {"email": "bob@example.test"}, follow=True).content

    assert known == unknown
    assert [mail.to for mail in mailoutbox] == [[EMAIL], ["bob@example.test"]]


def test_changing_the_password_ends_other_sessions(client):
    make_user(email=EMAIL, password=PASSWORD)
    other = type(client)()
    give(client, EMAIL, PASSWORD)
    give(other, EMAIL, PASSWORD)
    new = "five other words do too"

    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert actions()[-1] == ("account.password_changed", "ok")
