"""A trader's browser as the web sees it from behind a TLS proxy: cookies, form tokens, and nothing of ours."""

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

HOST = "backfuture.example"
ADDRESS = f"https://{HOST}"
TOKEN = "__Host-csrf"  # noqa: S105 - a cookie's name


class PageError(Exception):
    """The web answered otherwise than a trader expects; the message says where."""


@dataclass
class Browser:
    """`web` is where the web process listens."""

    web: tuple[str, int]
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, email: str, password: str) -> None:
        self.page("/account/login/")
        self.submit("/account/login/", login=email, password=password)

    def page(self, path: str) -> str:
        status, _, body = self._ask("GET", path)
        if status != 200:
            raise PageError(f"GET {path}: {status}")
        return body

    def submit(self, path: str, **fields: str) -> str:
        """Send a form and return where it leads; raises PageError when the form comes back."""
        sent = urlencode({"csrfmiddlewaretoken": self.cookies.get(TOKEN, ""), **fields})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, headers, body = self._ask("POST", path, sent, kind)
        if status != 302:
            raise PageError(f"POST {path}: {status} {_told(body)}")
        return urlsplit(headers.get("Location", "")).path

    def alert(self, path: str, **alert: Any) -> int:
        """Send an alert as a machine does, without cookies; return its status."""
        return Browser(self.web)._ask("POST", path, json.dumps(alert), {"Content-Type": "application/json"})[0]

    def _ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection(*self.web, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Host": HOST, "Origin": ADDRESS, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
        given |= {"Cookie": cookies} if cookies else {}
        try:
            connection.request(method, path, body.encode() or None, {**given, **(headers or {})})
            answer = connection.getresponse()
            self._keep(answer.headers)
            return answer.status, answer.headers, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def _keep(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}


def _told(body: str) -> str:
    """Return what the first error of a page says, without markup."""
    start = body.find("errorlist")
    return " ".join(body[start : start + 300].split()) if start >= 0 else ""
