"""Real workers with more checks than an exchange lets one address ask: together they stay within its limit."""

import dataclasses
import os
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings

from backfuture.local import plan
from connections.choices import Venue
from connections.models import CheckRun, RunState
from exchanges import registry
from tests.connections import practising
from tests.house.services import beating, wait_until
from tests.practice.rig import Rig

pytestmark = pytest.mark.services
LONG = bool(os.environ.get("LONG"))
WORKERS, CHECKS = (4, 1_000) if LONG else (2, 24)
# As many as any in any ten seconds, whatever each counts.
SLUG = "okx"
RATE = registry.get(SLUG).rate
# What may leave in a second at most, by exchanges/wire/pace.py: all that may leave at once, and what is spread over it.
IN_A_SECOND = RATE.units * 0.1 + 0.8 * RATE.units / RATE.seconds
PATIENCE = 900.0


@pytest.fixture
def due(transactional_db: None, valkey: str, practice: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all checks be due before the first worker is there, at an exchange that counts as a live one.

    The practice exchange is ours, and is asked as often as it takes.
    """
    monkeypatch.setenv("EXCHANGE_URLS", f"{SLUG}={practice.base}/{SLUG}")
    monkeypatch.setenv("SERVER_IPS", "127.0.0.1")
    for _ in range(CHECKS):
        account = practice.new_account(SLUG)["id"]
        keys = practice.new_key(SLUG, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
        practising.add(keys=keys, exchange=SLUG, venue=Venue.LIVE)
    practice.control("DELETE", "requests")


@contextmanager
def workers(egress: Callable[[int], str]) -> Iterator[None]:
    """Start whole workers, and a clock that finds what a message did not tell."""
    one = plan.worker(settings.VAR_DIR)
    with ExitStack() as stack:
        for number in range(WORKERS):
            alive = settings.VAR_DIR / f"worker-{number}.alive"
            told = {**one.environment, "HEARTBEAT_FILE": str(alive), "EGRESS": egress(number)}
            stack.enter_context(
                beating(dataclasses.replace(one, name=f"worker-{number}", environment=told), alive, PATIENCE)
            )
        stack.enter_context(beating(plan.beat(settings.VAR_DIR), settings.VAR_DIR / "beat.alive", PATIENCE))
        yield


def asked(practice: Rig) -> list[float]:
    """Have all checks done; return when each of their requests came, by the exchange's own log, in seconds."""
    done = CheckRun.objects.filter(state=RunState.DONE)
    wait_until(lambda: done.count() == CHECKS, "all checks", PATIENCE)
    assert done.filter(verdict="online").count() == CHECKS
    return sorted(row["at"] / 1000 for row in practice.control("GET", f"requests?slug={SLUG}")["requests"])


def most_in(moments: Sequence[float], seconds: float) -> int:
    """Return how many came in the fullest window of this length."""
    return max(number - bisect_left(moments, moment - seconds) + 1 for number, moment in enumerate(moments))


def test_what_leaves_by_one_address_keeps_to_its_limit_together(due: None, practice: Rig) -> None:
    with workers(lambda _: "ours"):
        moments = asked(practice)

    took, reckoned = moments[-1] - moments[0], len(moments) * RATE.seconds / (0.8 * RATE.units)
    most, in_a_second, in_a_minute = (most_in(moments, seconds) for seconds in (RATE.seconds, 1.0, 60.0))
    sys.stderr.write(
        f"figure: {CHECKS} checks due at once on {WORKERS} workers, {len(moments)} requests in {took:.0f} s "
        f"(reckoned {reckoned:.0f}); at most {most} of {RATE.units:g} in {RATE.seconds:g} s, {in_a_second} of "
        f"{IN_A_SECOND:g} in one, {in_a_minute} in a minute\n"
    )
    assert most <= RATE.units
    assert in_a_second <= IN_A_SECOND
    assert in_a_minute <= 60 / RATE.seconds * RATE.units


@pytest.mark.skipif(not LONG, reason="so many requests take minutes: LONG=1 ./run test -n 0 -s this file")
def test_workers_that_leave_by_addresses_of_their_own_do_not_wait_for_each_other(due: None, practice: Rig) -> None:
    """What the test above measures is the limit: with one for each worker, more leaves than one address may send."""
    with workers(lambda number: f"address {number}"):
        moments = asked(practice)

    assert most_in(moments, RATE.seconds) > RATE.units
