"""Two real clocks tick for ten minutes: each connection is checked again when its time has come, and once."""

import dataclasses
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from backfuture.local import plan
from connections.models import CheckRun, RunState, Trigger
from tests.connections import practising
from tests.house.services import Part, beating
from tests.practice.rig import Rig

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not os.environ.get("LONG"), reason="ten minutes: LONG=1 ./run test -n 0 -s this file"),
]
LASTS, INTERVAL, CONNECTIONS = timedelta(minutes=10), timedelta(seconds=10), 20
# The time of a look lies a fifth of the interval about it; a tick comes each five seconds, to a worker with other work.
EARLIEST, LATEST = 0.8 * INTERVAL, 1.2 * INTERVAL + timedelta(seconds=10)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECK_INTERVAL_SECONDS", str(int(INTERVAL.total_seconds())))


@pytest.fixture
def clocks(often: None, beat: Part) -> Iterator[list[Part]]:
    """Give two clocks that know nothing of each other."""
    alive = settings.VAR_DIR / "beat-2.alive"
    first = plan.beat(settings.VAR_DIR)
    second = dataclasses.replace(first, name="beat-2", environment={**first.environment, "HEARTBEAT_FILE": str(alive)})
    with beating(second, alive) as other:
        yield [beat, other]


def test_two_clocks_start_each_check_once(clocks: list[Part], practice: Rig) -> None:
    for _ in range(CONNECTIONS):
        practising.add_tryout(practice)

    time.sleep(LASTS.total_seconds())

    pauses: list[timedelta] = []
    counts: dict[int, int] = {}
    ended: dict[int, datetime] = {}
    for run in CheckRun.objects.filter(state=RunState.DONE).order_by("pk"):
        if run.trigger == Trigger.SCHEDULE:
            counts[run.connection_id] = counts.get(run.connection_id, 0) + 1
            pauses.append(run.queued_at - ended[run.connection_id])
        assert run.finished_at is not None
        ended[run.connection_id] = run.finished_at
    sys.stderr.write(
        f"figure: {sum(counts.values())} checks of {len(counts)} connections, {min(pauses)} to {max(pauses)} apart\n"
    )
    assert len(counts) == CONNECTIONS
    assert min(pauses) >= EARLIEST
    assert max(pauses) <= LATEST
    assert min(counts.values()) >= LASTS / (LATEST + timedelta(seconds=5))
