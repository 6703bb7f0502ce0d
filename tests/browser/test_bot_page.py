"""The bot's page in a browser: the chart is drawn, goes on with new data, and the page stays calm under the reader."""

from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from strategies.models import Bot, CandleSeries, Group
from tests.browser.steps import Trader
from tests.strategies.factories import make_fill, make_group, make_instrument, make_order

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
BARS = 120


def make_traded_bot(trader: Trader) -> Group:
    """Make a bot that is off, so that nobody steps it, with a group in Recovery Mode and its candles."""
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.see_status("Online")
    trader.add_bot("BTC ETH New Groups", pairs="BTC/USDT, ETH/USDT", margin_limit="500")
    trader.see("It can be enabled")
    bot, now = Bot.objects.get(), timezone.now()
    # A pair that nobody trades, so that no worker writes over what the test made.
    group = make_group(bot=bot, pair="TEST/USDT", mode="recovery", recovery_since=now, recovery_reason="recovery.loss")
    make_fill(order=make_order(group=group))
    start = int(now.timestamp()) // 900 * 900
    rows = [[(start - 900 * back) * 1000, "99", "101", "97", "98.5", "1"] for back in reversed(range(BARS))]
    instrument = make_instrument(connection=bot.connection, pair="TEST/USDT", price="98.4")
    CandleSeries.objects.create(instrument=instrument, frame="15m", rows_json=rows)
    return group


def test_the_chart_is_drawn_in_both_themes_beside_its_levels(trader: Trader) -> None:
    make_traded_bot(trader)

    trader.page.reload()

    expect(trader.page.locator("#chart canvas").first).to_be_visible()
    expect(trader.page.locator("#chart-wait")).to_be_hidden()
    expect(trader.page.get_by_role("row", name="Break-even 100.20")).to_be_visible()
    trader.page.locator("[data-theme-toggle]").click()
    expect(trader.page.locator("#chart canvas").first).to_be_visible()
    trader.see("Recovery Mode: the open loss is large.")


@pytest.mark.only_desktop
def test_new_figures_arrive_without_a_jump_and_the_focus_stays(trader: Trader) -> None:
    group = make_traded_bot(trader)
    trader.page.reload()
    expect(trader.page.locator("#chart canvas").first).to_be_visible()
    trader.page.evaluate("window.kept = document.querySelector('#chart canvas')")
    link = trader.page.get_by_role("link", name="Chart of TEST/USDT")
    link.focus()
    before = trader.page.evaluate("scrollY")

    Group.objects.filter(pk=group.pk).update(cost=Decimal(110), at_work=Decimal(110))

    expect(trader.page.locator(f"#g-{group.public_id}")).to_contain_text("110.00")
    expect(link).to_be_focused()
    assert trader.page.evaluate("[scrollY, window.kept === document.querySelector('#chart canvas')]") == [before, True]


@pytest.mark.only_desktop
def test_without_javascript_the_levels_and_the_journal_are_there(trader: Trader) -> None:
    make_traded_bot(trader)
    address = trader.page.url

    trader.switch_javascript_off()
    trader.page.goto(address)

    expect(trader.page.get_by_role("row", name="Take profit 101.70")).to_be_visible()
    expect(trader.page.locator("#chart")).to_be_hidden()
    trader.page.get_by_role("link", name="1h", exact=True).click()
    expect(trader.page.locator("nav[aria-label=Candles] a[aria-current]")).to_have_text("1h")
    trader.page.get_by_role("link", name="Journal", exact=True).click()
    trader.see("No decision yet.")


def test_orders_with_their_fills_are_read_at_a_glance_at_every_width(trader: Trader) -> None:
    group = make_traded_bot(trader)
    page = trader.page

    trader.open(f"/bots/{group.bot.public_id}/orders/")

    for width in (page.viewport_size or {"width": 390})["width"], 600:
        page.set_viewport_size({"width": width, "height": 844})
        box = page.locator("tr.has").first.bounding_box()
        assert box is not None
        assert box["height"] < 180
        assert page.evaluate("document.documentElement.scrollWidth") <= width
