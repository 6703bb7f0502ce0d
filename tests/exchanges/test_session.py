import asyncio
import gzip
import ipaddress
import logging
import resource
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from exchanges.client import Place
from exchanges.session import (
    BODY_LIMIT,
    WIRE,
    GuardedSession,
    HostRefusedError,
    PublicResolver,
    UnsendableError,
    Wire,
    new_http,
    ssl_context,
)
from tests.exchanges.asking import check
from tests.exchanges.hosts import answer, says, serving

if TYPE_CHECKING:
    from tests.practice.rig import Rig

KEYS = {"api_key": "6705f5c311545b000157d3eb", "secret": "canary-secret", "passphrase": "canary-passphrase"}


def guarded(act: Callable[[GuardedSession], Awaitable[Any]], *hosts: str) -> tuple[Any, Wire, GuardedSession]:
    """Let `act` use a guarded session that may reach the given hosts; return what it did, saw and counted."""

    async def main() -> tuple[Any, Wire, GuardedSession]:
        wire = Wire()
        WIRE.set(wire)
        async with new_http(only_public=False) as http:
            session = GuardedSession(http, frozenset(host.split("//")[1] for host in hosts))
            return await act(session), wire, session

    return asyncio.run(main())


def get(url: str, **options: Any) -> Callable[[GuardedSession], Awaitable[str]]:
    async def act(session: GuardedSession) -> str:
        async with session.get(url, **options) as response:
            return await response.text()  # type: ignore[no-any-return]

    return act


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_no_order(status: int) -> None:
    with serving(answer(b"{}")) as second:
        header = f"Location: {second.base}/api"
        with serving(answer(b"", header, status=f"{status} Moved")) as first:
            outcome = check(first.base, "kucoin", KEYS, place=Place(base=first.base, futures=second.base))

    assert second.heads == []
    assert len(first.heads) == outcome.facts.requests == 2
    assert outcome.decisive == ["reach.unreadable"]


def test_a_host_that_is_not_the_exchanges_is_never_asked() -> None:
    with serving(answer(b"{}")) as mine, serving(answer(b"{}")) as other:
        with pytest.raises(HostRefusedError):
            guarded(get(f"{other.base}/steal"), mine.base)
        with pytest.raises(HostRefusedError):
            guarded(get(mine.base.replace("//", "//user@")), mine.base)

        text, wire, session = guarded(get(f"{mine.base}/ok"), mine.base)

    assert other.heads == []
    assert (text, wire.sent, session.requests, len(mine.heads)) == ("{}", True, 1, 1)


def test_a_refused_host_is_not_counted_as_a_request() -> None:
    async def act(session: GuardedSession) -> int:
        with pytest.raises(HostRefusedError):
            await get("http://198.51.100.1/")(session)
        return session.requests

    count, wire, _ = guarded(act, "http://127.0.0.1")

    assert (count, wire.answers) == (0, [])


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x00", "\ud800"])
def test_what_no_header_can_hold_is_never_sent(text: str) -> None:
    with serving(answer(b"{}")) as host:

        async def act(session: GuardedSession) -> None:
            with pytest.raises(UnsendableError):
                await get(host.base, headers={"KC-API-KEY": text})(session)

        _, wire, session = guarded(act, host.base)

    assert (host.heads, wire.sent, session.requests) == ([], False, 0)


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
        with serving(answer(b" " * size)) as host:
            if is_read:
                assert len(guarded(get(host.base), host.base)[0]) == size
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
        text, wire, _ = guarded(get(host.base), host.base)

    assert text == wire.answers[0].text
    assert "\x00" not in text
    text.encode()


def test_a_body_that_does_not_unpack_proves_nothing() -> None:
    for body, code in ((b"no gzip", "reach.unavailable"), (gzip.compress(b"{}" * 100)[:-20], "reach.unreadable")):
        with serving(answer(body, "Content-Encoding: gzip")) as host:
            assert check(host.base, "kucoin", KEYS, seconds=3).decisive == [code]


def resolved(*addresses: str) -> list[str]:
    """Resolve a name that the operating system would answer with these addresses."""

    class Fixed:
        async def resolve(self, host: str, port: int, family: Any) -> list[dict[str, Any]]:
            return [{"host": address, "hostname": host, "port": port} for address in addresses]

        async def close(self) -> None:
            pass

    async def resolve() -> list[str]:
        resolver = PublicResolver()
        resolver._inner = Fixed()  # type: ignore[assignment]
        found = await resolver.resolve("api.kucoin.com", 443)
        await resolver.close()
        return [one["host"] for one in found]

    return asyncio.run(resolve())


PRIVATE = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fe80::1%eth0", "fd00::1", "100.64.0.1")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_poisoned_name_does_not_lead_into_our_own_network(address: str) -> None:
    with pytest.raises(OSError, match="no public address"):
        resolved(address)


def test_public_addresses_of_a_name_are_used() -> None:
    assert resolved("10.0.0.1", "1.1.1.1", "2606:4700::1111") == ["1.1.1.1", "2606:4700::1111"]


def _certificate(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    alt = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(alt, critical=False).sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    (directory / "host.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "host.pem")
    return context


def test_a_self_signed_certificate_is_refused(tmp_path: Path) -> None:
    context, seen = _certificate(tmp_path), []

    def handshake(peer: socket.socket) -> None:
        with context.wrap_socket(peer.dup(), server_side=True) as secure:
            seen.append(secure.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        async def act(session: GuardedSession) -> None:
            accepting = asyncio.get_running_loop().run_in_executor(None, _accept_one, listener, handshake)
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await get(url)(session)
            await accepting

        guarded(act, url)

    assert seen == []


def _accept_one(listener: socket.socket, handshake: Callable[[socket.socket], None]) -> None:
    peer, _ = listener.accept()
    with peer:
        try:
            handshake(peer)
        except (ssl.SSLError, OSError):
            return


def test_certificates_and_names_are_always_verified() -> None:
    context = ssl_context()

    assert context is ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_nothing_of_a_request_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(says(b"HTTP/1.1 400 canary-reason\r\nContent-Length: 0\r\n\r\n")) as host:
        check(host.base, "kucoin", KEYS)

    assert "canary" not in caplog.text
    assert KEYS["api_key"] not in caplog.text
