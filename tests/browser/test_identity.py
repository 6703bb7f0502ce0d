"""Confirm the mailbox, add a second factor, sign in with it: as a trader does it in Chromium."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.steps import PASSWORD, Trader, code_for

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
OVERVIEW = re.compile(r"localhost:\d+/$|127\.0\.0\.1:\d+/$")


def sign_out(trader: Trader) -> None:
    trader.open("/account/")
    trader.page.get_by_role("button", name="Sign out").click()
    trader.page.wait_for_url("**/account/login/")


def give_password(trader: Trader) -> None:
    trader.page.locator("#id_login").fill(trader.email)
    trader.page.locator("#id_password").fill(PASSWORD)
    trader.page.get_by_role("button", name="Sign in", exact=True).click()
    trader.page.wait_for_url("**/account/2fa/authenticate/")


def test_an_app_and_a_recovery_code_let_in(trader: Trader) -> None:
    trader.sign_up()
    trader.open("/account/2fa/")
    trader.page.get_by_role("link", name="Add an app").click()
    secret = trader.page.locator("#totp-secret").inner_text()
    trader.page.locator("#id_code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    trader.page.get_by_role("button", name="Add it").click()
    codes = trader.page.locator("#recovery-codes code").all_inner_texts()
    trader.page.get_by_role("link", name="I have them").click()
    trader.see("10 left")
    sign_out(trader)

    give_password(trader)
    trader.page.locator("#id_code").fill(codes[0])
    trader.page.get_by_role("button", name="Sign in").click()

    trader.page.wait_for_url(OVERVIEW)
    trader.open("/account/2fa/")
    trader.see("9 left")


@pytest.mark.only_desktop
def test_a_passkey_is_the_second_step_and_signs_in_alone(trader: Trader) -> None:
    browser = trader.page.context.new_cdp_session(trader.page)
    browser.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    trader.sign_up()
    trader.open("/account/2fa/")
    trader.page.get_by_role("link", name="Add a passkey").click()
    trader.page.locator("#id_passwordless").check()
    trader.page.get_by_role("button", name="Add it").click()
    expect(trader.page.locator("#recovery-codes code")).to_have_count(10)
    sign_out(trader)

    trader.page.get_by_role("button", name="Sign in with a passkey").click()
    trader.page.wait_for_url(OVERVIEW)
    sign_out(trader)
    give_password(trader)
    trader.page.get_by_role("button", name="Use a passkey").click()

    trader.page.wait_for_url(OVERVIEW)


def test_a_link_in_a_mail_takes_the_account_back(trader: Trader) -> None:
    """Somebody with the session adds an address of their own and makes it the one to sign in with."""
    trader.sign_up()
    owner, thief = trader.email, f"thief.of.{trader.email}"
    trader.open("/account/email/")
    trader.page.locator("#id_email").fill(thief)
    trader.page.get_by_role("button", name="Add").click()
    trader.page.locator("#id_code").fill(code_for(thief))
    trader.page.get_by_role("button", name="Confirm", exact=True).click()
    trader.open("/account/email/")
    trader.page.get_by_role("radio", name=re.compile("thief")).check()
    trader.page.get_by_role("button", name="Make primary").click()
    trader.page.wait_for_load_state()
    notice = [one for one in mail.outbox if one.to == [owner] and "sign-in address was changed" in one.subject][-1]
    (link,) = re.findall(r"/account/undo/\S+", str(notice.body))

    trader.open(link)
    trader.page.get_by_role("button", name="Undo it and sign everybody out").click()

    trader.see("The account is yours again")
    trader.open("/bots/")
    trader.page.wait_for_url("**/account/login/**")
    assert not EmailAddress.objects.filter(email=thief).exists()
    assert User.objects.get(email=owner).frozen_until
