"""Every page in Chromium, the operators' too: none makes the Content-Security-Policy complain."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.steps import Trader
from tests.web.matrix import MATRIX
from tests.web.routes import ROUTES
from tests.web.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# What is no page: files that a browser saves, a script, and parts that stand in a page.
NO_PAGES = (".csv", ".json", ".js", "jsi18n/", "/chart/", "/worst-case/")
# A page of a row that is not there any more, or of a link that was never mailed, answers with 4xx by itself.
SHOWN = {"200"}
# Every handler in an attribute, and every style or script that stands in a page and not in a file.
INLINE = """() => [...document.querySelectorAll('*')].flatMap(
    one => [...one.attributes].map(a => a.name).filter(name => name.startsWith('on') || name === 'style')
        .map(name => one.tagName + ' ' + name)
).concat([...document.querySelectorAll('script:not([src], [type="application/json"])')].map(one => one.outerHTML))"""


def addresses(world: World, role: str) -> list[str]:
    place = ("anonymous", "other", "owner", "staff", "superuser").index(role)
    return [
        world.address(route)
        for route in ROUTES
        if route.is_operators == (role == "superuser")
        and MATRIX[route.pattern][0].split()[place] in SHOWN
        and not world.address(route).endswith(NO_PAGES)
    ]


def come_in(page: Page, url: str, world: World, role: str) -> None:
    page.context.clear_cookies()
    cookies = [{"name": name, "value": value, "url": url} for name, value in world.sessions[role].items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]


@pytest.mark.only_desktop
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_no_page_breaks_the_policy(trader: Trader, role: str) -> None:
    world = make_world()
    come_in(trader.page, trader.url, world, role)
    shown, found = 0, list[str]()
    trader.page.on("response", lambda one: found.append(f"{one.status} {one.url}") if one.status >= 400 else None)

    for address in addresses(world, role):
        answer = trader.page.goto(trader.url + address)
        assert answer is not None
        assert answer.status == 200, address
        assert urlsplit(trader.page.url).path == urlsplit(address).path
        found += [f"{address}: {one}" for one in trader.page.evaluate(INLINE)]
        shown += 1

    assert shown > 25
    # What the policy refused is a complaint of the console, and fails in the fixture.
    assert found == []


def test_what_would_break_it_is_seen(chromium: Browser, live_server: LiveServer) -> None:
    page, told = chromium.new_page(), list[str]()
    page.on("console", lambda message: told.append(message.text))
    page.goto(f"{live_server.url}/account/login/")

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=1>')")
    page.wait_for_timeout(0)
    found = page.evaluate(INLINE)
    page.close()

    assert found == ["IMG onerror"]
    assert any("Content Security Policy" in text for text in told)
