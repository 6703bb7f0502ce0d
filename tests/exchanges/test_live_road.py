"""The way to the real exchanges: a request of ours tries to leave, by the exchange's own host name, and by no other."""

import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from exchanges import registry
from exchanges.client import Place
from exchanges.session import GuardedSession, HostRefusedError, Origin, PublicResolver
from exchanges.spec import ExchangeSpec, Market
from tests.exchanges.asking import check
from tests.exchanges.guarding import get, guarded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

ROADS = [(spec, market) for spec in registry.ALL for market in spec.markets]


@pytest.fixture
def asked_names(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Resolve no name, and return those that were to be resolved: nothing leaves this machine."""
    names: list[tuple[str, int]] = []

    async def resolve(self: PublicResolver, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        names.append((host, port))
        raise OSError("no network here")

    monkeypatch.setattr(PublicResolver, "resolve", resolve)
    return names


@pytest.mark.parametrize(("spec", "market"), ROADS, ids=[f"{spec.slug}-{market}" for spec, market in ROADS])
def test_a_live_check_tries_to_reach_the_exchange_itself(
    rig: "Rig", asked_names: list[tuple[str, int]], spec: ExchangeSpec, market: Market
) -> None:
    outcome = check("", spec.slug, rig.tryout(spec.slug, "good"), market=market, place=Place())

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
    async def act(session: GuardedSession) -> int:
        with pytest.raises(HostRefusedError):
            await get(url)(session)
        return session.requests

    assert guarded(act, "https://api.kucoin.com", only_public=True)[0] == 0
    assert asked_names == []


@pytest.mark.parametrize(
    "url", ["https://api.kucoin.com/x", "https://API.KuCoin.com/x", "https://api.kucoin.com:443/x?a=1"]
)
def test_a_port_that_is_said_or_left_out_is_the_same(asked_names: list[tuple[str, int]], url: str) -> None:
    async def act(session: GuardedSession) -> int:
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(url)(session)
        return session.requests

    assert guarded(act, "https://api.kucoin.com", only_public=True)[0] == 1
    assert asked_names == [("api.kucoin.com", 443)]


def test_the_origins_of_a_live_exchange_are_its_hosts_over_tls() -> None:
    for spec in registry.ALL:
        assert Place().origins(spec) == {Origin("https", host, 443) for host in spec.hosts}
