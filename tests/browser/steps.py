"""What a trader does with the product, in their words."""

import itertools
import re

from django.core import mail
from playwright.sync_api import Locator, Page, expect

from tests.practice.rig import Rig

PASSWORD = "four words make a key"
_numbers = itertools.count(1)


def code_for(email: str) -> str:
    """Return the code of the newest mail to somebody."""
    newest = [one for one in mail.outbox if one.to == [email]][-1]
    return str(re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(newest.body), re.MULTILINE)[0])


class Trader:
    """Somebody in front of a browser, at first signed out."""

    def __init__(self, page: Page, url: str, practice: Rig) -> None:
        self.page, self.url, self.practice = page, url, practice
        # Each somebody else: how often codes are mailed to one address is limited.
        self.email = f"ada{next(_numbers)}@example.com"

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_up(self) -> None:
        self.open("/account/signup/")
        self.page.locator("#id_email").fill(self.email)
        self.page.locator("#id_password1").fill(PASSWORD)
        self.page.locator("main form button[type=submit]").click()
        self.page.locator("#id_code").fill(code_for(self.email))
        self.page.get_by_role("button", name="Confirm", exact=True).click()
        self.page.wait_for_url(lambda url: "/account/" not in url)

    def connect(self, exchange: str, case: str, *, name: str, market: str = "spot", **instead: str) -> None:
        """Add a practice connection with one of the try-out keys; the live check starts by itself.

        `instead` replaces fields of the key.
        """
        self.open("/connections/add/")
        shown = {"mexc": "MEXC", "kucoin": "KuCoin"}[exchange]
        self.page.get_by_role("link", name=f"{shown}, practice").click()
        if market != "spot":
            self.page.get_by_role("link", name=market.capitalize(), exact=True).click()
        self.page.locator("#id_name").fill(name)
        self.enter_key(exchange, case)
        for field, value in instead.items():
            self.page.locator(f"#id_{field}").fill(value)
        self.page.get_by_role("button", name="Save and test").click()

    def enter_key(self, exchange: str, case: str) -> None:
        key = self.practice.tryout(exchange, case)
        for field in ("api_key", "secret", "passphrase"):
            if key.get(field) and (box := self.page.locator(f"#id_{field}")).count():
                box.fill(key[field])

    def add_bot(self, name: str, *, pairs: str, margin_limit: str) -> None:
        self.open("/bots/add/")
        self.page.locator("#id_name").fill(name)
        self.page.locator("#id_connection").select_option(index=1)
        self.page.locator("#id_pairs").fill(pairs)
        self.page.locator("#id_margin_limit").fill(margin_limit)
        self.page.get_by_role("button", name="Save the bot").click()

    def switch_javascript_off(self) -> None:
        """Go on in a browser that runs no script, signed in as before."""
        cookies = self.page.context.cookies()
        browser = self.page.context.browser
        assert browser is not None
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies(cookies)  # type: ignore[arg-type]
        self.page = context.new_page()

    def reload_until(self, word: str) -> None:
        for _ in range(40):
            if word in self.status.inner_text():
                return
            self.page.reload()
        expect(self.status).to_contain_text(word)

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status").first

    def see_status(self, word: str) -> None:
        expect(self.status).to_contain_text(word)

    def see(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()
