"""A trader makes a bot, sends it an alert, and watches it trade: real web, worker, clock and practice exchange."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import expect

from backfuture.local import plan
from tests.browser.steps import Trader
from tests.house.services import Part, beating

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 40_000


@pytest.fixture
def clock(resident_worker: Part) -> Iterator[Part]:
    """Give the clock for this test alone: prices come and bots are stepped."""
    with beating(plan.beat(settings.VAR_DIR), settings.VAR_DIR / "beat.alive") as process:
        yield process


def move(trader: Trader, price: str) -> None:
    trader.practice.control("POST", "price", pair="ETH/USDT", price=price, liquidity="1000")


def send(trader: Trader, alert: str) -> str:
    """Send an alert to the address that the page shows this once, as the page says: with curl."""
    shown = re.search(r"https?://[^\s\"<']+(/signals/[\w-]{40,}/)", trader.page.content())
    assert shown is not None
    curl = shutil.which("curl") or pytest.skip("NO CURL: the alert was not sent")
    command = [curl, "-sS", "-X", "POST", "--data", alert, trader.url + shown.group(1)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


@pytest.mark.only_desktop
def test_an_alert_opens_a_group_and_the_page_shows_it_close_with_profit(trader: Trader, clock: Part) -> None:
    move(trader, "3000")
    trader.sign_up()
    trader.connect("kucoin", "good", name="KuCoin Spot Main")
    trader.see_status("Online")
    trader.add_bot("Night owl", pairs="ETH/USDT", margin_limit="1000")
    trader.see("It can be enabled")
    trader.page.get_by_role("button", name="Enable").click()
    trader.page.get_by_role("link", name="Make a signal address").click()
    trader.page.get_by_role("button", name="Make an address").click()

    answer = send(trader, '{"pair": "ETH/USDT", "direction": "long", "id": "first"}')
    again = send(trader, '{"pair": "ETH/USDT", "direction": "long", "id": "first"}')

    assert '"accepted"' in answer
    assert '"duplicate"' in again
    trader.page.get_by_role("link", name="Night owl").first.click()
    group = trader.page.get_by_role("article").filter(has_text="ETH/USDT").first
    expect(group).to_contain_text("3,000.15", timeout=PATIENCE_MS)
    expect(group).to_contain_text("The price has not reached the next zone.", timeout=PATIENCE_MS)

    move(trader, "3100")

    expect(trader.page.get_by_text("The take profit is reached.").first).to_be_visible(timeout=PATIENCE_MS)
    expect(group).to_have_count(0, timeout=PATIENCE_MS)
    trader.page.get_by_role("link", name="Closed groups").click()
    expect(trader.page.get_by_text("The take profit is reached.").first).to_be_visible()
    trader.practice.control("DELETE", "price")
