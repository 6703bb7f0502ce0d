"""Messages in a browser: it agrees, shows what it is sent, opens what it is about, and forgets us.

No push service is reached from here: what one would hand to the browser is handed to it by Chromium's own protocol.
"""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Worker, expect

from messaging import words
from messaging.choices import Via
from messaging.models import Channel, Delivery
from messaging.pushed import Push
from messaging.services import push_key
from tests.browser.steps import Trader
from tests.house.services import NOWHERE, wait_until
from tests.messaging.browser import told_by

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
# A subscription as a push service would give it; what was asked for is kept beside the pages.
SERVICE = """(told) => {
    const kept = {
        endpoint: told.endpoint,
        options: { get applicationServerKey() {
            const letters = localStorage.pushKey.replaceAll('-', '+').replaceAll('_', '/');
            return Uint8Array.from(atob(letters), (one) => one.charCodeAt(0));
        } },
        toJSON: () => ({ endpoint: told.endpoint, keys: { p256dh: told.p256dh, auth: told.auth } }),
        unsubscribe: async () => { localStorage.removeItem('pushKey'); localStorage.left = 'yes'; return true; },
    };
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
        localStorage.pushKey = applicationServerKey;
        localStorage.isShown = userVisibleOnly;
        return kept;
    };
    PushManager.prototype.getSubscription = async () => localStorage.pushKey ? kept : null;
}"""
BUTTON = "Send messages to this browser"


def agree(trader: Trader) -> None:
    trader.page.context.grant_permissions(["notifications"], origin=trader.url)
    trader.page.add_init_script(f"({SERVICE})({json.dumps(told_by())})")
    trader.sign_up()
    trader.open("/messages/channels/")
    trader.page.get_by_role("link", name=BUTTON).click()
    trader.page.get_by_role("button", name=BUTTON).click()
    trader.see("a test is on its way")


@pytest.mark.only_desktop
def test_the_worker_of_these_tests_asks_no_push_service(trader: Trader) -> None:
    agree(trader)
    rows = Delivery.objects.filter(channel__via=Via.PUSH, channel__user__email=trader.email)

    wait_until(lambda: rows.filter(trouble="busy").exists(), "the worker to find nobody there")

    assert NOWHERE["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert not rows.filter(state="sent").exists()


def worker_of(trader: Trader) -> Worker:
    (worker,) = trader.page.context.service_workers
    return worker


def deliver(trader: Trader, payload: str) -> None:
    """Hand the browser's worker what a push service brought."""
    protocol = trader.page.context.new_cdp_session(trader.page)
    found: list[str] = []
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda one: found.extend(r["registrationId"] for r in one["registrations"]),
    )
    protocol.send("ServiceWorker.enable")
    trader.page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    told = {"origin": trader.url, "registrationId": found[0], "data": payload}
    protocol.send("ServiceWorker.deliverPushMessage", told)


def test_a_browser_agrees_is_named_and_forgets_us_with_its_channel(trader: Trader) -> None:
    agree(trader)
    page = trader.page

    channel = Channel.objects.get(via=Via.PUSH, user__email=trader.email)
    assert page.evaluate("localStorage.pushKey") == push_key()
    assert page.evaluate("localStorage.isShown") == "true"
    expect(page.get_by_text(f"{channel.label} · this one")).to_be_visible()

    page.get_by_role("button", name=f"Remove Browser {channel.label}").click()
    trader.see("Removed. Nothing more is sent there.")

    assert page.evaluate("localStorage.left") == "yes"
    assert not Channel.objects.filter(pk=channel.pk).exists()


# What the worker asks to be shown: what is on screen Chromium sometimes forgets when it is asked at that very moment.
RECORD = """() => {
    if (self.asked) return;
    const { registration } = self, show = registration.showNotification.bind(registration);
    self.asked = [];
    registration.showNotification = async (title, options) => {
        await show(title, options);
        self.asked.push([title, options.body, options.tag, options.renotify, options.data.url]);
    };
}"""


def see_asked(trader: Trader, payload: str, expected: list[object]) -> None:
    """Deliver until the worker asks for this to be shown: a busy Chromium loses some now and then."""

    def arrived() -> bool:
        worker = trader.page.context.service_workers[-1]
        worker.evaluate(RECORD)
        deliver(trader, payload)
        return expected in worker.evaluate("self.asked")

    wait_until(arrived, f"{expected} to be shown", 15)


@pytest.mark.only_desktop
def test_what_arrives_is_shown_and_a_second_of_the_same_takes_its_place(trader: Trader) -> None:
    agree(trader)
    for text in ("The key is refused.", "The key is refused again."):
        told = {"title": "Bot “Nile”", "text": text, "page": "/bots/7/", "topic": "one", "urgency": "high"}
        payload = Push(**told, lasts=timedelta(hours=1)).payload.decode()

        # One tag: the second takes the place of the first, and is heard.
        see_asked(trader, payload, ["Bot “Nile”", text, "one", True, "/bots/7/"])


@pytest.mark.only_desktop
@pytest.mark.parametrize("payload", ["", "null", "no json", "[]"])
def test_what_cannot_be_read_shows_our_name_and_leads_to_all_messages(trader: Trader, payload: str) -> None:
    agree(trader)

    see_asked(trader, payload, ["BackFuture AI", "", "", False, "/messages/"])


@pytest.mark.only_desktop
def test_a_browser_that_drops_its_address_says_so_and_where_to_add_it_again(trader: Trader) -> None:
    agree(trader)
    drop = "() => self.dispatchEvent(new ExtendableEvent('pushsubscriptionchange'))"

    def told() -> list[list[object]]:
        worker = trader.page.context.service_workers[-1]
        worker.evaluate(RECORD)
        worker.evaluate(drop)
        asked: list[list[object]] = worker.evaluate("self.asked")
        return asked

    wait_until(told, "the worker to tell it", 15)

    assert told()[0] == [str(words.LOST_TITLE), str(words.LOST_TEXT), "lost", True, "/messages/channels/"]
    trader.open(str(told()[0][-1]))
    expect(trader.page.get_by_role("link", name=BUTTON)).to_be_visible()


@pytest.mark.only_desktop
def test_a_click_opens_a_page_of_ours_and_none_of_others(trader: Trader) -> None:
    agree(trader)
    click = """async (url) => {
        self.opened = [];
        self.clients.openWindow = async (page) => { self.opened.push(page); };
        let notification;
        for (let round = 0; round < 50 && !notification; round++) {
            await self.registration.showNotification('x', { tag: 'x', data: { url } });
            [notification] = await self.registration.getNotifications();
        }
        const event = new NotificationEvent('notificationclick', { notification });
        self.dispatchEvent(event);
        for (let round = 0; round < 200 && !self.opened.length; round++) await new Promise((go) => setTimeout(go, 10));
        return [...self.opened, (await self.registration.getNotifications()).length];
    }"""
    worker, ours = worker_of(trader), trader.url

    opened = {
        url: worker.evaluate(click, url)
        for url in (
            "/bots/7/",
            "//evil.example/x",
            "https://evil.example/",
            "javascript:alert(1)",
            "\\\\\\\\evil.example",
        )
    }

    assert opened.pop("/bots/7/") == [f"{ours}/bots/7/", 0]
    assert set(map(tuple, opened.values())) == {(f"{ours}/messages/", 0)}


@pytest.mark.only_desktop
def test_a_browser_that_does_not_agree_is_told_what_to_do(trader: Trader) -> None:
    trader.sign_up()
    trader.open("/messages/channels/add/push/")
    trader.page.get_by_role("button", name=BUTTON).click()

    expect(trader.page.get_by_role("alert")).to_contain_text("This browser was told not to show messages of this site.")
    assert not Channel.objects.filter(via=Via.PUSH).exists()


@pytest.mark.only_desktop
def test_without_javascript_the_page_says_that_it_takes_it(trader: Trader) -> None:
    trader.sign_up()
    trader.switch_javascript_off()
    trader.open("/messages/channels/add/push/")

    # What stands in a noscript is on screen, and Playwright names it nowhere.
    assert "This takes a browser with JavaScript" in trader.page.locator("main").inner_text()
    expect(trader.page.get_by_role("button", name=BUTTON)).to_have_count(0)
