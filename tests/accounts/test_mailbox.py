"""An account belongs to the mailbox that was proven for it."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import mailbox
from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from connections import flows
from connections.errors import OwnerNotProvenError
from connections.models import Connection
from strategies.bots import flows as bots
from strategies.errors import RefusedError
from strategies.signals import inbox
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
SIGNUP, CODE, RESET, LOGIN = (
    "/account/signup/",
    "/account/confirm-email/",
    "/account/password/reset/",
    "/account/login/",
)
VICTIM, ATTACKER = "victim@example.test", "attacker@example.test"
CREDENTIALS = {"api_key": "a" * 24, "secret": "b" * 36, "passphrase": "c" * 8}
OTHER_PASSWORD = "five other words do too"


@pytest.fixture(autouse=True)
def without_limits(settings):
    settings.ACCOUNT_RATE_LIMITS = False


def code_for(email: str) -> str:
    found = [one for one in mail.outbox if one.to == [email]]
    return str(re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(found[-1].body), re.MULTILINE)[0])


def sign_up(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(SIGNUP, {"email": email, "password1": password})


def confirm(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code, "action": "verify"})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def reset(client: Client, email: str, password: str) -> None:
    client.post(RESET, {"email": email})
    link = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))[0]
    client.post(client.get(link).headers["Location"], {"password1": password, "password2": password})


def test_nobody_is_in_before_the_mailbox_is_proven(client: Client) -> None:
    answer = sign_up(client, VICTIM)

    assert answer.url == CODE
    assert not is_in(client)
    assert not User.objects.get().is_proven
    assert not User.objects.get().has_usable_password()


def test_the_code_proves_it_and_signs_in(client: Client) -> None:
    sign_up(client, VICTIM)

    answer = confirm(client, code_for(VICTIM))

    assert answer.url == reverse("overview")
    assert is_in(client)
    assert User.objects.get().is_proven
    assert User.objects.get().check_password(PASSWORD)


def test_the_page_has_one_next_step_and_sends_again(client: Client) -> None:
    sign_up(client, VICTIM)
    first = code_for(VICTIM)

    html = client.get(CODE).content.decode()
    client.post(CODE, {"action": "resend"})

    assert "Confirm your address" in html
    assert "Send another code" in html
    assert code_for(VICTIM) != first
    assert confirm(client, first).status_code == 200
    assert confirm(client, code_for(VICTIM)).status_code == 302


def test_a_code_is_of_no_use_in_another_browser(client: Client) -> None:
    other = Client()
    sign_up(client, VICTIM)
    of_first = code_for(VICTIM)
    sign_up(other, VICTIM, OTHER_PASSWORD)

    confirm(other, of_first)

    assert not is_in(other)


def test_who_proves_the_mailbox_has_the_account_with_the_password_of_that_browser(client: Client) -> None:
    attacker = Client()
    sign_up(attacker, VICTIM, OTHER_PASSWORD)
    sign_up(client, VICTIM)

    confirm(client, code_for(VICTIM))

    user = User.objects.get()
    assert is_in(client)
    assert user.check_password(PASSWORD)
    assert Client().post(LOGIN, {"login": VICTIM, "password": OTHER_PASSWORD}).status_code == 200
    assert not is_in(attacker)


def test_a_stranger_who_signs_up_again_does_not_take_the_code_away(client: Client) -> None:
    sign_up(client, VICTIM)
    code = code_for(VICTIM)
    sign_up(Client(), VICTIM, OTHER_PASSWORD)

    confirm(client, code)

    assert User.objects.get().check_password(PASSWORD)


def test_three_wrong_codes_end_it(client: Client) -> None:
    sign_up(client, VICTIM)
    code = code_for(VICTIM)
    for _ in range(3):
        confirm(client, "BBBB-BBBB")

    confirm(client, code)

    assert not is_in(client)
    assert not User.objects.get().is_proven


def walk(client: Client, email: str) -> list[tuple[int, str, str]]:
    """Do all that somebody can do with an address and without its mails; return what a stranger sees."""
    seen = []
    for method, path, data in (
        ("post", SIGNUP, {"email": email, "password1": PASSWORD}),
        ("get", CODE, {}),
        ("post", CODE, {"code": "BBBB-BBBB", "action": "verify"}),
        ("post", CODE, {"action": "resend"}),
        ("get", CODE, {}),
        ("post", SIGNUP, {"email": email, "password1": PASSWORD}),
        ("get", LOGIN, {}),
        ("post", "/account/logout/", {"next": LOGIN}),
        ("get", CODE, {}),
        ("get", LOGIN, {}),
        ("post", LOGIN, {"login": email, "password": "wrong wrong wrong"}),
        ("post", RESET, {"email": email}),
        ("get", "/account/password/reset/done/", {}),
    ):
        answer = getattr(client, method)(path, data)
        html = answer.content.decode().replace(email, "…")
        seen.append((answer.status_code, answer.headers.get("Location", ""), re.sub(r'value="[^"]{64}"', "", html)))
    return seen


def test_nothing_tells_who_has_an_account() -> None:
    make_user(email=VICTIM, password=PASSWORD)
    make_user(email="half@example.test", is_proven=False)

    known, half, unknown = (walk(Client(), f"{name}@example.test") for name in ("victim", "half", "nobody"))

    assert known == unknown
    assert half == unknown


def test_the_owner_of_an_address_is_told_that_somebody_tried(client: Client) -> None:
    make_user(email=VICTIM, password=PASSWORD)

    sign_up(client, VICTIM, OTHER_PASSWORD)

    assert [one.subject for one in mail.outbox] == ["BackFuture AI: You already have an account"]
    assert User.objects.get().check_password(PASSWORD)


def test_an_account_in_somebodys_name_is_not_the_makers() -> None:
    """Fault 1, step by step: sign up in a victim's name, add an own address, wait for the victim, reset by the own."""
    attacker, victim = Client(), Client()
    sign_up(attacker, VICTIM, OTHER_PASSWORD)
    attacker.post("/account/email/", {"email": ATTACKER, "action_add": ""})
    if sent := [one for one in mail.outbox if one.to == [ATTACKER]]:
        confirm(attacker, re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(sent[-1].body), re.MULTILINE)[0])

    reset(victim, VICTIM, PASSWORD)
    victim.post(LOGIN, {"login": VICTIM, "password": PASSWORD})
    mail.outbox.clear()
    attacker.post(RESET, {"email": ATTACKER})

    assert is_in(victim)
    assert not is_in(attacker)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(VICTIM, True)]
    assert "password/reset/key" not in str(mail.outbox[-1].body)


def test_what_an_unproven_account_made_ends_when_its_owner_resets_it(client: Client) -> None:
    user = make_user(email=VICTIM, password=OTHER_PASSWORD)
    bot = make_bot(connection=make_connection(owner=user))
    inbox.make_address(bot, by=PRODUCT)
    EmailAddress.objects.update(verified=False)
    EmailAddress.objects.create(user=user, email=ATTACKER)
    attacker = sign_in(Client(), user)

    reset(client, VICTIM, PASSWORD)

    bot.refresh_from_db()
    assert not is_in(attacker)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(VICTIM, True)]
    assert bot.signal_hash is None
    assert not Connection.objects.owned_by(user).exists()
    assert AuditEvent.objects.filter(action="account.claimed").exists()


def test_a_reset_of_a_proven_account_ends_its_sessions_and_leaves_its_keys(client: Client) -> None:
    user = make_user(email=VICTIM, password=OTHER_PASSWORD)
    make_connection(owner=user)
    thief = sign_in(Client(), user)

    reset(client, VICTIM, PASSWORD)

    assert not is_in(thief)
    assert Connection.objects.owned_by(user).count() == 1


def test_an_address_that_nobody_confirmed_gets_no_link(client: Client) -> None:
    EmailAddress.objects.create(user=make_user(email=VICTIM), email=ATTACKER)

    client.post(RESET, {"email": ATTACKER})

    assert "password/reset/key" not in str(mail.outbox[-1].body)


def test_without_a_proven_mailbox_no_key_no_bot_no_signals_no_address(client: Client) -> None:
    user = make_user(is_proven=False)
    bot = make_bot(connection=make_connection(owner=user))
    sign_in(client, user)

    with pytest.raises(OwnerNotProvenError):
        flows.add_connection(
            user, exchange="kucoin", venue="live", market="spot", name="x", credentials=CREDENTIALS, by=PRODUCT
        )
    with pytest.raises(OwnerNotProvenError):
        flows.replace_secret(bot.connection, credentials=CREDENTIALS, by=PRODUCT)
    with pytest.raises(RefusedError):
        bots.enable_bot(bot, by=PRODUCT)
    with pytest.raises(RefusedError):
        inbox.make_address(bot, by=PRODUCT)
    page = client.post(reverse("account_email"), {"email": ATTACKER, "action_add": ""}).content.decode()

    assert "Confirm your e-mail address first" in page
    assert Connection.objects.count() == 1


def test_two_who_hold_one_address_hold_one_account() -> None:
    first, second = mailbox.hold_account(VICTIM), mailbox.hold_account(VICTIM)

    assert first == second


def test_what_a_stranger_holds_is_not_in_the_way_of_a_further_address(client: Client) -> None:
    user = make_user(email=ATTACKER, password=PASSWORD)
    sign_up(Client(), VICTIM)
    sign_in(client, user)
    client.post("/account/email/", {"email": VICTIM, "action_add": ""})
    confirm(client, code_for(VICTIM))

    answer = client.post("/account/email/", {"email": VICTIM, "action_primary": ""})

    user.refresh_from_db()
    assert answer.status_code == 302
    assert user.email == VICTIM
    assert not User.objects.exclude(pk=user.pk).filter(is_active=True).exists()


def test_nobody_holds_a_further_address_of_somebody(client: Client) -> None:
    user = make_user(email=ATTACKER)
    EmailAddress.objects.create(user=user, email=VICTIM, verified=True)

    answer = sign_up(client, VICTIM)

    assert answer.headers["Location"] == CODE
    assert "account" in str(mail.outbox[-1].body)
    assert User.objects.count() == 1


def test_codes_that_come_at_once_are_counted_though_each_sees_the_same_session(client: Client) -> None:
    sign_up(client, VICTIM)
    key, before = client.session.session_key, dict(client.session)
    codes = []
    for _ in range(12):
        codes.append(confirm(client, "AAAA-AAAA").status_code)
        session = client.session
        if session.session_key == key:
            session.update(before)
            session.save()

    assert codes[0] == 200
    assert codes[-1] == 429
