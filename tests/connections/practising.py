"""Connections that were really added, with keys that really open, and checks that really ask the practice exchange."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from accounts.by import PRODUCT
from accounts.models import User
from connections import flows
from connections.check import run as checking
from connections.models import CheckRun, Connection, Trigger
from tests.accounts.factories import make_user

if TYPE_CHECKING:
    from tests.practice.rig import Rig

FIELDS = ("api_key", "secret", "passphrase")
KEYS = {
    "api_key": "6705f5c311545b000157d3eb",
    "secret": "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3",
    "passphrase": "canary-passphrase",
}
_numbers = itertools.count(1)


def only_credentials(keys: Mapping[str, str]) -> dict[str, str]:
    return {name: keys[name] for name in FIELDS if keys.get(name)}


def add(
    owner: User | None = None,
    keys: Mapping[str, str] = KEYS,
    *,
    exchange: str = "kucoin",
    market: str = "spot",
    venue: str = "practice",
    name: str = "",
) -> Connection:
    """Add a connection as a trader does; its first check is queued."""
    return flows.add_connection(
        owner or make_user(),
        exchange=exchange,
        venue=venue,
        market=market,
        name=name or f"Added {next(_numbers)}",
        credentials=only_credentials(keys),
        by=PRODUCT,
    )


def add_tryout(rig: "Rig", case: str = "good", *, exchange: str = "kucoin", market: str = "spot") -> Connection:
    return add(None, rig.tryout(exchange, case), exchange=exchange, market=market)


def work(connection: Connection) -> CheckRun:
    """Do what a worker does with the run that is under way; return it as it ended."""
    connection.refresh_from_db()
    run = connection.testing_run
    assert run is not None
    checking.run_check(run.pk, run.attempt)
    connection.refresh_from_db()
    run.refresh_from_db()
    return run


def check_again(connection: Connection, trigger: str = Trigger.SCHEDULE) -> CheckRun:
    """Start a check and carry it out."""
    flows.start_check(connection, trigger=trigger, by=PRODUCT)
    return work(connection)


def online(rig: "Rig", *, exchange: str = "kucoin") -> Connection:
    """Return a connection that has passed with the good try-out key."""
    connection = add_tryout(rig, exchange=exchange)
    work(connection)
    assert connection.status == "online"
    return connection


def codes(run: CheckRun) -> list[str]:
    return [one.code for one in run.findings if one.level in ("blocker", "temporary")]
