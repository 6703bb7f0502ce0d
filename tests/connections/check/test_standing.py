from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connections.check.verdict import AFTER_BLOCKER, BACK_OFF, Standing, Verdict, next_check_at, standing_after

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def settle(standing: Standing, *verdicts: Verdict, every: timedelta = MINUTE, is_scheduled: bool = True) -> Standing:
    for number, verdict in enumerate(verdicts):
        now = NOON + number * every
        standing = standing_after(standing, verdict, is_scheduled=is_scheduled, worst_code="reach.unavailable", now=now)
    return standing


def test_a_pass_wipes_all_trouble() -> None:
    troubled = settle(Standing(status="online"), Verdict.TEMPORARY)

    assert settle(troubled, Verdict.ONLINE) == Standing(status="online")


@pytest.mark.parametrize("status", ["untested", "online", "error"])
def test_a_blocker_is_an_error_at_once(status: str) -> None:
    found = standing_after(
        Standing(status=status), Verdict.ERROR, is_scheduled=False, worst_code="right.withdraw", now=NOON
    )

    assert found == Standing(status="error", trouble="right.withdraw")


@pytest.mark.parametrize("status", ["untested", "error"])
def test_temporary_trouble_without_an_earlier_pass_is_an_error(status: str) -> None:
    assert settle(Standing(status=status), Verdict.TEMPORARY).status == "error"


def test_temporary_trouble_leaves_an_online_connection_online_and_is_shown() -> None:
    found = settle(Standing(status="online"), Verdict.TEMPORARY)

    assert found == Standing(status="online", trouble="reach.unavailable", trouble_since=NOON, trouble_runs=1)


def test_the_third_run_in_trouble_is_an_error() -> None:
    assert settle(Standing(status="online"), *[Verdict.TEMPORARY] * 2).status == "online"
    assert settle(Standing(status="online"), *[Verdict.TEMPORARY] * 3).status == "error"


def test_fifteen_minutes_of_trouble_are_an_error() -> None:
    def after_two_runs(apart: timedelta) -> str:
        return settle(Standing(status="online"), *[Verdict.TEMPORARY] * 2, every=apart).status

    assert after_two_runs(timedelta(minutes=15) - timedelta(seconds=1)) == "online"
    assert after_two_runs(timedelta(minutes=15)) == "error"


def test_trouble_is_counted_from_its_start_not_from_its_last_run() -> None:
    found = settle(Standing(status="online"), Verdict.TEMPORARY, Verdict.TEMPORARY)

    assert (found.trouble_since, found.trouble_runs) == (NOON, 2)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_tests_that_a_person_starts_show_trouble_and_count_nothing(count: int) -> None:
    found = settle(Standing(status="online"), *[Verdict.TEMPORARY] * count, every=20 * MINUTE, is_scheduled=False)

    assert found == Standing(status="online", trouble="reach.unavailable")


def test_a_persons_tests_between_scheduled_ones_change_nothing() -> None:
    troubled = settle(Standing(status="online"), *[Verdict.TEMPORARY] * 2)

    between = settle(troubled, *[Verdict.TEMPORARY] * 9, every=20 * MINUTE, is_scheduled=False)

    assert between == troubled
    assert settle(between, Verdict.TEMPORARY).status == "error"


@pytest.mark.parametrize("status", ["untested", "error"])
def test_a_persons_test_in_trouble_makes_nothing_online(status: str) -> None:
    assert settle(Standing(status=status), Verdict.TEMPORARY, is_scheduled=False).status == "error"


def pauses(
    standing: Standing, verdict: Verdict, retry_after: int | None = None, planned: datetime | None = None
) -> tuple[timedelta, timedelta]:
    given: dict[str, Any] = {"interval": timedelta(minutes=5), "retry_after": retry_after, "planned": planned}
    found = [next_check_at(standing, verdict, now=NOON, **given) - NOON for _ in range(300)]
    return min(found), max(found)


def test_good_keys_come_again_after_the_interval_spread_by_a_fifth() -> None:
    least, most = pauses(Standing(status="online"), Verdict.ONLINE)

    assert timedelta(minutes=4) <= least < timedelta(minutes=4.4)
    assert timedelta(minutes=5.6) < most <= timedelta(minutes=6)


def test_refused_keys_come_again_rarely() -> None:
    least, most = pauses(Standing(status="error", trouble="key.invalid"), Verdict.ERROR)

    assert AFTER_BLOCKER * 0.8 <= least <= most <= AFTER_BLOCKER * 1.2


@pytest.mark.parametrize("runs", [0, 1, 2, 3, 4, 50])
def test_trouble_backs_off(runs: int) -> None:
    pause = BACK_OFF[min(max(runs, 1), len(BACK_OFF)) - 1]

    least, most = pauses(Standing(status="online", trouble="reach.unavailable", trouble_runs=runs), Verdict.TEMPORARY)

    assert pause * 0.8 <= least <= most <= pause * 1.2


TROUBLED = Standing(status="online", trouble="reach.rate_limited", trouble_since=NOON, trouble_runs=1)


def test_an_exchange_that_asks_for_time_gets_at_least_that() -> None:
    least, most = pauses(TROUBLED, Verdict.TEMPORARY, retry_after=3600)

    assert timedelta(hours=1) <= least <= most <= timedelta(hours=1.2)
    assert pauses(TROUBLED, Verdict.TEMPORARY, retry_after=1)[0] >= BACK_OFF[0]


def test_a_persons_test_in_trouble_never_puts_the_schedule_off() -> None:
    assert pauses(TROUBLED, Verdict.TEMPORARY, planned=NOON + MINUTE) == (MINUTE, MINUTE)
    assert pauses(TROUBLED, Verdict.TEMPORARY, planned=NOON + 60 * MINUTE)[1] <= BACK_OFF[0] * 1.2


def test_unless_the_exchange_asks_for_time() -> None:
    least, _ = pauses(TROUBLED, Verdict.TEMPORARY, retry_after=600, planned=NOON + MINUTE)

    assert least == timedelta(minutes=10)
