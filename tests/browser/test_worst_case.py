"""The worst case beside a bot's form: it follows what is typed, and works without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Trader

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_the_ladder_appears_as_one_types(trader: Trader) -> None:
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.open("/bots/add/")
    page = trader.page

    page.locator("#id_pairs").fill("BTC/USDT, ETH/USDT")
    page.locator("#id_margin_limit").press_sequentially("500")

    expect(page.locator(".ladder tbody tr")).to_have_count(4)
    page.get_by_label("Medium").check()
    expect(page.locator(".ladder tbody tr")).to_have_count(6)
    page.get_by_label("ETH/USDT").check()
    expect(page.locator("#worst-case .sub")).to_contain_text("ETH/USDT")
    expect(page.locator("#id_margin_limit")).to_have_value("500")


@pytest.mark.only_desktop
def test_fields_of_another_way_of_entering_are_out_of_sight(trader: Trader) -> None:
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.open("/bots/add/")
    page = trader.page

    expect(page.locator("#id_re_entry_minutes")).to_be_hidden()
    page.get_by_label("Immediate re-entry").check()

    expect(page.locator("#id_re_entry_minutes")).to_be_visible()
    expect(page.locator("#id_trend_frame")).to_be_hidden()


@pytest.mark.only_desktop
def test_without_javascript_a_button_recalculates(trader: Trader) -> None:
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.switch_javascript_off()
    trader.open("/bots/add/")
    page = trader.page
    page.locator("#id_pairs").fill("BTC/USDT")
    page.locator("#id_margin_limit").fill("500")

    page.get_by_role("button", name="Recalculate").click()

    expect(page.locator(".ladder tbody tr")).to_have_count(4)
    expect(page.locator("#id_margin_limit")).to_have_value("500")
