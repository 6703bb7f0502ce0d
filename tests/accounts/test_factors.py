"""Second factors: who needs one, that a code works once, and what a change of them does."""

import contextlib
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import freeze
from accounts.models import AuditEvent, User
from accounts.person import factors
from strategies.choices import BotState, HaltedBy
from tests.accounts.factories import PASSWORD, add_totp, make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, LOGIN, STEP = "ada@example.test", "/account/login/", "/account/2fa/authenticate/"
INDEX, ACTIVATE = "/account/2fa/", "/account/2fa/totp/activate/"


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def give(client: Client, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": EMAIL, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def second_step(client: Client, code: str) -> bool:
    client.post(STEP, {"code": code})
    return is_in(client)


@pytest.fixture
def ada() -> User:
    return make_user(email=EMAIL, password=PASSWORD)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_an_app_is_added_with_recovery_codes_and_asked_for_from_then_on(client: Client, ada: User, clock: Any) -> None:
    other = sign_in(Client(), ada)
    give(client)
    secret = re.findall(r'id="totp-secret">(\w+)<', client.get(ACTIVATE).content.decode())[0]
    html = client.post(ACTIVATE, {"code": code_of(secret)}, follow=True).content.decode()
    codes = re.findall(r"<li><code>(\d{10})</code>", html)
    client.post("/account/logout/")

    assert len(codes) == 10
    assert not is_in(other)
    assert give(client).headers["Location"] == STEP
    assert not is_in(client)
    assert not second_step(client, code_of(secret)), "the code that set it up is used up"
    clock.shift(timedelta(seconds=30))
    assert second_step(client, code_of(secret))
    assert Client().get("/account/2fa/recovery-codes/").status_code == 302
    assert codes[0] not in client.get("/account/2fa/recovery-codes/").content.decode(), "they are shown once"


def test_a_code_works_once_whatever_the_cache_forgets(ada: User, clock: Any) -> None:
    secret = add_totp(ada)
    first, second = Client(), Client()
    give(first)
    give(second)

    assert second_step(first, code_of(secret))
    cache.clear()

    assert not second_step(second, code_of(secret))


def test_a_recovery_code_works_once(ada: User) -> None:
    add_totp(ada)
    code = RecoveryCodes.activate(ada).generate_codes()[0]
    first, second = Client(), Client()
    give(first)
    give(second)

    assert second_step(first, code)
    assert not second_step(second, code)
    assert AuditEvent.objects.filter(action="account.factor_failed").exists()


def test_the_database_tells_no_secret(ada: User) -> None:
    secret = add_totp(ada)
    seed = RecoveryCodes.activate(ada).generate_codes()[0]

    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert seed not in stored
    assert factors.FactorAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret


def test_a_reset_by_mail_does_not_go_around_it(client: Client, ada: User) -> None:
    add_totp(ada)
    new = "five other words do too"
    client.post("/account/password/reset/", {"email": EMAIL})
    link = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))[0]

    client.post(client.get(link).headers["Location"], {"password1": new, "password2": new})
    give(client, new)

    assert not is_in(client)


@pytest.mark.parametrize("path", ["/operators/", "/operators/accounts/user/", "/operators/strategies/bot/"])
def test_an_operator_without_one_is_led_to_add_one(client: Client, path: str) -> None:
    sign_in(client, make_user(is_staff=True, is_superuser=True, has_factor=False))

    answer = client.get(path)

    assert answer.headers["Location"] == INDEX
    assert "Operators need a second factor" in client.get(INDEX).content.decode()


def test_an_operator_with_one_is_let_in(client: Client) -> None:
    sign_in(client, make_user(is_staff=True))

    assert client.get("/operators/").status_code == 200


def test_nobody_sees_factors_among_the_operators_pages(client: Client) -> None:
    sign_in(client, make_user(is_staff=True, is_superuser=True))

    assert client.get("/operators/mfa/authenticator/").status_code == 404


@pytest.mark.parametrize(
    ("venue", "has_factor", "is_on"), [("live", False, False), ("live", True, True), ("practice", False, True)]
)
def test_only_a_live_bot_needs_one(client: Client, venue: str, has_factor: bool, is_on: bool) -> None:
    owner = make_user(has_factor=has_factor)
    bot = make_bot(connection=make_connection(owner=owner, venue=venue))
    sign_in(client, owner)

    answer = client.post(reverse("bot_enable", args=[bot.public_id]))

    bot.refresh_from_db()
    assert (bot.state == BotState.ENABLED) is is_on
    assert (answer.headers["Location"] == INDEX) is not is_on
    if not is_on:
        add_totp(owner)
        assert reverse("bot_detail", args=[bot.public_id]) in client.get(INDEX).content.decode()


@pytest.mark.parametrize("is_live", [True, False])
def test_the_last_one_stays_while_a_live_bot_is_on(client: Client, ada: User, is_live: bool) -> None:
    make_bot(connection=make_connection(owner=ada, venue="live" if is_live else "practice"), state=BotState.ENABLED)
    add_totp(ada)
    sign_in(client, ada)

    client.post("/account/2fa/totp/deactivate/")

    assert factors.has_factor(ada) is is_live


def test_the_last_one_stays_while_a_live_bot_waits_to_go_on(client: Client, ada: User) -> None:
    """It goes on by itself when its exchange is there again, without anybody to ask for a factor then."""
    live = make_connection(owner=ada, venue="live")
    make_bot(connection=live, state=BotState.HALTED, halted_by=HaltedBy.TROUBLE)
    add_totp(ada)
    sign_in(client, ada)

    client.post("/account/2fa/totp/deactivate/")

    assert factors.has_factor(ada)


def test_the_last_passkey_stays_as_well(client: Client, ada: User) -> None:
    make_bot(connection=make_connection(owner=ada, venue="live"), state=BotState.ENABLED, name="Gold")
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone", "credential": {}})
    sign_in(client, ada)

    answer = client.post(f"/account/2fa/webauthn/keys/{passkey.pk}/remove/", follow=False)

    assert answer.status_code == 302
    assert factors.has_factor(ada)
    assert "Gold" in factors.why_kept(passkey)


def test_the_first_one_freezes_nothing_and_a_removed_one_does(client: Client, ada: User, clock: Any) -> None:
    make_connection(owner=ada)
    sign_in(client, ada)
    secret = re.findall(r'id="totp-secret">(\w+)<', client.get(ACTIVATE).content.decode())[0]
    client.post(ACTIVATE, {"code": code_of(secret)})
    before = freeze.freeze_of(User.objects.get(pk=ada.pk))
    client.post("/account/2fa/totp/deactivate/")

    assert before is None
    assert freeze.freeze_of(User.objects.get(pk=ada.pk)) is not None
    assert not factors.has_factor(ada)


@pytest.mark.parametrize("path", [ACTIVATE, "/account/2fa/webauthn/add/", "/account/2fa/recovery-codes/generate/"])
def test_changing_them_needs_a_fresh_sign_in(client: Client, ada: User, path: str) -> None:
    sign_in(client, ada, age=31 * 60)

    assert "reauthenticate" in client.get(path).headers["Location"]


def test_an_unproven_accounts_factors_end_with_it(client: Client) -> None:
    user = make_user(email=EMAIL, is_proven=False, has_factor=True)
    client.post("/account/password/reset/", {"email": EMAIL})
    link = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))[0]

    client.post(client.get(link).headers["Location"], {"password1": PASSWORD, "password2": PASSWORD})

    assert not factors.has_factor(user)


def test_a_factor_whose_event_cannot_be_written_is_not_added(
    ada: User, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(Client(raise_request_exception=False), ada)
    secret = re.findall(r'id="totp-secret">(\w+)<', client.get(ACTIVATE).content.decode())[0]
    monkeypatch.setattr("accounts.person.factors.audit.record", None)

    answer = client.post(ACTIVATE, {"code": code_of(secret)})

    assert answer.status_code == 500
    assert not factors.has_factor(ada)


def test_wrong_codes_of_who_knows_the_password_do_not_keep_the_owner_out(ada: User, clock: Any) -> None:
    secret = add_totp(ada)
    owner, thief = Client(), Client()
    give(owner)
    assert second_step(owner, code_of(secret))
    owner.post("/account/logout/")
    clock.shift(timedelta(minutes=1))
    give(thief)
    codes = [thief.post(STEP, {"code": "000000"}).status_code for _ in range(10)]

    give(owner)

    assert codes[-1] == 429
    assert second_step(owner, code_of(secret))


@pytest.mark.services
def test_of_two_windows_that_remove_the_last_two_one_is_refused(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bot(connection=make_connection(owner=ada, venue="live"), state=BotState.ENABLED)
    add_totp(ada)
    passkey = Authenticator.objects.create(user=ada, type="webauthn", data={"name": "Phone", "credential": {}})
    both, delete = threading.Barrier(2), Authenticator.delete

    def when_both_are_here(self: Authenticator, *args: Any, **options: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)
        return delete(self, *args, **options)

    monkeypatch.setattr(Authenticator, "delete", when_both_are_here)

    def remove(client: Client, path: str) -> int:
        try:
            return client.post(path).status_code
        finally:
            connection.close()

    # Before any of them removes one: that ends the other's session.
    windows = [sign_in(Client(), ada) for _ in range(2)]
    paths = ["/account/2fa/totp/deactivate/", f"/account/2fa/webauthn/keys/{passkey.pk}/remove/"]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(remove, windows, paths))

    assert factors.has_factor(ada)
    assert max(found) < 500


def code_at(secret: str, steps: int) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


@pytest.mark.parametrize(("steps", "is_taken"), [(0, True), (-1, True), (-2, False), (1, False)])
def test_a_code_counts_for_its_own_half_minute_and_the_next(
    ada: User, client: Client, steps: int, is_taken: bool
) -> None:
    secret = add_totp(ada)
    with time_machine.travel(timezone.now(), tick=False):
        give(client)

        assert second_step(client, code_at(secret, steps)) is is_taken


def test_after_a_code_neither_it_nor_an_older_one_counts(ada: User) -> None:
    secret = add_totp(ada)
    with time_machine.travel(timezone.now(), tick=False):
        for steps, is_taken in ((0, True), (0, False), (-1, False)):
            client = Client()
            give(client)
            assert second_step(client, code_at(secret, steps)) is is_taken
            # What allauth remembers of used codes stands in a cache, which forgets.
            cache.clear()
