from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from connections import flows
from connections.check.wording import REPLACEMENT_WAITS
from connections.models import Connection, RunState, Status, Trigger
from tests.accounts.factories import make_user
from tests.connections.listening import ListenerError
from tests.connections.practising import add, add_tryout, check_again, codes, online, only_credentials, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("heard")]


def test_temporary_trouble_is_shown_beside_online_and_the_third_run_is_an_error(rig: "Rig", heard: list[Any]) -> None:
    connection = online(rig)
    rig.fault("503", slug="kucoin")

    seen = []
    for _ in range(3):
        check_again(connection)
        seen.append((connection.status, connection.trouble, connection.is_proven(timezone.now())))

    assert seen == [("online", "reach.unavailable", True)] * 2 + [("error", "reach.unavailable", False)]
    assert heard == [(connection.pk, "reach.unavailable")]
    rig.control("DELETE", "faults")
    check_again(connection)
    assert (connection.status, connection.trouble, connection.trouble_runs) == (Status.ONLINE, "", 0)


def test_a_trader_who_tests_again_and_again_while_the_exchange_is_down_ends_nothing(
    rig: "Rig", heard: list[Any]
) -> None:
    connection = online(rig)
    rig.fault("503", slug="kucoin")
    check_again(connection)
    planned = connection.next_check_at
    assert planned is not None

    for _ in range(2):
        check_again(connection, Trigger.USER)

    assert (connection.status, connection.trouble, connection.trouble_runs) == ("online", "reach.unavailable", 1)
    assert connection.is_proven(timezone.now())
    assert connection.next_check_at is not None
    assert connection.next_check_at <= planned, "asking more often must not keep the schedule from looking"
    assert heard == []


def test_a_test_of_a_replacement_key_in_trouble_counts_nothing(rig: "Rig", heard: list[Any]) -> None:
    connection = online(rig)
    rig.fault("503", slug="kucoin")
    flows.replace_secret(connection, credentials=only_credentials(rig.tryout("kucoin", "futures")), by=PRODUCT)

    run = work(connection)

    assert (codes(run), run.findings[0].hint) == (["reach.unavailable"], REPLACEMENT_WAITS)
    assert (connection.status, connection.trouble, connection.trouble_runs, heard) == ("online", "", 0, [])


def test_fifteen_minutes_of_trouble_are_an_error(rig: "Rig", heard: list[Any]) -> None:
    connection = online(rig)
    rig.fault("reset", slug="kucoin")

    check_again(connection)
    with time_machine.travel(timezone.now() + timedelta(minutes=15), tick=True):
        check_again(connection)

    assert connection.status == Status.ERROR
    assert heard == [(connection.pk, "reach.unavailable")]


def test_an_exchange_that_asks_for_time_gets_it(rig: "Rig") -> None:
    connection = online(rig)
    rig.fault("429", slug="kucoin", seconds=1800)

    check_again(connection)

    assert connection.next_check_at is not None
    assert connection.next_check_at - timezone.now() > timedelta(minutes=29)


def test_a_right_that_is_widened_later_takes_the_connection_offline(rig: "Rig", heard: list[Any]) -> None:
    keys = rig.new_key("kucoin")
    connection = add(make_user(), keys)
    work(connection)
    rig.control("PATCH", f"keys/kucoin/{keys['api_key']}", grants=["read", "trade", "withdraw"])

    run = check_again(connection)

    assert (connection.status, codes(run)) == (Status.ERROR, ["right.withdraw"])
    assert heard[-1] == (connection.pk, "right.withdraw")


def test_a_listener_that_fails_undoes_the_verdict(rig: "Rig", settings: Settings) -> None:
    connection = online(rig)
    settings.WHEN_NOT_ONLINE = ("tests.connections.listening.fail",)
    _withdraw_instead(rig, connection)
    flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)

    with pytest.raises(ListenerError):
        work(connection)

    fresh = Connection.objects.get(pk=connection.pk)
    assert (fresh.status, fresh.is_testing) == (Status.ONLINE, True)
    assert fresh.testing_run is not None
    assert fresh.testing_run.state == RunState.RUNNING


def _withdraw_instead(rig: "Rig", connection: Connection) -> None:
    keys = rig.tryout("kucoin", "good")
    body = {"code": "200000", "data": {"permission": "General,Spot,Withdrawal", "ipWhitelist": "127.0.0.1", "uid": 1}}
    rig.fault("answer", slug="kucoin", api_key=keys["api_key"], path="/api/v1/user/api-key", body=body)


def test_hostile_answers_can_always_be_stored(rig: "Rig") -> None:
    hostile = "\x00\ud800\u202e\x1b[31m<script>alert(1)</script>" * 300
    rights = {"permission": f"General,Spot,{hostile}", "ipWhitelist": hostile, "uid": hostile, "subName": hostile}
    rig.fault("answer", slug="kucoin", path="/api/v1/user/api-key", body={"code": "200000", "data": rights})
    connection = add_tryout(rig)

    run = work(connection)

    assert (run.state, codes(run)) == (RunState.DONE, ["right.unknown"])
    assert "\x1b" not in repr(run.findings)
    assert run.evidence.unknown


@pytest.mark.parametrize("days", [10**30, -(10**30), 999_999_999])
def test_a_lifetime_that_no_calendar_holds_is_stored_too(rig: "Rig", days: int) -> None:
    body = {"permissions": "SPOT_ACCOUNT_READ,SPOT_DEAL_READ,SPOT_DEAL_WRITE", "status": "VALID", "ipWhiteList": ""}
    rig.fault("answer", slug="mexc", path="/api/v3/apiKeyInfo", body={**body, "remainingValidity": days})

    assert work(add_tryout(rig, exchange="mexc")).state == RunState.DONE


def test_a_hostile_refusal_can_always_be_stored(rig: "Rig") -> None:
    rig.fault("answer", slug="kucoin", status=400, body={"code": "\x00\ud800", "msg": "\ud800\x00" * 5000})

    run = work(add_tryout(rig))

    assert (run.state, run.verdict) == (RunState.DONE, "temporary")


def test_where_there_is_no_practice_exchange_its_connections_are_unavailable(rig: "Rig", settings: Settings) -> None:
    settings.PRACTICE_URL = ""
    settings.CHECK_DEADLINE = timedelta(seconds=3)

    assert codes(work(add())) == ["reach.unavailable"]
