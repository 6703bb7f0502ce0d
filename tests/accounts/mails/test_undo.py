"""A takeover is told to the owner, at the address of before, with a way back that works once."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from accounts import freeze
from accounts.by import PRODUCT
from accounts.mails import undo
from accounts.models import AuditEvent, UndoLink, User, WebSession
from accounts.person import leaving
from strategies.models import StopSwitch
from tests.accounts.factories import PASSWORD, add_totp, make_user, sign_in

pytestmark = pytest.mark.django_db
OWNER, THIEF = "ada@example.test", "thief@example.test"
NEW = "five other words do too"
EMAILS, CHANGE = "/account/email/", "/account/password/change/"


@pytest.fixture
def stolen(client):
    """A session of the owner's account, fresh, in which the thief has an address proven already."""
    user = make_user(email=OWNER, password=PASSWORD)
    EmailAddress.objects.update_or_create(user=user, email=OWNER, defaults={"verified": True, "primary": True})
    EmailAddress.objects.create(user=user, email=THIEF, verified=True)
    sign_in(client, user)
    return user


def link_in(mail) -> str:
    found = re.search(r"https?://[^/\s]+(/account/undo/\S+)", mail.body)
    return found[1] if found else ""


def to(mailoutbox, address):
    return [mail for mail in mailoutbox if mail.to == [address]]


def take_over(client):
    client.post(EMAILS, {"email": THIEF, "action_primary": ""})
    client.post(EMAILS, {"email": OWNER, "action_remove": ""})
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def test_a_changed_address_is_told_to_the_old_one_and_the_new_one(client, stolen, mailoutbox):
    client.post(EMAILS, {"email": THIEF, "action_primary": ""}, headers={"User-Agent": "Evil http://evil.test/1"})

    (old,), (new,) = to(mailoutbox, OWNER), to(mailoutbox, THIEF)
    assert old.subject == "Your sign-in address was changed"
    assert "127.0.0.1" in old.body
    assert "evil.test" not in old.body
    assert link_in(old)
    assert "/account/undo/" not in new.body


def test_the_owner_takes_the_account_back(client, stolen, mailoutbox):
    take_over(client)
    path = link_in(to(mailoutbox, OWNER)[0])
    owner = Client()
    before = User.objects.values().get()
    assert owner.get(path).status_code == 200
    assert User.objects.values().get() == before

    page = owner.post(path)

    stolen.refresh_from_db()
    assert "The account is yours again" in page.content.decode()
    assert stolen.email == OWNER
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(OWNER, True, True)]
    assert not stolen.has_usable_password()
    assert client.get("/account/").status_code == 302
    frozen = freeze.freeze_of(stolen)
    assert frozen is not None
    assert frozen.because is freeze.Because.UNDONE
    assert AuditEvent.objects.filter(action="account.undone", target=f"user:{stolen.public_id}").count() == 1
    reset = re.findall(r"https?://[^/\s]+(/account/password/reset/key/\S+)", to(mailoutbox, OWNER)[-1].body)[0]
    owner.post(owner.get(reset).headers["Location"], {"password1": NEW, "password2": NEW})
    stolen.refresh_from_db()
    assert stolen.check_password(NEW)


def test_a_link_undoes_once(client, stolen, mailoutbox):
    take_over(client)
    path = link_in(to(mailoutbox, OWNER)[0])
    Client().post(path)

    again = Client().post(path)

    assert again.status_code == 404
    assert "does not work any more" in again.content.decode()


def test_a_link_works_for_three_days(client, stolen, mailoutbox):
    take_over(client)
    UndoLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Client().post(link_in(to(mailoutbox, OWNER)[0])).status_code == 404
    stolen.refresh_from_db()
    assert stolen.email == THIEF


def test_the_thiefs_own_links_end_with_the_owners_and_never_end_it(client, stolen, mailoutbox):
    take_over(client)
    owners = link_in(to(mailoutbox, OWNER)[0])
    thiefs = link_in(to(mailoutbox, THIEF)[-1])
    later = UndoLink.objects.count()

    assert later == 3
    assert Client().post(thiefs).status_code == 200
    assert Client().post(owners).status_code == 200
    stolen.refresh_from_db()
    assert stolen.email == OWNER
    assert not UndoLink.objects.filter(used_at=None).exists()


def test_an_address_that_has_another_account_by_now_is_not_taken_from_it(client, stolen, mailoutbox, caplog):
    take_over(client)
    path = link_in(to(mailoutbox, OWNER)[0])
    newer = make_user(email=OWNER)

    page = Client().post(path)

    stolen.refresh_from_db()
    assert page.status_code == 200
    assert path not in caplog.text, "the link works on"
    assert "has another account by now" in page.content.decode()
    assert client.get("/account/").status_code == 302
    assert not stolen.has_usable_password()
    assert not EmailAddress.objects.filter(user=stolen).exists()
    assert freeze.freeze_of(stolen) is not None
    assert User.objects.get(pk=newer.pk).email == OWNER
    assert StopSwitch.objects.in_force(stolen.pk).trader_level == "entries", "nobody else can stop its bots"
    leaving.close(newer, by=PRODUCT)
    assert Client().post(path).status_code == 200
    stolen.refresh_from_db()
    assert stolen.email == OWNER


def test_the_only_way_into_an_account_does_not_end_while_its_address_is_another_accounts(client, stolen, mailoutbox):
    take_over(client)
    path = link_in(to(mailoutbox, OWNER)[0])
    newer = make_user(email=OWNER)
    Client().post(path)
    a_year_on = timezone.now() + timedelta(days=366)
    undo.forget_links(a_year_on)
    leaving.close(newer, by=PRODUCT)

    with time_machine.travel(a_year_on, tick=False):
        page = Client().post(path)

    assert "The account is yours again" in page.content.decode()
    stolen.refresh_from_db()
    assert stolen.email == OWNER
    assert not UndoLink.objects.filter(used_at=None).exists()


def test_a_sign_up_of_the_thief_with_the_owners_address_is_not_in_the_way(client, stolen, mailoutbox):
    take_over(client)
    Client().post("/account/signup/", {"email": OWNER, "password1": PASSWORD})
    assert User.objects.filter(email=OWNER).exclude(pk=stolen.pk).exists()

    assert Client().post(link_in(to(mailoutbox, OWNER)[0])).status_code == 200
    stolen.refresh_from_db()
    assert stolen.email == OWNER


def test_factors_that_were_added_since_go_and_those_of_before_stay(client, stolen, mailoutbox):
    before = Authenticator.objects.create(user=stolen, type="webauthn", data={"name": "Mine", "credential": {}})
    take_over(client)
    add_totp(stolen)
    RecoveryCodes.activate(stolen)

    Client().post(link_in(to(mailoutbox, OWNER)[0]))

    assert list(Authenticator.objects.values_list("pk", flat=True)) == [before.pk]
    assert not WebSession.objects.filter(user=stolen).exists()


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("/account/2fa/totp/deactivate/", "A second factor was removed"),
        ("/account/2fa/recovery-codes/generate/", "New recovery codes were made"),
    ],
)
def test_a_removed_factor_and_new_codes_are_told(client, stolen, mailoutbox, path, subject):
    add_totp(stolen)

    client.post(path)

    assert [mail.subject for mail in to(mailoutbox, OWNER)] == [subject]
    assert link_in(to(mailoutbox, OWNER)[0])


def test_a_closed_account_is_told_and_no_link_gives_its_name_back(client, stolen, mailoutbox):
    client.post(EMAILS, {"email": THIEF, "action_primary": ""})
    path = link_in(to(mailoutbox, OWNER)[0])

    client.post("/account/close/", {"email": THIEF})

    assert to(mailoutbox, THIEF)[-1].subject == "Your account was closed"
    assert Client().post(path).status_code == 404
    stolen.refresh_from_db()
    assert stolen.email.endswith("closed.invalid")


def test_a_sign_in_with_another_browser_is_told_and_with_a_known_one_is_not(client, mailoutbox):
    make_user(email=OWNER, password=PASSWORD)
    for _ in range(2):
        client.post("/account/login/", {"login": OWNER, "password": PASSWORD})
        client.post("/account/logout/")

    assert [mail.subject for mail in mailoutbox] == ["New sign-in"]


def test_no_link_of_a_notice_is_kept_in_clear(client, stolen, mailoutbox):
    take_over(client)
    token = link_in(to(mailoutbox, OWNER)[0]).split("/")[-2]

    assert token not in str(list(UndoLink.objects.values()))


def add_app(client):
    """Add an authenticator app as a person does; return what the page answered."""
    secret = re.findall(r'id="totp-secret">(\w+)<', client.get("/account/2fa/totp/activate/").text)[0]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    return client.post("/account/2fa/totp/activate/", {"code": code})


@pytest.mark.django_db(transaction=True)
def test_a_factor_that_a_thief_added_is_told_and_goes_with_the_undo(client, stolen, mailoutbox):
    add_app(client)

    (told,) = [mail for mail in to(mailoutbox, OWNER) if mail.subject == "A second factor was added"]
    assert Client().post(link_in(told)).status_code == 200
    assert not Authenticator.objects.filter(user=stolen).exists()


@pytest.mark.django_db(transaction=True)
def test_a_factor_that_a_thief_removed_is_told(client, stolen, mailoutbox):
    add_totp(stolen)

    client.post("/account/2fa/totp/deactivate/")

    assert [mail for mail in to(mailoutbox, OWNER) if mail.subject == "A second factor was removed" and link_in(mail)]


def test_an_undo_leaves_the_factors_of_before(client, stolen, mailoutbox):
    add_totp(stolen)
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=1))
    take_over(client)

    Client().post(link_in(to(mailoutbox, OWNER)[0]))

    assert Authenticator.objects.filter(user=stolen, type="totp").exists()


def test_no_link_wakes_a_closed_account(client, stolen, mailoutbox):
    take_over(client)
    path = link_in(to(mailoutbox, OWNER)[0])
    client.post("/account/close/", {"email": THIEF})

    assert Client().post(path).status_code == 404
    assert not User.objects.filter(email=OWNER).exists()
