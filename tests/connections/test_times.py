"""Times that only make sense in this order."""

from datetime import timedelta

from django.conf import settings

from backfuture.environment import AT_THE_SERVER
from backfuture.messages import TICK_SECONDS, TRADING_TICK_SECONDS
from connections.check import steps, verdict
from connections.check.observe import GRACE_SECONDS, HEARTBEAT_SECONDS, Subject
from connections.desks import PATIENCE_SECONDS
from connections.models import WAITING_AFTER
from exchanges.desk.desk import PUBLIC_SECONDS, SIGNED_SECONDS
from exchanges.wire.ccxt_object import REQUEST_TIMEOUT_MS
from strategies.execution.reconcile import ASKING_SECONDS, CLAIMS
from strategies.market.feed import PACE

HEARTBEAT = timedelta(seconds=HEARTBEAT_SECONDS)
TICK = timedelta(seconds=TICK_SECONDS)


def test_a_request_ends_before_its_check() -> None:
    assert timedelta(milliseconds=REQUEST_TIMEOUT_MS) < settings.CHECK_DEADLINE
    assert timedelta(seconds=Subject.deadline_seconds) == settings.CHECK_DEADLINE


def test_what_never_ends_is_given_up_after_its_deadline() -> None:
    hard_limit = settings.CHECK_DEADLINE + timedelta(seconds=GRACE_SECONDS)

    assert hard_limit > settings.CHECK_DEADLINE + HEARTBEAT
    assert SIGNED_SECONDS < PATIENCE_SECONDS


def test_what_a_dead_or_halted_worker_held_is_taken_over_within_ten_seconds() -> None:
    halted = AT_THE_SERVER["idle_in_transaction_session_timeout"] / 1000
    # A paused one may hold rows by a transaction, until the database ends it.
    freed = max(settings.TRADING_LEASE.total_seconds(), halted)

    assert settings.TRADING_LEASE.total_seconds() > max(PUBLIC_SECONDS, halted)
    # The next tick finds the feed due, at a pace of its own, and asks for prices before it steps.
    assert freed + TRADING_TICK_SECONDS + PACE.total_seconds() + 1 < 10


def test_a_comparison_ends_before_another_worker_may_begin_one() -> None:
    claim = CLAIMS * settings.TRADING_LEASE.total_seconds()

    assert claim > ASKING_SECONDS + SIGNED_SECONDS


def test_a_living_worker_renews_its_lease_in_time_even_after_a_slow_write() -> None:
    assert 2 * HEARTBEAT < settings.CHECK_LEASE < settings.CHECK_DEADLINE


def test_a_check_whose_worker_dies_is_found_and_done_within_twenty_seconds_more() -> None:
    assert timedelta(seconds=20) > settings.CHECK_LEASE + 2 * TICK + WAITING_AFTER


def test_a_check_that_kills_every_worker_ends_within_a_minute() -> None:
    assert timedelta(minutes=1) > settings.CHECK_REISSUES * (settings.CHECK_LEASE + 2 * TICK)


def test_passes_are_renewed_many_times_before_they_lapse() -> None:
    assert 10 * settings.CHECK_INTERVAL < settings.PASS_LIFETIME
    assert verdict.AFTER_BLOCKER < settings.PASS_LIFETIME


def test_trouble_is_looked_at_again_before_it_becomes_an_error() -> None:
    first, second, *_ = verdict.BACK_OFF

    assert (first + second) * 1.2 < verdict.TROUBLE_TIME
    assert steps.EXPIRES_SOON_DAYS >= 7
