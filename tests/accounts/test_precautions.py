"""What follows when somebody's way in has changed: a freeze where there is something to protect, no old address."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.freeze import LASTS, Because, freeze_of
from accounts.fresh import precautions
from accounts.models import AuditEvent, OutgoingMail, User
from strategies.models import Bot
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "nine otters juggle lanterns"


@pytest.fixture
def bot(settings: Settings) -> Bot:
    """Return a live bot that an address reaches."""
    settings.ACCOUNT_RATE_LIMITS = False
    owner = make_user(password=PASSWORD, date_joined=timezone.now() - timedelta(days=30))
    return make_bot(connection=make_connection(owner=owner, venue="live"), state="enabled", signal_hash="h" * 64)


def owner_of(bot: Bot) -> User:
    return User.objects.get(pk=bot.connection.owner_id)


def reset(client: Client, user: User) -> None:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link = f"/account/password/reset/key/{key}/"
    client.post(client.get(link).headers["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


def make_primary(client: Client, user: User) -> None:
    EmailAddress.objects.create(user=user, email="new@example.test", verified=True)
    client.post(reverse("account_email"), {"email": "new@example.test", "action_primary": ""})


def change_password(client: Client, user: User) -> None:
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})


@pytest.mark.parametrize(
    ("change", "because"), [(reset, Because.PASSWORD_RESET), (make_primary, Because.ADDRESS_CHANGED)]
)
def test_it_freezes_and_ends_signal_addresses(client: Client, bot: Bot, change: Any, because: Because) -> None:
    if change is not reset:
        sign_in(client, bot.connection.owner)

    change(client, owner_of(bot))

    found = freeze_of(owner_of(bot))
    assert found
    assert found.because == because
    bot.refresh_from_db()
    assert (bot.signal_hash, bot.state) == (None, "enabled")
    told = AuditEvent.objects.filter(action__in=("account.frozen", "bot.signal_address_ended"))
    assert sorted(told.values_list("action", "outcome")) == [
        ("account.frozen", because),
        ("bot.signal_address_ended", "ok"),
    ]


def test_the_primary_address_made_primary_once_more_is_no_change(client: Client, bot: Bot) -> None:
    sign_in(client, bot.connection.owner)

    client.post(reverse("account_email"), {"email": owner_of(bot).email, "action_primary": ""})

    assert freeze_of(owner_of(bot)) is None
    bot.refresh_from_db()
    assert bot.signal_hash == "h" * 64
    assert not AuditEvent.objects.filter(action="account.email_changed").exists()
    assert not OutgoingMail.objects.exists()


def test_another_password_ends_signal_addresses_and_freezes_nothing(client: Client, bot: Bot) -> None:
    sign_in(client, bot.connection.owner)

    change_password(client, owner_of(bot))

    assert freeze_of(owner_of(bot)) is None
    bot.refresh_from_db()
    assert bot.signal_hash is None


def test_an_account_without_keys_has_nothing_to_freeze(client: Client) -> None:
    user = make_user(password=PASSWORD)
    make_connection(owner=user, deleted=True, status="untested")

    reset(client, user)

    assert freeze_of(User.objects.get(pk=user.pk)) is None


def test_a_change_that_is_undone_freezes_nothing(client: Client, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail cannot be written: neither the password nor the freeze is."""
    client = Client(raise_request_exception=False)
    before = owner_of(bot).password
    monkeypatch.setattr("accounts.freeze.audit.record", None)

    reset(client, owner_of(bot))

    assert (owner_of(bot).password, freeze_of(owner_of(bot))) == (before, None)


class Factor:
    """Stands for a row of allauth's factors, of which the account has `others`."""

    others = 0

    def __init__(self, kind: str = "totp") -> None:
        self.pk, self.type = 1, kind

    class objects:
        @classmethod
        def filter(cls, **which: Any) -> Any:
            return SimpleNamespace(exclude=lambda **others: cls._others())

        @staticmethod
        def _others() -> Any:
            return SimpleNamespace(exclude=lambda **others: SimpleNamespace(exists=lambda: bool(Factor.others)))


@pytest.mark.parametrize(
    ("kind", "others", "joined", "is_frozen"),
    [
        ("totp", 0, timedelta(hours=1), False),
        ("totp", 0, LASTS, True),
        ("webauthn", 1, timedelta(hours=1), True),
    ],
)
def test_a_factor_freezes_but_the_first_of_an_account_of_today(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, kind: str, others: int, joined: timedelta, is_frozen: bool
) -> None:
    monkeypatch.setattr(Factor, "others", others)
    user = owner_of(bot)
    user.date_joined = timezone.now() - joined

    precautions.on_factor_added(None, request=RequestFactory().get("/"), user=user, authenticator=Factor(kind))

    assert (freeze_of(owner_of(bot)) is not None) is is_frozen


def test_a_factor_that_went_freezes_and_leaves_the_addresses(bot: Bot) -> None:
    precautions.on_factor_changed(None, request=RequestFactory().get("/"), user=owner_of(bot))

    found = freeze_of(owner_of(bot))
    assert found
    assert found.because == Because.FACTOR_CHANGED
    bot.refresh_from_db()
    assert bot.signal_hash


def test_every_page_says_until_when_and_why(client: Client, bot: Bot) -> None:
    reset(Client(), owner_of(bot))
    sign_in(client, owner_of(bot))

    for path in ("/", reverse("connection_add"), reverse("bot_edit", args=[bot.public_id]), reverse("account_page")):
        page = client.get(path).text
        assert "Keys and live bots are frozen until" in page
        assert "because the password was reset by mail" in page
