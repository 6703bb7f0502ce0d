"""Times that only make sense in this order."""

from datetime import timedelta

from django.conf import settings

from backfuture.messages import TICK_SECONDS
from connections.check import steps, verdict
from connections.check.observe import GRACE_SECONDS, HEARTBEAT_SECONDS, Subject
from connections.desks import PATIENCE_SECONDS
from connections.models import WAITING_AFTER
from exchanges.desk.desk import PUBLIC_SECONDS, SIGNED_SECONDS
from exchanges.wire.ccxt_object import REQUEST_TIMEOUT_MS

HEARTBEAT = timedelta(seconds=HEARTBEAT_SECONDS)
TICK = timedelta(seconds=TICK_SECONDS)


def test_a_request_ends_before_its_check_and_a_check_before_the_broker_sends_it_again() -> None:
    assert timedelta(milliseconds=REQUEST_TIMEOUT_MS) < settings.CHECK_DEADLINE < settings.BROKER_VISIBILITY
    assert timedelta(seconds=Subject.deadline_seconds) == settings.CHECK_DEADLINE


def test_what_never_ends_is_given_up_after_its_deadline_and_before_its_message_comes_again() -> None:
    hard_limit = settings.CHECK_DEADLINE + timedelta(seconds=GRACE_SECONDS)

    assert settings.CHECK_DEADLINE + HEARTBEAT < hard_limit < settings.BROKER_VISIBILITY
    assert settings.TRADING_LEASE.total_seconds() > PUBLIC_SECONDS
    assert SIGNED_SECONDS < PATIENCE_SECONDS < settings.BROKER_VISIBILITY.total_seconds()


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
