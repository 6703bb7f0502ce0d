"""Mails of a try-out: private files, and a page for this machine alone."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def mails(settings: Settings, tmp_path: Path) -> Path:
    settings.MAILS_DIR = tmp_path / "mails"
    settings.EMAIL_BACKEND = "web.mails.FileBackend"
    return tmp_path / "mails"


def send(subject: str = "A code", text: str = "ABCD-EFGH") -> None:
    send_mail(subject, text, None, ["ada@example.test"])


def test_each_mail_is_a_file_that_nobody_else_reads(mails: Path) -> None:
    send()
    send()

    modes = {stat.S_IMODE(path.stat().st_mode) for path in mails.iterdir()}
    assert len(list(mails.iterdir())) == 2
    assert modes == {0o600}
    assert stat.S_IMODE(mails.stat().st_mode) == 0o700


def test_they_never_reach_a_log(mails: Path, capfd: Any, caplog: Any) -> None:
    send()

    assert "ABCD-EFGH" not in "".join(capfd.readouterr()) + caplog.text


def test_the_page_shows_the_newest_first(mails: Path, client: Client) -> None:
    send("First", "one")
    EmailMultiAlternatives("Zwölf <b>", "Grüße", None, ["ada@example.test"]).send()

    html = client.get("/mails/").content.decode()

    assert html.index("Zwölf &lt;b&gt;") < html.index("First")
    assert "Grüße" in html


def test_old_ones_go(mails: Path) -> None:
    for _ in range(203):
        send()

    assert len(list(mails.iterdir())) == 200


@pytest.mark.parametrize(
    "how", [{"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, {"HTTP_VIA": "x"}]
)
def test_nobody_else_finds_the_page(mails: Path, client: Client, how: dict[str, str]) -> None:
    send()

    assert client.get("/mails/", **how).status_code == 404  # type: ignore[arg-type]


def test_with_a_mail_server_there_is_no_page(settings: Settings, client: Client) -> None:
    settings.MAILS_DIR = None

    assert client.get("/mails/").status_code == 404
