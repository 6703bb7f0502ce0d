"""Every call of ours as the live exchange would get it: by its own host over TLS, signed so that it verifies there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yarl

from connections.check.verdict import Verdict
from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.location import Location
from exchanges.spec import Ask, Asking, ExchangeSpec, Market, Question
from exchanges.values import Credentials, ReportedState
from exchanges.wire.ask import Interview
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import LOOP, new_http
from tests.exchanges.asking import check
from tests.exchanges.trading import PAIR, Trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

# What charts and the trend rule draw on.
FRAMES = ("5m", "15m", "1h", "4h", "1d")
ROADS = [(spec, market) for spec in registry.ALL for market in spec.markets]
by_road = pytest.mark.parametrize(("spec", "market"), ROADS, ids=[f"{spec.slug}-{market}" for spec, market in ROADS])


@dataclass
class Detour:
    """Stand where the live session stands: note where each request was to go, and take it to the practice exchange.

    That answers by the host that the request names, so host and path were signed as the real exchange gets them.
    """

    base: yarl.URL
    origins: set[tuple[str, str, int]] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    _http: aiohttp.ClientSession | None = None

    def request(self, method: str, url: yarl.URL, **options: Any) -> Any:
        self._http = self._http or new_http(only_public=False)
        self.origins.add((url.scheme, url.host or "", url.port or 0))
        self.paths.append(f"{method} {url.path}")
        options["headers"] = {**(options.get("headers") or {}), "Host": url.host or ""}
        there = url.with_scheme("http").with_host(self.base.host or "").with_port(self.base.port)
        return self._http.request(method, there, **options)

    async def close(self) -> None:
        if self._http:
            await self._http.close()


@pytest.fixture
def detour(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> Iterator[Detour]:
    detour = Detour(yarl.URL(rig.base))

    def http(*, is_live: bool, ip_version: int | None = None) -> Detour:
        assert is_live
        return detour

    monkeypatch.setattr(LOOP, "http", http)
    yield detour
    run(detour.close())


def hosts_of(spec: ExchangeSpec) -> set[tuple[str, str, int]]:
    return {("https", host, 443) for host in spec.hosts}


@pytest.fixture
def live(detour: Detour, trader: Trader) -> Trader:
    """Return a trader whose desk believes itself at the real exchange."""
    trader.desk = Desk(Lender(registry.get(trader.slug), Location()))
    return trader


@by_road
def test_a_live_check_is_answered_by_the_exchanges_own_host(
    rig: "Rig", detour: Detour, spec: ExchangeSpec, market: Market
) -> None:
    keys = rig.tryout(spec.slug, "futures" if market is Market.FUTURES else "good")

    outcome = check("", spec.slug, keys, market=market, location=Location())

    assert (outcome.verdict, outcome.decisive) == (Verdict.ONLINE, [])
    assert detour.origins
    assert detour.origins <= hosts_of(spec)


def every(questions: tuple[Question, ...]) -> Iterator[Question]:
    """Yield the questions with those that are asked in their place of other kinds of account."""
    for question in questions:
        yield question
        yield from every(tuple(question.instead.values()))


class Anything(dict[Ask, object]):
    """Earlier answers, whatever they were."""

    def __missing__(self, ask: Ask) -> object:
        return "1"


@by_road
def test_every_question_would_leave_for_a_host_of_the_exchange(
    rig: "Rig", detour: Detour, spec: ExchangeSpec, market: Market
) -> None:
    keys = rig.tryout(spec.slug, "good")
    credentials = Credentials(api_key=keys["api_key"], secret=keys["secret"], passphrase=keys["passphrase"])
    questions = list(every(tuple(question for some in spec.rounds[market] for question in some)))

    async def ask_all() -> None:
        interview = Interview(Lender(spec, Location()), credentials)
        for question in questions:
            asking = Asking(api_key=credentials.api_key, answers=Anything())
            await interview._judged(question.method, question.parameters(asking))

    run(ask_all())

    assert len(detour.paths) == len(questions)
    assert detour.origins <= hosts_of(spec)


def test_every_call_of_the_desk_is_answered_by_the_exchanges_own_host(live: Trader, detour: Detour) -> None:
    rests, fills, none = new_order(), new_order(price="50010", is_immediate=True), new_order()

    assert run(live.desk.quotes([PAIR, "ETH/USDT"])).keys() == {PAIR, "ETH/USDT"}
    assert run(live.desk.rules([PAIR])).keys() == {PAIR}
    assert all(run(live.desk.candles(PAIR, frame, 5)) for frame in FRAMES)
    assert run(live.desk.balances(live.credentials)).coins["BTC"].total == 1
    resting, filled = live.place(rests), live.place(fills)
    assert live.found(rests).exchange_id == live.found(rests, resting.exchange_id).exchange_id == resting.exchange_id
    assert live.found(fills, filled.exchange_id).state is ReportedState.FILLED
    assert live.fills(filled.exchange_id)
    # By every way that there is: by our id, among the open ones, among the recent ones.
    assert live.find(none) is None
    live.cancel(rests, resting.exchange_id)
    assert live.found(rests, resting.exchange_id).state is ReportedState.CANCELED

    assert detour.origins <= hosts_of(registry.get(live.slug))
