"""No transaction waits for the network: the database itself is asked, while an exchange lets everybody wait."""

import time

import pytest
from django.db import connection as database

from tests.connections import practising
from tests.house.services import Part, wait_until
from tests.practice.rig import Rig

pytestmark = pytest.mark.services
IDLE = """
    SELECT coalesce(max(extract(epoch FROM now() - state_change)), 0) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
"""


def idle_seconds() -> float:
    with database.cursor() as cursor:
        cursor.execute(IDLE)
        return float(cursor.fetchone()[0])


def test_no_transaction_stands_open_while_a_check_waits_for_its_exchange(worker: Part, practice: Rig) -> None:
    if database.vendor != "postgresql":
        pytest.skip("SQLite does not tell")
    practice.control("POST", "latency", ms=3000)
    longest, connection = 0.0, practising.add_tryout(practice)
    wait_until(lambda: connection.runs.filter(state="running").exists(), "the worker to take it")
    try:
        deadline = time.monotonic() + 20
        while connection.runs.filter(state="running").exists() and time.monotonic() < deadline:
            longest = max(longest, idle_seconds())
    finally:
        practice.control("DELETE", "latency")

    assert longest < 1
