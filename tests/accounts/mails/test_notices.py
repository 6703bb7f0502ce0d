"""What a notice says of the place that something came from."""

import pytest
from django.test import RequestFactory

from accounts.mails import notices
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "device"),
    [(CHROME, "Chrome on Linux"), ("http://evil.example\r\nPay here", "A browser"), ("", "A browser")],
)
def test_it_names_the_device_as_the_page_of_sessions_does(
    agent: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("accounts.mails.outbox.write", lambda kind, **mail: told.append(mail["text"]))
    request = RequestFactory().post("/", headers={"User-Agent": agent}, REMOTE_ADDR="203.0.113.9")

    notices.tell("password_changed", make_user(), request=request)

    assert f"From: 203.0.113.9, {device}\n" in told[0]
    assert "evil" not in told[0]
