"""Listen: on one port for all, on ports of each exchange's own, and over TLS for those who ask by the real names."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from practice.http.directory import Side
from practice.http.running import Practice
from practice.http.server import make_app

SECONDS_TO_END = 1.0


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where to listen. `own_ports` and `own_tls_ports` are the first of a row, 0 for any that are free.

    `tls` is an address and a port for all exchanges by name; `certificate` are the files of a chain and its key.
    """

    host: str
    port: int
    own_ports: int | None = None
    own_tls_ports: int | None = None
    tls: tuple[str, int] | None = None
    certificate: tuple[str, str] | None = None


@dataclass(frozen=True)
class Door:
    """One open socket; `side` is what answers there, None: whatever name or path say."""

    socket: socket.socket
    context: ssl.SSLContext | None = None
    side: Side | None = None

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])


def open_doors(places: Places, sides: list[Side]) -> list[Door]:
    wants_tls = places.tls is not None or places.own_tls_ports is not None
    context = _tls(places.certificate) if wants_tls else None
    doors = [Door(socket.create_server((places.host, places.port)))]
    if places.tls:
        doors.append(Door(socket.create_server(places.tls), context))
    doors += _row(places.host, places.own_ports, sides, None)
    doors += _row(places.host, places.own_tls_ports, sides, context)
    return doors


def _tls(certificate: tuple[str, str] | None) -> ssl.SSLContext:
    if certificate is None:
        raise SystemExit("TLS needs --tls-cert and --tls-key.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def _row(host: str, first: int | None, sides: list[Side], context: ssl.SSLContext | None) -> Iterator[Door]:
    if first is None:
        return
    for number, side in enumerate(sides):
        yield Door(socket.create_server((host, first + number if first else 0)), context, side)


async def serve(practice: Practice, places: Places) -> None:
    """Stay until a signal."""
    runner = web.AppRunner(make_app(practice), access_log=None, shutdown_timeout=SECONDS_TO_END)
    await runner.setup()
    doors = open_doors(places, practice.directory.sides)
    # Before the first answers: it tells of all others.
    practice.directory.ports.update(
        {door.port: (door.side, "https" if door.context else "http") for door in doors if door.side}
    )
    for door in doors:
        await web.SockSite(runner, door.socket, ssl_context=door.context).start()
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await end.wait()
    await runner.cleanup()
