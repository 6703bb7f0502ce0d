"""Every page as a screen reader meets it: axe finds no fault, at a desk and on a phone, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.test_policy import NO_PAGES, come_in
from tests.web.matrix import MATRIX
from tests.web.routes import ROUTES, Route
from tests.web.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text()
ROLES = ("anonymous", "other", "owner", "staff", "superuser")
WIDTHS = (1440, 390)
# Where somebody lands that asks for what is not there.
LOST = "/nowhere/"
RUN = """only => axe.run(document, {resultTypes: ['violations'], ...only}).then(found => found.violations.flatMap(
    rule => rule.nodes.slice(0, 3).map(node => `${rule.id}: ${node.html.slice(0, 200)}`)))"""
ALL: dict[str, Any] = {}
# What a theme can change is colours alone.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
# These show a page only in a state that the world is not in, or to a link that was mailed. A new page that is seen by
# nobody of the world belongs here with its reason, or into the world.
ELSEWHERE = {
    "bots/together/": "asks for ticked bots; looked at by name below",
    "bots/<uuid:public_id>/enable/": "leads back, where there is nothing to ask",
    "account/undo/<str:token>/": "a link that was mailed",
    "account/go-on/<str:token>/": "what waits for a fresh sign-in",
    "account/confirm/mail/": "a code was mailed",
    "account/confirm-email/": "a code was mailed",
    "account/login/code/confirm/": "a code was mailed",
    "account/2fa/authenticate/": "between the password and the second factor",
    "account/2fa/webauthn/reauthenticate/": "a passkey is there",
    "account/2fa/webauthn/keys/<int:pk>/edit/": "a passkey is there",
    "account/2fa/webauthn/keys/<int:pk>/remove/": "a passkey is there",
    "account/2fa/webauthn/login/": "data for the browser",
    "account/2fa/recovery-codes/": "codes are there",
    "account/2fa/recovery-codes/download/": "a file",
    "account/password/set/": "an account without a password",
    "connections/add/<slug:exchange>/practice/": "leads to the form",
}


def seen_by(route: Route) -> list[str]:
    statuses = MATRIX[route.pattern][0].split()
    return [role for role, status in zip(ROLES, statuses, strict=True) if status == "200"]


def is_file(route: Route) -> bool:
    return route.pattern.endswith(NO_PAGES) or (not route.pattern.endswith(("/", "$")) and bool(route.pattern))


def pages(world: World, role: str) -> list[str]:
    """Return each address for the first of its roles that counts: the owner, else an operator, else nobody."""
    best = {
        route: next(one for one in ("owner", "superuser", "staff", "other", "anonymous") if one in seen_by(route))
        for route in ROUTES
        if seen_by(route) and not is_file(route)
    }
    shown = [world.address(route) for route, who in best.items() if who == role]
    ticked = f"/bots/together/?act=disable&bot={world.bot.public_id}"
    return [*shown, *{"owner": (ticked, LOST), "anonymous": ("/", LOST)}.get(role, ())]


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """Give a page on which axe may do what our policy forbids, and on which nothing moves."""
    context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def faults(page: Page, url: str, address: str) -> list[str]:
    found = list[str]()
    for theme, only in (("light", ALL), ("dark", COLOURS)):
        # Loaded in each theme: Chromium tells old colours of what inherits them from light-dark() after a change.
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.goto(url + address)
        page.evaluate(AXE)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            found += [f"{address} at {width}, {theme}: {one}" for one in page.evaluate(RUN, only)]
    return found


@pytest.mark.parametrize(("role", "least"), [("anonymous", 4), ("owner", 45), ("superuser", 50)])
def test_axe_finds_no_fault_on_any_page(live_server: LiveServer, reader: Page, role: str, least: int) -> None:
    world = make_world()
    if role != "anonymous":
        come_in(reader, live_server.url, world, role)
    looked_at = pages(world, role)

    found = [fault for address in looked_at for fault in faults(reader, live_server.url, address)]

    assert len(looked_at) >= least
    assert found == []


@pytest.mark.parametrize("only", [ALL, COLOURS], ids=["all", "colours"])
def test_what_would_be_a_fault_is_found(live_server: LiveServer, reader: Page, only: dict[str, Any]) -> None:
    reader.goto(f"{live_server.url}/account/login/")
    reader.evaluate(AXE)
    reader.evaluate("document.querySelector('h1').style.color = '#ccc'")

    assert any(one.startswith("color-contrast: <h1") for one in reader.evaluate(RUN, only))


def test_where_motion_is_not_wanted_a_change_shows_at_once_and_nothing_goes_round(
    live_server: LiveServer, reader: Page
) -> None:
    """Under load axe saw the colours of before: a transition of .01ms lasts until the next frame."""
    reader.goto(f"{live_server.url}/account/login/")

    shown = reader.evaluate("""() => {
        const title = document.querySelector('h1'), icon = document.querySelector('.i');
        getComputedStyle(title).color;
        title.style.color = '#ccc';
        icon.classList.add('spin');
        return [getComputedStyle(title).color, getComputedStyle(icon).animationIterationCount];
    }""")

    assert shown == ["rgb(204, 204, 204)", "1"]


def test_every_page_is_looked_at_or_says_why_not() -> None:
    """Of a route that answers everybody with a refusal there is nothing to see."""
    unseen = {
        route.pattern
        for route in ROUTES
        if not seen_by(route)
        and not is_file(route)
        and not route.is_operators
        and "405" not in MATRIX[route.pattern][0].split()
    }

    assert unseen == set(ELSEWHERE)
