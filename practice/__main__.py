"""Start the practice exchange: python -m practice --port 8100 --state var/practice.sqlite3 --seed 7."""

import argparse
import time

from aiohttp import web

from practice.market import Market
from practice.running import Practice
from practice.server import make_app
from practice.store import Store
from practice.world import World


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
    return parser.parse_args()


def main() -> None:
    options = read_arguments()
    world = World(Store(options.state), Market(options.seed), milliseconds)
    practice = Practice(
        world,
        latency={"": options.latency},
        control_token=options.control_token,
        own_ips=tuple(options.own_ips.split(",")),
    )
    web.run_app(make_app(practice), host=options.host, port=options.port, access_log=None)


if __name__ == "__main__":
    main()
