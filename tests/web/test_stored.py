"""Hostile text that is stored already, typed or sent by an exchange, is shown on every page and becomes no part of it.

More than two hundred payloads stand in every text that a person or an exchange can fill, whatever a form would refuse.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from pytest_django import Settings

from accounts.models import AuditEvent
from tests.web.hostility import Injected
from tests.web.payloads import MARKUP, PAYLOADS
from tests.web.routes import ROUTES
from tests.web.world import World, make_world

pytestmark = pytest.mark.django_db
TEXTS = tuple(dict.fromkeys([*MARKUP, *(one.decode(errors="replace").replace("\0", "") for one in PAYLOADS)]))
# A text in the middle of a page, and one that begins an attribute's value.
SHOWN = (" ".join(one for one in TEXTS if len(one) < 200), "javascript:zq()", "//evil.test/zq", "=zq|' /C calc'!A0")
LINE = re.compile(r"\d{4}-\d\d-\d\d |\{|  +\S|$")
FILLED = {
    "accounts.User": ("display_name",),
    "accounts.WebSession": ("device",),
    "accounts.OutgoingMail": ("kind", "to", "trouble"),
    "messaging.Message": ("title", "text", "cause"),
    "messaging.Channel": ("label",),
    "messaging.Delivery": ("trouble",),
    "connections.Connection": ("name", "account_uid"),
    "connections.UnknownAnswer": ("asked", "code"),
    "strategies.Bot": ("name",),
    "strategies.Order": ("exchange_id", "client_id"),
    "strategies.Fill": ("trade_id", "fee_asset"),
    "strategies.Signal": ("key",),
    "strategies.RefusedAlert": ("answer", "body"),
}


def fill(world: World, text: str) -> None:
    """Write it past every form, into rows of the owner and into what a check found."""
    for label, names in FILLED.items():
        apps.get_model(label)._default_manager.update(**dict.fromkeys(names, text))
    told = {"code": "right.unknown", "level": "blocker", "text": text, "hint": text}
    world.run.findings_json = [told, told | {"code": "key.invalid"}]
    world.run.save(update_fields=["findings_json"])
    world.rows["funds"].balances_json = {text: "1.5"}
    world.rows["funds"].save(update_fields=["balances_json"])
    AuditEvent.objects.create(action=text, actor=world.owner, target=text, outcome=text, actor_label=text)


def faults(address: str, answer: Any) -> Iterator[str]:
    text = b"".join(answer).decode(errors="replace")
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 500:
        yield f"{address}: {answer.status_code}"
    if "zq49zq" in text:
        yield f"{address}: calculated"
    if kind.startswith("text/html"):
        yield from (f"{address}: {fault}" for fault in Injected(text).faults)
    if "csv" in kind:
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        yield from (f"{address}: formula {cell[:40]!r}" for cell in cells if cell[:1] in tuple("=+@\t\r"))


@pytest.fixture
def world(settings: Settings) -> World:
    if database.vendor != "sqlite":
        pytest.skip("the columns of PostgreSQL take no text that is longer than they are")
    return make_world()


@pytest.mark.parametrize("text", SHOWN, ids=["all of them", "a scheme", "an address", "a formula"])
def test_what_is_stored_is_shown_and_nothing_more(world: World, text: str, lines: io.StringIO) -> None:
    fill(world, text)
    found, shown = list[str](), 0

    for route in ROUTES:
        role, address = "superuser" if route.is_operators else "owner", world.address(route)
        answer = world.clients[role].get(address)
        found += faults(address, answer)
        shown += "zq" in getattr(answer, "text", "")

    logged = lines.getvalue().split("\n")
    assert len(TEXTS) >= 200
    assert found == []
    assert shown > 20
    assert len(logged) > 100
    # One line is one event, or a place of its fault, and nothing in it steers a terminal.
    assert [line for line in logged if not LINE.match(line) or not line.isprintable()] == []
