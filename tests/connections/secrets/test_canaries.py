"""Planted secrets are searched wherever they could have leaked to: no finds but the four characters we show.

LONG=1 goes through every kind of fault that the practice exchange has.
"""

import base64
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection as database
from django.test import Client

from backfuture import broker
from backfuture.local import plan
from connections.models import CheckRun, Connection, RunState
from practice.http.faults import KINDS, SILENT
from tests.accounts.factories import make_user, sign_in
from tests.house.services import Part, beating, wait_until

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
LOUD = (
    "from django.conf import settings; settings.LOGGING['root']['level'] = 'DEBUG';"
    "from backfuture import worker; worker.main()"
)
REFUSAL = {"status": 400, "body": {"code": "77", "msg": "?"}}
# What a kind of fault needs to be one; the others need nothing.
MORE: dict[str, dict[str, Any]] = {
    "answer": REFUSAL,
    "edit": {"body": {"at": "data", "drop": ["permission"]}},
    **{kind: {"ms": 60_000} for kind in SILENT},
}
SOME = ("503", "reset", "html_200", "redirect", "truncated_json", "answer")
FAULTS = KINDS if os.environ.get("LONG") else SOME


def spellings(canary: str) -> set[bytes]:
    """Return the canary plain, in hex, URL-encoded, JSON-escaped, and in base64 at each of its three alignments."""
    raw = canary.encode()
    shifted = (base64.b64encode(b"\0" * n + raw)[4 if n else 0 :] for n in range(3))
    in_base64 = [text.rstrip(b"=")[1:-2] for text in shifted]
    escaped = "".join(f"\\u{ord(c):04x}" for c in canary)
    return {
        raw,
        raw.hex().encode(),
        quote(canary, safe="").encode(),
        json.dumps(canary)[1:-1].encode(),
        escaped.encode(),
    } | {
        *in_base64,
        *(text.replace(b"+", b"-").replace(b"/", b"_") for text in in_base64),
    }


@pytest.mark.parametrize("where", ["x{}y", "{}", "aa{}", '{{"a":"{}"}}'])
def test_the_search_finds_what_is_hidden_in_five_encodings(where: str) -> None:
    canary = "f03a5284-5c39-4aaa-9b20"
    hidden = where.format(canary).encode()

    for text in (hidden, base64.b64encode(hidden), base64.urlsafe_b64encode(hidden), hidden.hex().encode()):
        assert any(one in text for one in spellings(canary))


@pytest.fixture
def loud_worker(transactional_db: None, valkey: str, practice: "Rig") -> Iterator[Part]:
    """Give a worker whose root logger is at DEBUG; only the pins keep the exchange library silent."""
    alive = settings.VAR_DIR / "loud.alive"
    part = plan.Part(name="loud", command=[sys.executable, "-c", LOUD], environment={"HEARTBEAT_FILE": str(alive)})
    with beating(part, alive) as process:
        yield process


class Trader:
    """Somebody who works with the product's own pages and keeps everything that comes back."""

    def __init__(self, rig: "Rig") -> None:
        self.rig, self.user, self.planted = rig, make_user(), list[str]()
        self.client = sign_in(Client(), self.user)
        self.pages: list[bytes] = []

    def keys(self, exchange: str) -> dict[str, str]:
        made = self.rig.new_key(exchange)
        keys = {name: made[name] for name in ("api_key", "secret", "passphrase") if made[name]}
        self.planted += keys.values()
        return keys

    def post(self, path: str, **data: str) -> Any:
        response = self.client.post(path, data, follow=True)
        self.pages += [response.content, repr(response.headers).encode(), repr(response.redirect_chain).encode()]
        return response

    def look(self, *paths: str) -> None:
        for path in paths:
            self.pages.append(self.client.get(path, follow=True).content)
            self.pages.append(self.client.get(path, headers={"HX-Request": "true"}, follow=True).content)

    def add(self, exchange: str) -> Connection:
        about = {"name": f"{exchange} canary", "market": "spot", "venue": "practice"}
        self.post(f"/connections/add/{exchange}/", **about, **(self.keys(exchange) | {"secret": "not-a-secret"}))
        self.post(f"/connections/add/{exchange}/", **about, **self.keys(exchange))
        connection = Connection.objects.get(owner=self.user, exchange=exchange)
        finish()
        return connection

    def use(self, connection: Connection) -> None:
        """Test under the faults, and while the exchange repeats all keys; replace the key by a wrong and a good one."""
        base = f"/connections/{connection.public_id}"
        told = {"code": "77", "msg": " ".join(self.planted)}
        for kind, more in [*((kind, MORE.get(kind, {})) for kind in FAULTS), ("answer", {"status": 400, "body": told})]:
            self.rig.fault(kind, slug=connection.exchange, **more)
            CheckRun.objects.update(queued_at=connection.created_at.replace(year=2020))
            self.post(f"{base}/test/")
            finish()
            self.rig.control("DELETE", "faults")
        wrong = self.keys(connection.exchange) | {"secret": self.keys(connection.exchange)["secret"]}
        for keys in (wrong, self.keys(connection.exchange)):
            CheckRun.objects.update(queued_at=connection.created_at.replace(year=2020))
            self.post(f"{base}/replace/", **keys)
            finish()
        self.look("/", "/connections/", f"{base}/", f"{base}/replace/", f"{base}/delete/", "/account/")


def finish() -> None:
    under_way = CheckRun.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING))
    wait_until(lambda: not under_way.exists(), "the check to end")


def rows() -> Iterator[bytes]:
    for model in apps.get_models(include_auto_created=True):
        yield repr(list(model._default_manager.values())).encode()
    if database.vendor == "sqlite":
        yield from (path.read_bytes() for path in settings.VAR_DIR.glob("*.sqlite3*") if "practice" not in path.name)


def broker_memory() -> Iterator[bytes]:
    with broker.connect() as client:
        for key in client.scan_iter():
            yield key + (client.dump(key) or b"")
    yield from (path.read_bytes() for path in (settings.VAR_DIR / "valkey").rglob("*") if path.is_file())


def finds(planted: list[str], texts: list[bytes]) -> list[str]:
    wanted = [one for canary in planted for one in spellings(canary)]
    return [one.decode() for one in wanted if any(one in text for text in texts)]


def test_no_planted_secret_is_found_anywhere(
    loud_worker: Part, practice: "Rig", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    practice.control("DELETE", "faults")
    trader = Trader(practice)

    for exchange in ("mexc", "kucoin"):
        connection = trader.add(exchange)
        assert Connection.objects.get(pk=connection.pk).status == "online"
        trader.use(connection)
        assert Connection.objects.get(pk=connection.pk).revision == 3

    operator = sign_in(Client(), make_user(is_staff=True, is_superuser=True))
    for model, pages in admin.site._registry.items():
        base = f"/operators/{model._meta.app_label}/{model._meta.model_name}/"
        trader.pages.append(operator.get(base, follow=True).content)
        trader.pages += [operator.get(f"{base}{row.pk}/change/").content for row in pages.model.objects.all()[:20]]

    places = {
        "worker's log": [Path(loud_worker.log).read_bytes()],
        "web's log": [caplog.text.encode()],
        "pages": trader.pages,
        "database": list(rows()),
        "broker": list(broker_memory()),
    }
    assert len(trader.planted) >= 20
    assert b" debug " in places["worker's log"][0]
    assert all(any(texts) for texts in places.values())
    assert {where: finds(trader.planted, texts) for where, texts in places.items()} == {where: [] for where in places}
    sys.stdout.write(f"figure: {len(trader.planted)} canaries, {len(FAULTS)} kinds of faults, 0 finds\n")
    for connection in Connection.objects.all():
        assert connection.key_hint.encode() in b"".join(trader.pages)
