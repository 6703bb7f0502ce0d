"""A sign-in that grew old, and a frozen account: what a trader sees in Chromium, and that nothing typed is lost."""

import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.utils import timezone

from accounts import freeze
from accounts.models import User
from accounts.person.sessions import SessionStore
from strategies.choices import BotState
from strategies.models import Bot
from tests.browser.steps import PASSWORD, Trader, code_for
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bot(trader: Trader) -> Bot:
    """Return a live bot of somebody who is signed in; nothing asks its exchange here."""
    trader.sign_up()
    home = make_connection(owner=User.objects.get(email=trader.email), venue="live", name="Gold")
    return make_bot(connection=home, name="Steady", margin_limit="500", paused="entries")


def let_the_sign_in_grow_old(trader: Trader) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in trader.page.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 40 * 60}]
    session.save()


def test_a_higher_limit_asks_who_it_is_and_is_kept_meanwhile(trader: Trader, bot: Bot) -> None:
    let_the_sign_in_grow_old(trader)
    trader.open(f"/bots/{bot.public_id}/edit/")
    trader.page.locator("#id_margin_limit").fill("900")
    trader.page.get_by_role("button", name="Save").first.click()
    trader.page.wait_for_url("**/account/reauthenticate/**")
    assert Bot.objects.get(pk=bot.pk).margin_limit == 500

    trader.page.locator("#id_password").fill(PASSWORD)
    trader.page.locator("main form button[type=submit]").first.click()
    trader.see("nothing has happened yet")
    trader.page.get_by_role("button", name="Let a live bot risk more").click()

    trader.page.wait_for_url("**/bots/**")
    trader.page.wait_for_load_state()
    assert Bot.objects.get(pk=bot.pk).margin_limit == 900


def test_without_the_password_at_hand_a_mailed_code_goes_on_with_what_was_typed(trader: Trader, bot: Bot) -> None:
    let_the_sign_in_grow_old(trader)
    trader.open(f"/bots/{bot.public_id}/edit/")
    trader.page.locator("#id_margin_limit").fill("900")
    trader.page.get_by_role("button", name="Save").first.click()
    trader.page.wait_for_url("**/account/reauthenticate/**")
    trader.page.get_by_role("link", name="Mail me a code").click()
    trader.see("It confirms: Let a live bot risk more.")
    trader.page.get_by_role("button", name="Mail me a code").click()
    trader.see(f"We mailed a code to {trader.email}")

    trader.page.locator("#id_code").fill(code_for(trader.email))
    trader.page.get_by_role("button", name="Confirm", exact=True).click()
    trader.page.get_by_role("button", name="Let a live bot risk more").click()

    trader.page.wait_for_url("**/bots/**")
    trader.page.wait_for_load_state()
    assert Bot.objects.get(pk=bot.pk).margin_limit == 900


def test_a_frozen_account_says_so_and_still_switches_off(trader: Trader, bot: Bot) -> None:
    Bot.objects.filter(pk=bot.pk).update(state=BotState.ENABLED, enabled_at=timezone.now())
    freeze.freeze(bot.connection.owner, freeze.Because.PASSWORD_RESET)
    trader.open("/connections/add/")
    trader.see("Keys and live bots are frozen until")
    trader.see("because the password was reset by mail")

    trader.open(f"/bots/{bot.public_id}/")
    trader.page.get_by_role("button", name="Disable").first.click()
    trader.page.wait_for_load_state()

    trader.see("is off")
    assert Bot.objects.get(pk=bot.pk).state == BotState.OFF
