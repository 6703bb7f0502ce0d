"""The dashboard can be put on a phone's home screen: its manifest names icons that are what it says."""

import json
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db
MANIFEST = "/static/app.webmanifest"


def size_of(picture: bytes) -> str:
    """Read the width and the height out of a PNG's header."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    return f"{int.from_bytes(picture[16:20])}x{int.from_bytes(picture[20:24])}"


def test_every_page_names_the_manifest_and_the_icon_for_telephones(client: Client) -> None:
    page = client.get("/account/login/").text

    assert f'<link rel="manifest" href="{MANIFEST}">' in page
    assert '<link rel="apple-touch-icon" href="/static/icons/apple-180.png">' in page


def test_browsers_take_it_for_a_manifest_that_can_be_installed(client: Client) -> None:
    answer = client.get(MANIFEST)
    told = json.loads(answer.getvalue())

    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    assert (told["start_url"], told["scope"], told["display"]) == ("/", "/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
    assert "maskable" in {icon.get("purpose") for icon in told["icons"]}


def test_each_icon_is_as_large_as_it_says() -> None:
    manifest = Path(settings.BASE_DIR, MANIFEST.lstrip("/"))

    for icon in json.loads(manifest.read_text())["icons"]:
        place = Path(settings.BASE_DIR, urljoin(MANIFEST, icon["src"]).lstrip("/"))
        assert size_of(place.read_bytes()) == icon["sizes"]
