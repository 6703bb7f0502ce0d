"""The way to the real exchanges: a request of ours tries to leave, by the exchange's own host name, and by no other."""

import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from exchanges import registry
from exchanges.location import Location, Origin
from exchanges.spec import ExchangeSpec, Market
from exchanges.wire.ccxt_object import ccxt_class
from exchanges.wire.session import GuardedSession, HostRefusedError, PublicResolver
from tests.exchanges.asking import check
from tests.exchanges.guarding import get, guarded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

ROADS = [(spec, market) for spec in registry.BY_SLUG.values() for market in spec.markets]


@pytest.fixture
def asked_names(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Resolve no name, and return those that were to be resolved: nothing leaves this machine."""
    names: list[tuple[str, int]] = []

    async def resolve(self: PublicResolver, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        names.append((host, port))
        raise OSError("no network here")

    monkeypatch.setattr(PublicResolver, "resolve", resolve)
    return names


@pytest.mark.parametrize(("version", "family"), [(4, socket.AF_INET), (6, socket.AF_INET6), (None, socket.AF_UNSPEC)])
def test_only_addresses_of_the_wanted_kind_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, rig: "Rig", version: int | None, family: socket.AddressFamily
) -> None:
    families = []

    async def resolve(self: PublicResolver, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        families.append(family)
        raise OSError("no network here")

    monkeypatch.setattr(PublicResolver, "resolve", resolve)
    check("", "kucoin", rig.tryout("kucoin", "good"), location=Location(ip_version=version))

    assert set(families) == {family}


@pytest.mark.parametrize(("spec", "market"), ROADS, ids=[f"{spec.slug}-{market}" for spec, market in ROADS])
def test_a_live_check_tries_to_reach_the_exchange_itself(
    rig: "Rig", asked_names: list[tuple[str, int]], spec: ExchangeSpec, market: Market
) -> None:
    outcome = check("", spec.slug, rig.tryout(spec.family, "good"), market=market, location=Location())

    assert outcome.facts.requests > 0
    assert asked_names
    assert {host for host, _ in asked_names} <= spec.hosts
    assert {port for _, port in asked_names} == {443}
    assert outcome.decisive == ["reach.unavailable"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.kucoin.com.example.org/",
        "https://api.kucoin.com:8443/",
        "http://api.kucoin.com/",
        "http://api.kucoin.com:443/",
        "https://user@api.kucoin.com/",
        "https://user:word@api.kucoin.com/",
        "https://example.org/api.kucoin.com",
        "https://example.org#@api.kucoin.com",
        "//api.kucoin.com/",
        "/api/v1/timestamp",
    ],
)
def test_nothing_leaves_for_what_only_looks_like_the_exchange(asked_names: list[tuple[str, int]], url: str) -> None:
    async def act(session: GuardedSession) -> None:
        with pytest.raises(HostRefusedError):
            await get(url)(session)

    assert guarded(act, "https://api.kucoin.com", only_public=True)[1].requests == 0
    assert asked_names == []


@pytest.mark.parametrize(
    "url", ["https://api.kucoin.com/x", "https://API.KuCoin.com/x", "https://api.kucoin.com:443/x?a=1"]
)
def test_a_port_that_is_said_or_left_out_is_the_same(asked_names: list[tuple[str, int]], url: str) -> None:
    async def act(session: GuardedSession) -> None:
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(url)(session)

    assert guarded(act, "https://api.kucoin.com", only_public=True)[1].requests == 1
    assert asked_names == [("api.kucoin.com", 443)]


def test_the_origins_of_a_live_exchange_are_its_hosts_over_tls() -> None:
    for spec in registry.BY_SLUG.values():
        assert Location().origins(spec) == {Origin("https", host, 443) for host in spec.hosts}


# Groups of calls that no question and no order of ours belongs to; HTX's contract host stands in a table of ccxt's own.
NOT_ASKED = {("mexc", "spot2"), ("kucoin", "broker"), ("kucoin", "webExchange"), ("htx", "contract")}


def test_live_addresses_are_those_that_the_library_has_for_the_exchange() -> None:
    for spec in registry.ALL:
        theirs = dict(_addresses(ccxt_class(spec.ccxt_id)()))

        ours = {path: url for path, url in _flat(Location().urls(spec)) if (spec.slug, path[0]) not in NOT_ASKED}

        assert ours == {path: theirs[path] for path in ours}, spec.slug


def test_the_address_of_a_site_is_the_librarys_where_it_knows_the_site() -> None:
    for slug, ccxt_id in (("okx-eea", "myokx"), ("okx-us", "okxus"), ("bybit-eu", "bybiteu"), ("bybit-id", "bybitid")):
        theirs = {url for _, url in _addresses(ccxt_class(ccxt_id)())}

        assert {url for _, url in _flat(Location().urls(registry.get(slug)))} <= theirs, slug
    gate = dict(_addresses(ccxt_class("gateeu")()))
    ours = dict(_flat(Location().urls(registry.get("gate-eu"))))
    assert ours["private", "spot"] == gate["private", "spot"]
    assert ours["private", "account"] == gate["private", "account"]


def _addresses(exchange: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, url in _flat(exchange.urls["api"]):
        yield path, exchange.implode_params(url, {"hostname": exchange.hostname or ""})


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _flat(one, (*path, name))
    else:
        yield path, str(value)
