"""An answer in no table: stored with its run, logged, shown to operators, counted; nothing of anybody is in it."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from django.core.management import call_command
from django.utils import timezone

from connections import unknown_answers
from connections.management.commands import unknown_codes
from connections.models import UnknownAnswer
from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer
from tests.accounts.factories import make_user, sign_in
from tests.connections.practising import add_tryout, check_again, codes, online, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard", "published")]
BODY = {
    "code": "123456",
    "msg": "Account 99887766 of Ada is closed",
    "data": {"uid": "99887766", "coins": {"BTC": "1"}},
}
SHAPE = {"code": "text:6", "msg": "text:33", "data": {"uid": "text:8", "coins": {"*": "text:1"}}}
WHERE = "GET /kucoin/api/v1/user/api-key"


def refuse(rig: "Rig", **more: Any) -> None:
    rig.fault("answer", slug="kucoin", path="/api/v1/user/api-key", **{"status": 400, "body": BODY, **more})


def strange(code: str = "1", asked: str = "GET /x") -> StrangeAnswer:
    return StrangeAnswer(asked=asked, status=400, code=code, shape={"code": "int:1"})


def note(code: str = "1", *, exchange: str = "kucoin", venue: str = "live", **more: Any) -> None:
    now = more.pop("now", timezone.now())
    UnknownAnswer.objects.note(exchange, venue, strange(code, **more), cause=Cause.UNKNOWN_CODE, now=now)


def test_the_trader_reads_the_code_its_cause_and_the_next_step(rig: "Rig") -> None:
    refuse(rig)

    run = work(add_tryout(rig))

    assert codes(run) == ["reach.unknown_code"]
    assert run.worst
    assert run.worst.text.startswith("KuCoin refused with code 123456, which we do not know yet.")
    assert "look for a notice" in run.worst.hint


def test_the_run_and_the_table_keep_its_shape_and_nothing_of_its_values(rig: "Rig") -> None:
    refuse(rig)

    run = work(add_tryout(rig))

    (line,) = run.evidence.strange
    assert (line.question, line.asked, line.status, line.code) == ("rights", WHERE, 400, "123456")
    assert line.shape == SHAPE
    row = UnknownAnswer.objects.get()
    assert (row.exchange, row.venue, row.asked, row.status, row.code) == ("kucoin", "practice", WHERE, 400, "123456")
    assert (row.cause, row.shape, row.count) == ("reach.unknown_code", SHAPE, 1)
    for secret in ("99887766", "Ada", "BTC"):
        assert secret not in json.dumps(run.evidence_json) + json.dumps(row.shape)


def test_the_same_kind_is_counted_over_all_runs(rig: "Rig") -> None:
    first = online(rig)
    second = add_tryout(rig, "futures")
    work(second)
    refuse(rig)
    for connection in (first, second):
        check_again(connection)

    row = UnknownAnswer.objects.get()
    assert row.count == 2
    assert row.first_at <= row.last_at


def test_an_answer_without_the_exchanges_own_fields_is_counted_too(rig: "Rig") -> None:
    refuse(rig, status=200, body={"code": "200000", "data": {"uid": 5, "renamed": "General"}})

    run = work(add_tryout(rig))

    assert codes(run) == ["reach.unreadable"]
    row = UnknownAnswer.objects.get()
    assert (row.status, row.code, row.cause) == (200, "", "reach.unreadable")
    assert row.shape == {"code": "text:6", "data": {"uid": "int:1", "renamed": "text:7"}}


def test_what_is_in_a_table_is_not_counted(rig: "Rig") -> None:
    refuse(rig, body={"code": "400003", "msg": "KC-API-KEY not exists"})

    run = work(add_tryout(rig))

    assert codes(run) == ["key.invalid"]
    assert run.evidence.strange == []
    assert not UnknownAnswer.objects.exists()


def test_it_is_logged_without_a_word_of_the_answer() -> None:
    with structlog.testing.capture_logs() as lines:
        note("123456")

    (line,) = lines
    assert line["event"] == "exchange_answer_unknown"
    assert (line["exchange"], line["asked"], line["status"], line["code"]) == ("kucoin", "GET /x", 400, "123456")
    assert "shape" not in line


def test_an_exchange_that_invents_codes_fills_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown_answers, "MOST_KINDS", 3)
    for number in range(10):
        note(str(number))
    note("0")
    note("5", exchange="okx")

    kept = dict(UnknownAnswer.objects.filter(exchange="kucoin").values_list("code", "count"))
    assert kept == {"0": 2, "1": 1, "2": 1, "": 7}
    assert UnknownAnswer.objects.filter(exchange="okx").count() == 1


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("unknown_codes", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_them_most_frequent_first() -> None:
    assert told() == "No exchange has answered anything that is in none of our tables.\n"
    then = timezone.now() - timedelta(days=2)
    note("once", now=then)
    for _ in range(3):
        note("thrice", exchange="okx", now=then)
    note("practised", venue="practice")

    lines = told().splitlines()

    assert re.split(" {2,}", lines[0]) == list(unknown_codes.HEADS)
    assert [line.split()[:6] for line in lines[1:]] == [
        ["okx", "GET", "/x", "400", "thrice", "3"],
        ["kucoin", "GET", "/x", "400", "once", "1"],
    ]
    assert f"{then:%Y-%m-%d %H:%M}" in lines[1]
    assert lines[1].endswith("reach.unknown_code")
    assert "practised" in told("--practice")
    assert "thrice" not in told("--exchange", "kucoin")
    assert "{'code': 'int:1'}" in told("--shapes")


def test_operators_see_it_with_the_run_and_in_a_list_of_its_own(rig: "Rig", client: Any) -> None:
    refuse(rig)
    run = work(add_tryout(rig))
    operator = sign_in(client, make_user(is_staff=True))

    page = operator.get(f"/operators/connections/checkrun/{run.pk}/change/").content.decode()
    listing = operator.get("/operators/connections/unknownanswer/").content.decode()
    row = operator.get(
        f"/operators/connections/unknownanswer/{UnknownAnswer.objects.get().pk}/change/"
    ).content.decode()

    assert f"rights: {WHERE}\n400, code 123456\ntaken for reach.unknown_code\n" in page
    assert "123456" in listing
    assert "text:33" in row
    assert "99887766" not in page + listing + row


def test_traders_have_no_way_to_it(client: Any) -> None:
    sign_in(client, make_user())

    assert client.get("/operators/connections/unknownanswer/", follow=True).status_code == 403
