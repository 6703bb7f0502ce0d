"""Every fault reaches the wire as its name says, for the requests it aims at and no others."""

import gzip
import http.client
import time
from urllib.parse import urlsplit

import pytest

from practice.http import breakage
from practice.http.faults import KINDS
from tests.practice.rig import Rig, ask_mexc, milliseconds

TIME = "/mexc/api/v3/time"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("500", 500), ("502", 502), ("503", 503), ("504", 504), ("401_html", 401), ("403_html", 403), ("451_html", 451)],
)
def test_a_status_fault_answers_a_page(rig: Rig, kind: str, status: int) -> None:
    rig.fault(kind)

    reply = rig.send("GET", TIME)

    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("kind", "start"),
    [("html_200", b"<html>"), ("null_200", b"null"), ("empty_200", b"{}"), ("list_200", b"[]")],
)
def test_garbage_comes_with_200(rig: Rig, kind: str, start: bytes) -> None:
    rig.fault(kind)

    reply = rig.send("GET", TIME)

    assert reply.status == 200
    assert reply.body.startswith(start)


def test_another_exchanges_answer_comes_with_200(rig: Rig) -> None:
    rig.fault("other_exchange_200", slug="mexc")

    assert rig.send("GET", TIME).json["data"]["permission"] == "General,Spot"


def test_429_says_when_to_come_back(rig: Rig) -> None:
    rig.fault("429", seconds=7)

    reply = rig.send("GET", TIME)

    assert (reply.status, reply.json["code"], reply.headers["Retry-After"]) == (429, 429, "7")


@pytest.mark.parametrize("kind", ["refuse", "late_accept"])
def test_a_cut_connection_gives_no_answer(rig: Rig, kind: str) -> None:
    rig.fault(kind)

    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        rig.send("GET", TIME)


@pytest.mark.parametrize("kind", ["reset", "cut_body"])
def test_a_cut_body_ends_in_a_reset(rig: Rig, kind: str) -> None:
    rig.fault(kind)

    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        rig.send("GET", TIME)


@pytest.mark.parametrize("kind", ["hang", "slow_drip"])
def test_a_slow_answer_outlasts_the_caller(rig: Rig, kind: str) -> None:
    rig.fault(kind)

    with pytest.raises(TimeoutError):
        rig.send("GET", TIME, timeout=0.3)


def test_a_slow_drip_sends_one_byte_at_a_time(rig: Rig) -> None:
    rig.fault("slow_drip")
    connection = http.client.HTTPConnection(urlsplit(rig.base).netloc, timeout=2)

    connection.request("GET", TIME)
    started = time.monotonic()
    first = connection.getresponse().read1(3)
    connection.close()

    assert first == b"{"
    assert time.monotonic() - started < breakage.DRIP_SECONDS


def test_a_gzip_bomb_is_small_and_grows(rig: Rig) -> None:
    rig.fault("gzip_bomb")

    reply = rig.send("GET", TIME)

    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < 1_000_000
    assert int.from_bytes(reply.body[-4:], "little") == 300 * 2**20 + 2


def test_a_gzip_bomb_is_valid_gzip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakage, "BOMB_MEGABYTES", 2)
    breakage.bomb.cache_clear()

    assert gzip.decompress(breakage.bomb()).strip() == b"{}"
    breakage.bomb.cache_clear()


def test_a_redirect_points_where_it_was_told(rig: Rig) -> None:
    rig.fault("redirect", location="http://127.0.0.1:9/stolen")

    reply = rig.send("GET", TIME)

    assert (reply.status, reply.headers["Location"]) == (307, "http://127.0.0.1:9/stolen")


def test_truncated_json_is_valid_http_and_no_json(rig: Rig) -> None:
    rig.fault("truncated_json")

    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        _ = rig.send("GET", TIME).json


def test_a_wrong_content_type_wraps_the_right_answer(rig: Rig) -> None:
    rig.fault("wrong_content_type")

    reply = rig.send("GET", TIME)

    assert (reply.headers["Content-Type"], "serverTime" in reply.json) == ("text/html; charset=utf-8", True)


def test_a_wrong_clock_shows_in_the_time_and_in_the_window(rig: Rig) -> None:
    rig.fault("clock", ms=600_000, slug="mexc")

    told = rig.send("GET", TIME).json["serverTime"]
    reply = ask_mexc(rig, rig.tryout("mexc", "good"), "GET", "/api/v3/account")

    assert abs(told - milliseconds() - 600_000) < 2_000
    assert reply.json["code"] == 700003


def test_a_recorded_answer_is_replayed_byte_by_byte(rig: Rig) -> None:
    rig.fault("answer", status=418, headers={"X-Odd": "1"}, body_base64="/wA=")

    reply = rig.send("GET", TIME)

    assert (reply.status, reply.headers["X-Odd"], reply.body) == (418, "1", b"\xff\x00")


def test_a_keys_fault_leaves_other_keys_alone(rig: Rig) -> None:
    rig.fault("503", slug="mexc", api_key=rig.tryout("mexc", "read_only")["api_key"])

    statuses = [ask_mexc(rig, rig.tryout("mexc", c), "GET", "/api/v3/account").status for c in ("good", "read_only")]

    assert (statuses, rig.send("GET", TIME).status) == ([200, 503], 200)


def test_a_path_and_a_count_narrow_a_fault(rig: Rig) -> None:
    rig.fault("503", path="/api/v3/t*", count=2)

    assert rig.send("GET", "/mexc/api/v3/ping").status == 200
    assert [rig.send("GET", TIME).status for _ in range(3)] == [503, 503, 200]


def test_the_flaky_key_fails_every_second_time(rig: Rig) -> None:
    keys = rig.tryout("mexc", "flaky")

    statuses = {ask_mexc(rig, keys, "GET", "/api/v3/account").status for _ in range(2)}

    assert statuses == {200, 503}


@pytest.mark.parametrize("slug", ["mexc", "kucoin"])
def test_the_garbage_key_gets_a_page_with_200(rig: Rig, slug: str) -> None:
    reply = rig.ask(slug, rig.tryout(slug, "garbage"), "GET", "/api/v1/accounts")

    assert (reply.status, reply.body[:6]) == (200, b"<html>")


def test_latency_is_set_per_key_per_exchange_or_for_all(rig: Rig) -> None:
    keys = rig.new_key("mexc", latency=80)
    rig.control("POST", "latency", ms=30, slug="mexc")

    def spent(act: object) -> float:
        started = time.monotonic()
        act()  # type: ignore[operator]
        return time.monotonic() - started

    assert spent(lambda: ask_mexc(rig, keys, "GET", "/api/v3/account")) >= 0.08
    assert 0.03 <= spent(lambda: rig.send("GET", TIME)) < 0.08
    assert spent(lambda: rig.send("GET", "/kucoin/api/v1/timestamp")) < 0.03


def test_an_unknown_fault_is_refused(rig: Rig) -> None:
    reply = rig.send("POST", "/_control/faults", body=b'{"kind":"explode"}')

    assert (reply.status, all(kind in reply.json["error"] for kind in KINDS)) == (400, True)
