"""Connect, prove, enable: the main job as a trader does it, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Trader

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_a_trader_connects_proves_and_enables(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("kucoin", "good", name="KuCoin Spot Main")

    trader.see_status("Online")
    expect(trader.page.locator(".steps li.passed")).to_have_count(5)
    trader.see("Everything is as it should be")

    trader.add_bot("BTC ETH New Groups", pairs="BTC/USDT, ETH/USDT", margin_limit="500")
    trader.see("It can be enabled")
    trader.page.get_by_role("button", name="Enable").click()
    expect(trader.page.get_by_role("heading", name="Trading", exact=True)).to_be_visible()


def test_a_bot_cannot_be_enabled_on_a_refused_key(trader: Trader) -> None:
    trader.sign_up()
    trader.connect("kucoin", "withdraw", name="KuCoin Spot Main")
    trader.see_status("Error")

    trader.add_bot("BTC ETH New Groups", pairs="BTC/USDT", margin_limit="500")
    trader.see("It cannot be enabled now")
    trader.page.get_by_role("button", name="Enable").click()

    trader.see("The connection has an error.")
    expect(trader.page.get_by_role("heading", name="Off")).to_be_visible()


@pytest.mark.only_desktop
def test_a_withdrawing_key_is_refused_and_destroyed_with_what_to_do_now(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("kucoin", "withdraw", name="KuCoin Spot Main")

    trader.see_status("Error")
    trader.see("Refused: this key can withdraw funds (Transfer).")
    trader.see("We destroyed our copy of this key. Take a practice key that cannot withdraw")


def test_a_wrong_address_shows_the_one_to_add_with_a_copy_button(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("mexc", "wrong_ip", name="Hedge account")

    trader.see_status("Error")
    trader.see("MEXC refused our server’s address 127.0.0.1")
    expect(trader.page.get_by_role("button", name="127.0.0.1 Copy").first).to_be_visible()


@pytest.mark.only_desktop
def test_a_key_without_trading_names_the_box_to_tick(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("kucoin", "read_only", name="Reader")

    trader.see_status("Error")
    trader.see("No trade permission")
    trader.see("Tick “Spot” on this key at KuCoin, keep “Withdrawal” off, then test again.")


@pytest.mark.only_desktop
def test_a_key_that_the_exchange_does_not_know_is_invalid(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("kucoin", "good", name="KuCoin Spot Main", api_key="0123456789abcdef01234567")

    trader.see_status("Error")
    trader.see("KuCoin does not know this key at www.kucoin.com.")


@pytest.mark.only_desktop
def test_a_wrong_secret_asks_to_copy_again(trader: Trader) -> None:
    trader.sign_up()

    trader.connect("mexc", "wrong_secret", name="Typo")

    trader.see_status("Error")
    trader.see("The Secret Key does not belong to this key")


@pytest.mark.only_desktop
def test_an_exchange_that_is_down_says_nothing_about_the_key(trader: Trader) -> None:
    trader.sign_up()
    key = trader.practice.tryout("kucoin", "good")
    trader.practice.fault("503", api_key=key["api_key"])

    trader.connect("kucoin", "good", name="KuCoin Spot Main")

    trader.see_status("Error")
    trader.see("KuCoin is not available at the moment. This says nothing about your key.")


@pytest.mark.only_desktop
def test_everything_works_without_javascript(trader: Trader) -> None:
    trader.sign_up()
    trader.switch_javascript_off()

    trader.connect("mexc", "good", name="MEXC Spot Main")
    trader.reload_until("Online")

    trader.page.get_by_role("button", name="Test again").click()
    trader.reload_until("Online")
