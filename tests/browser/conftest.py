"""Chromium on the running product: real worker, real broker, the practice exchange, every console line watched."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.steps import Trader
from tests.house.services import Part
from tests.practice.rig import Rig

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test at both sizes, but for those whose page is the same on a phone."""
    if "trader" in metafunc.fixturenames:
        one_is_enough = metafunc.definition.get_closest_marker("only_desktop")
        metafunc.parametrize("size", ["desktop"] if one_is_enough else list(SIZES))


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("Chromium is needed here and was not found")
    return found or pytest.skip("NO BROWSER: Chromium was not found, so nothing of the screens is tested")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a browser for one file: Playwright's event loop must be gone before tests of other files run theirs."""
    executable = _chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Its loop makes Django refuse the ORM in this thread, which waits for it anyway.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, size: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=SIZES[size])
    yield context.new_page()
    context.close()


@pytest.fixture
def trader(live_server: LiveServer, resident_worker: Part, practice: Rig, page: Page, size: str) -> Iterator[Trader]:
    """Give somebody in front of a browser; fails when the console or the Content-Security-Policy had to complain."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # 422 is how a refused form answers, and Chromium reports it as a failed resource.
        if message.type in {"error", "warning"} and "422" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    # What a test before this one broke at the practice exchange is not this one's.
    for what in ("faults", "latency"):
        practice.control("DELETE", what)
    yield Trader(page, live_server.url, practice)
    practice.control("DELETE", "faults")
    assert complaints == []
