"""Names that lead home and certificates that nobody vouches for."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from exchanges.wire.session import GuardedSession, PublicResolver, ssl_context
from tests.exchanges.guarding import get, guarded


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
