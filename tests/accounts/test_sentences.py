"""What people are told on the way in is ours: allauth's own words often name no next step."""

from pathlib import Path

import allauth
import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.template import Engine
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.person.factors import FactorAdapter
from tests.accounts.factories import PASSWORD, make_user

# Of ways in that we do not have: phones, user names, mailed codes for signing in, forms of other clients.
ABSENT = ("phone", "username", "unknown", "login_code", "select_only_one", "invalid_login", "rate_limited", "inactive")
TEMPLATES = Path(allauth.__file__).parent / "templates"
MESSAGES = [
    str(path.relative_to(TEMPLATES))
    for room in ("account", "mfa")
    for path in (TEMPLATES / room / "messages").iterdir()
    if not any(word in path.name for word in ABSENT)
]


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_each_message_has_our_sentence(name: str) -> None:
    assert Path(Engine.get_default().get_template(name).origin.name).is_relative_to(settings.BASE_DIR / "templates")


@pytest.mark.parametrize(
    ("ours", "theirs"), [(AccountAdapter, DefaultAccountAdapter), (FactorAdapter, DefaultMFAAdapter)]
)
def test_each_refusal_has_our_sentence(ours: type, theirs: type) -> None:
    untold = {key for key, text in theirs.error_messages.items() if ours.error_messages[key] == text}  # type: ignore[attr-defined]

    # Addresses are proven by codes, and then no factor stands in their way.
    assert {key for key in untold if not any(word in key for word in ABSENT)} <= {"add_email_blocked"}


@pytest.mark.django_db
def test_a_wrong_password_says_what_to_do_next(client: Client) -> None:
    user = make_user(password=PASSWORD)

    page = client.post("/account/login/", {"login": user.email, "password": "four other words here"})

    assert "Type both again, or reset the password." in page.content.decode()
    assert page.content.decode().count("/account/password/reset/") == 1
