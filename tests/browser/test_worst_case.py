"""The worst case beside a bot's form and the ladder of one's own in it: both follow what is typed."""

import pytest
from playwright.sync_api import expect

from strategies.models import Bot
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


def test_the_levels_values_are_written_into_the_own_ladder_and_emptied_again(trader: Trader) -> None:
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.open("/bots/add/")
    page = trader.page
    page.locator("#id_pairs").fill("BTC/USDT")
    page.locator("#id_margin_limit").press_sequentially("500")
    page.get_by_label("Medium").check()
    page.get_by_text("A ladder of your own").click()
    expect(page.locator("#id_add_ons")).to_have_attribute("placeholder", "5")
    page.locator("#id_add_ons").fill("2")
    expect(page.locator(".ladder tbody tr")).to_have_count(3)

    page.get_by_role("button", name="Write the level’s values in").click()

    # What is typed stays, and what the level has none of stays empty.
    expect(page.locator("#id_add_ons")).to_have_value("2")
    expect(page.locator("#id_first_step")).to_have_value("1.8")
    expect(page.locator("#id_volume_scale")).to_have_value("1.15")
    expect(page.locator("#id_floor")).to_have_value("")
    expect(page.locator(".ladder tbody tr")).to_have_count(3)

    page.get_by_role("button", name="Empty all").click()

    expect(page.locator("#id_add_ons")).to_have_value("")
    expect(page.locator("#id_first_step")).to_have_value("")
    expect(page.locator(".ladder tbody tr")).to_have_count(6)


@pytest.mark.only_desktop
def test_without_javascript_an_own_ladder_is_typed_and_saved(trader: Trader) -> None:
    """The two buttons, which only a script can follow, are not there; empty boxes are the level's."""
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.switch_javascript_off()
    trader.open("/bots/add/")
    page = trader.page
    page.locator("#id_name").fill("Mine")
    page.locator("#id_connection").select_option(index=1)
    page.locator("#id_pairs").fill("BTC/USDT")
    page.locator("#id_margin_limit").fill("500")
    page.get_by_text("A ladder of your own").click()
    expect(page.get_by_role("button", name="Write the level’s values in")).to_be_hidden()
    expect(page.get_by_role("button", name="Empty all")).to_be_hidden()
    page.locator("#id_add_ons").fill("2")

    page.get_by_role("button", name="Recalculate").click()
    expect(page.locator(".ladder tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Save the bot").click()

    page.wait_for_url("**/bots/*/")
    bot = Bot.objects.get(name="Mine")
    assert (bot.add_ons, bot.first_step, bot.volume_scale) == (2, None, None)
