"""Hostile requests to every route: nothing breaks, nothing runs, nothing leads away. BIG=1 sends 10,000.

HOSTILE_SEED and HOSTILE_NUMBER send one attack again.
"""

import logging
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from pytest_django import Settings

from tests.web.hostility import Attack, Injected, forms_of, make_attack
from tests.web.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.services]
SEED = os.environ.get("HOSTILE_SEED", "1")
COUNT = 10_000 if os.environ.get("BIG") else 1_500
SHARES = 5


def _send(world: World, attack: Attack) -> HttpResponseBase:
    """Send it and forget what it did, so that each attack meets the same world."""
    client = world.clients[attack.role]
    # What hostile answers did to the client's own cookies does not count either.
    cookies = world.sessions[attack.role] | attack.cookies
    sent: dict[str, Any] = {
        "QUERY_STRING": attack.query,
        "HTTP_COOKIE": "; ".join(f"{n}={v}" for n, v in cookies.items()),
    }
    with transaction.atomic():
        answer = client.generic(
            attack.method, attack.path, attack.body, attack.content_type, headers=attack.headers, **sent
        )
        transaction.set_rollback(True)
    return answer


def _faults(attack: Attack, answer: HttpResponseBase) -> list[str]:
    faults = [f"answered {answer.status_code}"] if answer.status_code >= 500 else []
    if attack.is_too_large and answer.status_code not in (400, 413):
        faults.append(f"took {len(attack.body)} bytes: {answer.status_code}")
    if "Zq-Header" in answer.headers or any("\r" in value or "\n" in value for value in answer.headers.values()):
        faults.append("split the headers")
    if urlsplit(answer.headers.get("Location", "")).netloc not in ("", "testserver"):
        faults.append(f"led to {answer.headers['Location']}")
    text = b"".join(answer).decode(errors="replace")
    if "zq49zq" in text or "49zq" in text:
        faults.append("calculated")
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        faults += Injected(text).faults
    return faults


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    # The limits have tests of their own; here they would answer instead of the views.
    settings.ACCOUNT_RATE_LIMITS = False
    settings.CHECKS_PER_MINUTE = 10**6
    logging.disable()
    yield make_world()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("share", range(SHARES))
def test_no_request_breaks_a_page_or_becomes_part_of_it(world: World, share: int) -> None:
    forms = forms_of(world)
    chosen = os.environ.get("HOSTILE_NUMBER")
    numbers = [int(chosen)] if chosen else range(share, COUNT, SHARES)

    found: list[str] = []
    for number in numbers:
        attack = make_attack(SEED, number, world, forms)
        answer = _send(world, attack)
        if faults := _faults(attack, answer):
            raised = (getattr(answer, "exc_info", None) or [None, None])[1]
            found.append(f"{faults} {raised!r:.300}\n  {attack}")

    assert not found, "\n".join(found)


def test_a_session_key_that_the_database_cannot_read_is_nobodys(world: World) -> None:
    answer = world.clients["anonymous"].get("/account/", headers={"Cookie": 'session="aaaaaaaaaa\\000b"'})

    assert answer.status_code == 302


@pytest.mark.parametrize("chosen", ["{}", "-1", "9" * 30, "\0", "²"])
def test_a_selection_that_is_none_is_refused(world: World, chosen: str) -> None:
    posted = {"action": "check_now", "_selected_action": chosen, "index": "0"}

    assert world.clients["superuser"].post("/operators/connections/connection/", posted).status_code == 400


@pytest.mark.parametrize("name", ["a file", "a field"])
@pytest.mark.parametrize("address", ["/account/login/", "/connections/test/", "/nowhere/"])
def test_a_body_above_the_limit_is_refused_unread(world: World, address: str, name: str) -> None:
    large = b"x" * 65_537
    posted = {"api_key": SimpleUploadedFile("key.txt", large) if name == "a file" else large}

    answer = world.clients["owner"].post(address, posted)

    assert answer.status_code == 413
    assert b"<code>" in answer.content


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "9" * 5000])
def test_a_length_that_is_none_is_refused(world: World, length: str) -> None:
    answer = world.clients["owner"].generic("POST", "/connections/test/", b"", CONTENT_LENGTH=length)

    assert answer.status_code in (400, 413)
