import gzip
import logging
import resource
import socket
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from exchanges.location import Location
from exchanges.wire.session import BODY_LIMIT, LONGEST_TEXT, GuardedSession, HostRefusedError, UnsendableError
from tests.exchanges.asking import check
from tests.exchanges.guarding import get, guarded
from tests.exchanges.hosts import answer, says, serving

if TYPE_CHECKING:
    from tests.practice.rig import Rig

KEYS = {"api_key": "6705f5c311545b000157d3eb", "secret": "canary-secret", "passphrase": "canary-passphrase"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_no_order(status: int) -> None:
    with serving(answer(b"{}")) as second:
        header = f"Location: {second.base}/api"
        with serving(answer(b"", header, status=f"{status} Moved")) as first:
            outcome = check(first.base, "kucoin", KEYS, location=Location(base=first.base, futures=second.base))

    assert second.heads == []
    assert len(first.heads) == outcome.facts.requests == 2
    assert outcome.decisive == ["reach.unreadable"]


def test_a_host_that_is_not_the_exchanges_is_never_asked() -> None:
    with serving(answer(b"{}")) as mine, serving(answer(b"{}")) as other:
        with pytest.raises(HostRefusedError):
            guarded(get(f"{other.base}/steal"), mine.base)
        with pytest.raises(HostRefusedError):
            guarded(get(mine.base.replace("//", "//user@")), mine.base)

        text, wire = guarded(get(f"{mine.base}/ok"), mine.base)

    assert other.heads == []
    assert (text, wire.sent, wire.requests, len(mine.heads)) == ("{}", True, 1, 1)


def test_a_refused_host_is_not_counted_as_a_request() -> None:
    async def act(session: GuardedSession) -> None:
        with pytest.raises(HostRefusedError):
            await get("http://198.51.100.1/")(session)

    _, wire = guarded(act, "http://127.0.0.1")

    assert (wire.requests, wire.answers) == (0, [])


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x00", "\ud800"])
def test_what_no_header_can_hold_is_never_sent(text: str) -> None:
    with serving(answer(b"{}")) as host:

        async def act(session: GuardedSession) -> None:
            with pytest.raises(UnsendableError):
                await get(host.base, headers={"KC-API-KEY": text})(session)

        _, wire = guarded(act, host.base)

    assert (host.heads, wire.sent, wire.requests) == ([], False, 0)


def test_the_guard_offers_nothing_but_requests() -> None:
    async def act(session: GuardedSession) -> bool:
        return any(hasattr(session, name) for name in ("request", "ws_connect", "cookie_jar", "close"))

    assert guarded(act)[0] is False


def test_cookies_of_one_account_do_not_meet_another() -> None:
    with serving(answer(b"{}", "Set-Cookie: account=canary; Path=/")) as host:

        async def act(session: GuardedSession) -> None:
            await get(f"{host.base}/one")(session)
            await get(f"{host.base}/two")(session)

        guarded(act, host.base)

    assert len(host.heads) == 2
    assert not any(b"canary" in head for head in host.heads)


def test_a_proxy_of_the_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(b"{}")) as proxy, serving(answer(b"{}")) as host:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)

        guarded(get(f"{host.base}/", proxy=proxy.base), host.base)

    assert (len(proxy.heads), len(host.heads)) == (0, 1)


def test_a_body_is_read_up_to_the_cap_and_no_further() -> None:
    for size, is_read in ((BODY_LIMIT, True), (BODY_LIMIT + 1, False)):
        with serving(answer(b'"' * size)) as host:
            if is_read:
                assert len(guarded(get(host.base), host.base)[0]) == size
            else:
                with pytest.raises(aiohttp.ClientPayloadError):
                    guarded(get(host.base), host.base)


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        (b'{"a":"' + b"x" * LONGEST_TEXT + b'"}', True),
        (b'{"a":"' + b"x" * (LONGEST_TEXT + 1) + b'"}', False),
        (b"[" + b"[]," * 40_000 + b"[]]", False),
        (b"[" + b'"0.01",' * 40_000 + b"[]]", True),
        (b"[" + b"[]," * 1_000 + b"[]]", True),
    ],
    ids=["a long text", "a text too long", "many nothings", "many numbers", "few nothings"],
)
def test_what_would_be_read_for_half_a_minute_is_not_read(body: bytes, is_read: bool) -> None:
    with serving(answer(body)) as host:
        if is_read:
            assert len(guarded(get(host.base), host.base)[0]) == len(body)
        else:
            with pytest.raises(aiohttp.ClientPayloadError):
                guarded(get(host.base), host.base)


def test_a_small_answer_that_unpacks_to_gigabytes_costs_little(rig: "Rig") -> None:
    rig.fault("gzip_bomb", slug="kucoin")
    check(rig.base, "kucoin", KEYS)  # ccxt is loaded, the bomb is made
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    outcome = check(rig.base, "kucoin", KEYS)

    assert time.monotonic() - started < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
    assert outcome.decisive == ["reach.unavailable"]


def test_an_endless_body_ends_at_the_cap() -> None:
    sent = []

    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
            sent.append(65536)

    with serving(endless) as host, pytest.raises(aiohttp.ClientPayloadError):
        guarded(get(host.base), host.base)

    assert sum(sent) < 4 * BODY_LIMIT


def test_endless_headers_end_early() -> None:
    sent = []

    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            sent.append(1000)

    with serving(endless) as host:
        outcome = check(host.base, "kucoin", KEYS, seconds=3)

    assert outcome.decisive == ["reach.unavailable"]
    assert sum(sent) < 16 * 2**20


@pytest.mark.parametrize("kind", ["slow_drip", "hang"])
def test_the_deadline_is_for_everything_together(rig: "Rig", kind: str) -> None:
    rig.fault(kind, slug="kucoin")
    started = time.monotonic()

    outcome = check(rig.base, "kucoin", KEYS, seconds=0.6)

    assert 0.6 <= time.monotonic() - started < 1.1
    assert outcome.decisive == ["reach.unavailable"]


def test_a_late_answer_does_not_spoil_those_that_came(rig: "Rig") -> None:
    keys = rig.tryout("kucoin", "good")
    rig.fault("hang", slug="kucoin", path="/api/v1/accounts")

    outcome = check(rig.base, "kucoin", keys, seconds=0.6)

    assert outcome.facts.rights is not None
    assert outcome.decisive == ["reach.unavailable"]


def test_what_a_database_refuses_is_taken_out_of_a_body() -> None:
    with serving(answer(b'{"a":"\x00b\xff\xed\xa0\x80"}')) as host:
        text, wire = guarded(get(host.base), host.base)

    assert text == wire.answers[0].text
    assert "\x00" not in text
    text.encode()


def test_a_body_that_does_not_unpack_proves_nothing() -> None:
    for body, code in ((b"no gzip", "reach.unavailable"), (gzip.compress(b"{}" * 100)[:-20], "reach.unreadable")):
        with serving(answer(body, "Content-Encoding: gzip")) as host:
            assert check(host.base, "kucoin", KEYS, seconds=3).decisive == [code]


def test_nothing_of_a_request_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(says(b"HTTP/1.1 400 canary-reason\r\nContent-Length: 0\r\n\r\n")) as host:
        check(host.base, "kucoin", KEYS)

    assert "canary" not in caplog.text
    assert KEYS["api_key"] not in caplog.text
