"""The certificates are what they say they are, and a trap notes what a client sends only where it should not have."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.authority import Authority
from rehearsal.trap import Trap
from tests.practice.programs import wait

NAME = "api.kucoin.com"


@pytest.fixture
def ours() -> Authority:
    return Authority("Rehearsal")


def knock(trap: Trap, trusted: Path) -> bytes:
    """Send a request as a careful client does, and return the answer."""
    context = ssl.create_default_context(cafile=str(trusted))
    with (
        socket.create_connection(("127.0.0.1", trap.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\n\r\n")
        return secure.recv(100)


@pytest.fixture
def traps() -> Iterator[list[Trap]]:
    made: list[Trap] = []
    yield made
    for trap in made:
        trap.close()


def test_a_good_certificate_is_believed_and_what_is_sent_is_heard(
    ours: Authority, traps: list[Trap], tmp_path: Path
) -> None:
    traps.append(Trap("127.0.0.1", *ours.vouch([NAME], tmp_path, "good"), port=0))

    assert knock(traps[0], ours.write(tmp_path / "ca.pem")).startswith(b"HTTP/1.1 200")
    assert traps[0].heard == [b"GET / HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expired", "certificate has expired"),
        ("name", "not valid for 'api.kucoin.com'"),
        ("foreign", "unable to get|self|signature"),
    ],
)
def test_a_bad_certificate_is_not_believed_and_nothing_is_heard(
    ours: Authority, traps: list[Trap], tmp_path: Path, kind: str, says: str
) -> None:
    chains = {
        "expired": lambda: ours.vouch([NAME], tmp_path, "expired", ended=True),
        "name": lambda: ours.vouch([f"not-{NAME}"], tmp_path, "name"),
        "foreign": lambda: Authority("Rehearsal").vouch([NAME], tmp_path, "foreign"),
    }
    traps.append(Trap("127.0.0.1", *chains[kind](), port=0))

    with pytest.raises(ssl.SSLCertVerificationError, match=says):
        knock(traps[0], ours.write(tmp_path / "ca.pem"))

    wait(lambda: traps[0].met == 1)
    assert traps[0].heard == []
