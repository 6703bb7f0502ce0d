"""The operators' page for the night, left open while the web dies."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Trader
from tests.browser.test_policy import come_in
from tests.web.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
# As if 36 seconds had passed without a look.
PASS = "one => { for (const wait of one.getAnimations()) wait.currentTime = 36000; }"


@pytest.mark.only_desktop
def test_a_page_that_gets_no_look_says_that_it_is_old_until_one_comes(trader: Trader) -> None:
    world = make_world()
    come_in(trader.page, trader.url, world, "staff")
    trader.open("/operators/operations/")
    old = trader.page.get_by_text("This page is old")
    expect(old).to_be_hidden()

    trader.page.locator(".stale").evaluate(PASS)

    expect(old).to_be_visible()
    expect(old).to_be_hidden(timeout=15_000)
