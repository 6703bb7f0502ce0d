"""An exchange that asks us to wait is left alone by every process until then."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone

from connections.models import ExchangePause
from tests.connections.practising import add_tryout, check_again, codes, online, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard", "published")]


def test_a_rate_limit_with_a_time_keeps_every_other_check_away(rig: "Rig") -> None:
    first, second = add_tryout(rig), add_tryout(rig, "futures")
    rig.fault("429", slug="kucoin", seconds=60)
    work(first)
    rig.control("DELETE", "faults")

    run = work(second)

    assert codes(run) == ["reach.rate_limited"]
    assert run.requests == 0
    assert second.next_check_at
    assert second.next_check_at >= timezone.now() + timedelta(seconds=50)


def test_a_ban_is_told_with_its_end_and_nothing_is_asked_before(rig: "Rig") -> None:
    first, second = add_tryout(rig, exchange="binance"), add_tryout(rig, "futures", exchange="binance")
    end = timezone.now().replace(second=30, microsecond=0) + timedelta(hours=30)
    words = f"Way too much request weight used; IP banned until {end.timestamp():.0f}000. Please use WebSocket Streams."
    rig.fault("answer", slug="binance", path="/api/v3/account", status=418, body={"code": -1003, "msg": words})
    told = work(first)
    rig.control("DELETE", "faults")

    again = work(second)

    shown = end + timedelta(seconds=30)
    moment = f"{shown:%H:%M} UTC on {shown.day} {shown:%B %Y}"
    assert told.worst
    assert told.worst.text == f"Binance has asked our server to wait until {moment}. This says nothing about your key."
    assert (codes(again), again.requests) == (["reach.rate_limited"], 0)
    assert again.worst
    assert moment in again.worst.text
    assert second.next_check_at
    assert second.next_check_at >= end


def test_other_exchanges_and_live_accounts_are_still_asked(rig: "Rig") -> None:
    ExchangePause.objects.extend("kucoin", "practice", timezone.now() + timedelta(minutes=1))

    assert ExchangePause.objects.current("kucoin", "live", timezone.now()) is None
    assert online(rig, exchange="mexc").status == "online"


def test_after_that_time_checks_go_on(rig: "Rig") -> None:
    connection = online(rig)
    ExchangePause.objects.extend("kucoin", "practice", timezone.now() + timedelta(seconds=60))
    check_again(connection)
    assert connection.status == "online"
    assert connection.trouble == "reach.rate_limited"

    ExchangePause.objects.update(until=timezone.now())
    check_again(connection)

    assert connection.trouble == ""


def test_the_later_of_two_ends_counts() -> None:
    now = timezone.now()
    for seconds in (60, 20):
        ExchangePause.objects.extend("okx", "live", now + timedelta(seconds=seconds))

    pause = ExchangePause.objects.current("okx", "live", now)
    assert pause is not None
    assert pause.seconds_left(now) == 60
    with time_machine.travel(now + timedelta(seconds=61)):
        assert ExchangePause.objects.current("okx", "live", timezone.now()) is None
