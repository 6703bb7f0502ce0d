"""Start the practice exchange: python -m practice --port 8100 --state var/practice.sqlite3 --seed 7."""

import argparse
import asyncio
import time

from practice.http.running import Practice
from practice.http.serving import Places, serve
from practice.world.market import Market
from practice.world.store import Store
from practice.world.world import World


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m practice", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--state", default="var/practice.sqlite3", help="SQLite file, or :memory:")
    parser.add_argument("--seed", type=int, default=7, help="fixes try-out keys and prices")
    parser.add_argument("--latency", type=int, default=0, help="ms before each answer")
    parser.add_argument("--own-ips", default="127.0.0.1", help="IP list of the good keys, comma-separated")
    parser.add_argument("--control-token", default="", help="let others than loopback use /_control/ with it")
    row = "also a port for each exchange, from this one on; 0: free ones (/addresses.json tells)"
    parser.add_argument("--own-ports", type=int, metavar="FIRST", help=row)
    parser.add_argument("--own-tls-ports", type=int, metavar="FIRST", help="the same over TLS")
    parser.add_argument("--tls-bind", type=_address, metavar="ADDRESS:PORT", help="also all exchanges by name over TLS")
    parser.add_argument("--tls-cert", help="certificate and chain, PEM")
    parser.add_argument("--tls-key", help="its private key, PEM")
    return parser.parse_args()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    options = read_arguments()
    world = World(Store(options.state), Market(options.seed), milliseconds)
    practice = Practice(
        world,
        latency={"": options.latency},
        control_token=options.control_token,
        own_ips=tuple(options.own_ips.split(",")),
    )
    places = Places(
        host=options.host,
        port=options.port,
        own_ports=options.own_ports,
        own_tls_ports=options.own_tls_ports,
        tls=options.tls_bind,
        certificate=(options.tls_cert, options.tls_key) if options.tls_cert and options.tls_key else None,
    )
    asyncio.run(serve(practice, places))


if __name__ == "__main__":
    main()
