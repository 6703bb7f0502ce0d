"""A first visit, timed: from the page without a session to the exit of a bot's first group and its message."""

import re
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Request, expect

from backfuture.local import plan
from tests.browser.steps import PASSWORD, Trader, code_for
from tests.house.services import Part, beating

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
MOST_CLICKS, MOST_SECONDS = 12, 180
PATIENCE_MS = 60_000
# Opening the mail and coming back is a click too, where there is a mail to open; here the code is read from the outbox.
CLICK_TO_THE_MAIL = 1


class Visit:
    """Counts what a visitor's hand does, and every request that leaves the product."""

    def __init__(self, trader: Trader) -> None:
        self.page, self.home = trader.page, urlsplit(trader.url).netloc
        self.clicks = CLICK_TO_THE_MAIL
        self.departures: list[str] = []
        self.page.on("request", self._look)
        self.page.context.on("page", lambda other: self.departures.append(other.url))

    def _look(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.netloc != self.home:
            self.departures.append(request.url)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True))


@pytest.fixture
def clock(resident_worker: Part) -> Iterator[Part]:
    """Give the clock for this test alone: prices come and bots are stepped."""
    with beating(plan.beat(settings.VAR_DIR), settings.VAR_DIR / "beat.alive") as process:
        yield process


def sign_up(visit: Visit, trader: Trader) -> None:
    trader.open("/")
    visit.follow("Create an account")
    visit.page.locator("#id_email").fill(trader.email)
    visit.page.locator("#id_password1").fill(PASSWORD)
    visit.press("Create account")
    visit.page.locator("#id_code").fill(code_for(trader.email))
    visit.press("Confirm")
    expect(visit.page.get_by_text("0 of 6 done.")).to_be_visible()


def prove_a_key(visit: Visit, trader: Trader) -> None:
    visit.press("Try a key that can withdraw")
    trader.see_status("Error")
    visit.press("Use the good practice key")
    trader.see_status("Online")


def let_a_bot_trade(visit: Visit) -> None:
    visit.follow("New bot")
    visit.click(visit.page.locator('[data-pair="BTC/USDT"]'))
    visit.press("Save and enable")
    visit.press("Send a test signal")
    group = visit.page.get_by_role("article").filter(has_text="BTC/USDT")
    expect(group).to_contain_text("The price has not reached the next zone.", timeout=PATIENCE_MS)
    visit.press("Play a story")
    live = visit.page.locator("#live")
    expect(live).to_contain_text("The price is inside the next add-on’s zone", timeout=PATIENCE_MS)
    expect(live).to_contain_text("The take profit is reached.", timeout=PATIENCE_MS)


def test_a_first_visit_takes_three_minutes_and_never_leaves(trader: Trader, clock: Part) -> None:
    trader.practice.control("DELETE", "price")
    visit = Visit(trader)
    visit.page.set_default_timeout(PATIENCE_MS)
    began = time.monotonic()

    sign_up(visit, trader)
    prove_a_key(visit, trader)
    let_a_bot_trade(visit)
    visit.click(visit.page.get_by_role("link", name=re.compile("Messages")))
    expect(visit.page.get_by_text(re.compile(r"closed BTC/USDT: \+")).first).to_be_visible()

    seconds = time.monotonic() - began
    trader.practice.control("DELETE", "price")
    sys.stdout.write(f"{visit.clicks} clicks, {seconds:.0f} s, {len(visit.departures)} departures\n")
    assert visit.departures == []
    assert visit.clicks <= MOST_CLICKS
    assert seconds <= MOST_SECONDS
    trader.open("/")
    expect(visit.page.get_by_text("6 of 6 done.")).to_be_visible()


@pytest.mark.only_desktop
def test_a_departure_would_be_seen(trader: Trader) -> None:
    visit = Visit(trader)

    trader.page.goto(trader.practice.base)

    assert visit.departures
