"""Every column of every model is posted to every form: nothing changes but what the form is for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.utils import timezone
from pytest_django import Settings

from tests.accounts.factories import PASSWORD
from tests.web.hostility import forms_of
from tests.web.matrix import MATRIX
from tests.web.payloads import GUESSES
from tests.web.routes import ROUTES, Route
from tests.web.world import World, forgotten, make_world

pytestmark = pytest.mark.django_db
# A name of sixty characters and an id take it; nothing has it yet.
MARK, NUMBER, DAY = "zq-mark", "987654", "2031-02-03 04:05:06"
MORE_GUESSES = """
    url urls hostname host base_url proxy proxies http_proxy httpsProxy options headers verify timeout sandbox
    apiKey rank role roles permissions user user_id groups user_permissions verified primary balance equity
    is_admin admin superuser tenant account account_id created deleted force confirm sealed token
    status[] state[] owner[id] owner.id __proto__ constructor user__is_staff connection__owner bot__state
""".split()  # noqa: SIM905 - a list of one word per line would fill the page
# Written around every request.
NOISE = {"accounts.WebSession", "accounts.AuditEvent", "accounts.Bucket"}
# What was sent to a bot's address and refused is kept as it came, for its owner to read.
AS_IT_CAME = ("strategies.RefusedAlert", "new 0", "body")
# What processes write down about themselves.
PROCESSES = "connections.VaultKey"
NUMBERS = (models.IntegerField, models.DecimalField)
# By these an operator chooses rows and what happens to them.
CHOOSING = {"_selected_action", "select_across", "index", "action", "_save"}
# Buttons that only show the form again.
ONLY_LOOK = {"recalculate", "back"}
NEW_PASSWORD = "nine otters juggle lanterns"
# What a person would have to type, where no page tells it.
TYPED = {
    "account_signup": {"email": "somebody-new@example.test"},
    "account_change_password": {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    "bot_edit": {"confirmed": "1"},
    "bot_open": {"pair": "BTC/USDT", "confirmed": "BTC/USDT/0"},
    "group_add": {"cost": "300", "confirmed": "300/1"},
    "group_exits": {"take_profit": "1", "confirmed": "1/"},
    "group_sell": {"share": "50", "confirmed": "50"},
    "results": {"time_zone": "Europe/Oslo"},
    "bot_look_backs": {"months": "1"},
    "first_steps": {"show": "away"},
}
# The others need what is not there: a code of an app, a link that was mailed, a second address.
WORKING = {
    "account_change_password",
    "account_close",
    "account_signup",
    "accounts_user_change",
    "bot_add",
    "bot_close",
    "bot_edit",
    "bot_enable",
    "bot_look_backs",
    "bot_pause",
    "bot_signal_address",
    "bot_signal_end",
    "connection_add_exchange",
    "connection_delete",
    "connection_discard",
    "connection_rename",
    "results",
    "connection_replace",
    "connection_test",
    "connection_test_all",
    "connections_connection_changelist",
    "first_steps",
    "group_close",
    "group_exits",
    "group_recovery",
    "group_release",
    "group_sell",
    "trader_close",
    "trader_pause",
}
Change = dict[tuple[str, object, str], object]


def marked(field: models.Field[Any, Any] | None, world: World) -> str:
    """Return a value that the column would take, and that is nowhere yet."""
    if field is not None and field.choices:
        return str(field.flatchoices[-1][0])
    if isinstance(field, models.ForeignKey):
        return str(world.other.pk)
    if isinstance(field, models.DateTimeField):
        return DAY
    if isinstance(field, models.BooleanField):
        return "on"
    return NUMBER if isinstance(field, NUMBERS) else MARK


def columns() -> dict[str, models.Field[Any, Any]]:
    """Return every name that a column of ours, or of a package, can be set by."""
    found: dict[str, models.Field[Any, Any]] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            # A number is a text as well.
            if not isinstance(found.get(field.name), NUMBERS):
                found |= {field.name: field, field.attname: field}
    return found


def rows() -> dict[tuple[str, object], dict[str, object]]:
    return {
        (model._meta.label, row["pk"]): row
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label != PROCESSES
        for row in model._default_manager.values("pk", *(field.attname for field in model._meta.concrete_fields))
    }


def change(world: World, role: str, path: str, sent: dict[str, str], before: Any) -> Change:
    """Return what the request changes, and forget it: (table, row, column) → value; a new row is named by its place."""
    with forgotten():
        client = world.clients[role]
        client.cookies.clear()
        client.cookies.load(world.sessions[role])
        client.post(path, sent)
        after = rows()
    new = {key: f"new {place}" for place, key in enumerate(key for key in after if key not in before)}
    changed: Change = {(key[0], key[1], "is gone"): True for key in before if key not in after}
    for key, row in after.items():
        old = before.get(key, {})
        changed |= {
            (key[0], new.get(key, key[1]), name): value
            for name, value in row.items()
            if key in new or old[name] != value
        }
    return changed


def unintended(world: World, route: Route, role: str, sent: dict[str, str], before: Any) -> tuple[bool, list[str]]:
    """Say whether the form does something, and what more happens when all columns are posted with it."""
    path = world.address(route)
    first, again = (change(world, role, path, sent, before) for _ in range(2))
    extra = dict.fromkeys({*GUESSES, *MORE_GUESSES} - (CHOOSING if route.is_operators else set()), MARK)
    extra |= {name: marked(field, world) for name, field in columns().items()}
    got = change(world, role, path, extra | sent, before)
    found = [f"{path} {where}" for where in got.keys() ^ first.keys()]
    # What differs by itself, an id or a sealed text, is compared with what was posted.
    found += [
        f"{path} {where} {told!r}"
        for where, told in got.items()
        if where in first
        and where != AS_IT_CAME
        and (told != first[where] if first[where] == again.get(where) else str(told) in {MARK, NUMBER, DAY})
    ]
    return any(where[0] not in NOISE for where in first), found


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    settings.CHECKS_PER_MINUTE = 10**6
    # All of them at once: the limit would refuse them for their number alone.
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
    logging.disable()
    # So that a time differs from another by what was posted alone.
    with time_machine.travel(timezone.now(), tick=False):
        yield make_world()
    logging.disable(logging.NOTSET)


def asked(route: Route) -> Iterator[str]:
    """Yield the roles that may post there: the person who sees most, and a stranger where one comes in."""
    statuses = dict(
        zip(("anonymous", "other", "owner", "staff", "superuser"), MATRIX[route.pattern][1].split(), strict=True)
    )
    for role in ("superuser",) if route.is_operators else ("owner", "anonymous"):
        if statuses[role] in {"200", "302", "400", "422"}:
            yield role


def test_only_what_a_form_is_for_can_be_set(world: World) -> None:
    forms, before = forms_of(world), rows()
    # What a process does once is no form's doing.
    change(world, "owner", "/connections/add/kucoin/", forms["connections/add/<slug:exchange>/"], before)
    found: list[str] = []
    working: set[str] = set()

    for route in ROUTES:
        for role in asked(route):
            shown = {name: value for name, value in forms.get(route.pattern, {}).items() if name not in ONLY_LOOK}
            works, more = unintended(world, route, role, shown | TYPED.get(route.name, {}), before)
            found += more
            working |= {route.name} if works else set()

    assert found == []
    assert WORKING - working == set()
