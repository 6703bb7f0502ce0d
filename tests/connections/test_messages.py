"""What the owner of a connection is told of it, and what not."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from connections import messages
from connections.check import settle
from connections.check.facts import Facts, Policy
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import Connection, RunState, Status
from exchanges.spec import Market
from messaging.models import Delivery, Message
from messaging.spread import spread
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run

pytestmark = pytest.mark.django_db
CODES = {Verdict.ONLINE: "ip.unknown", Verdict.ERROR: "right.withdraw", Verdict.TEMPORARY: "reach.unavailable"}
TODAY = date(2026, 11, 29)


def check(home: Connection, verdict: Verdict, *, trigger: str = "schedule") -> None:
    home.refresh_from_db()
    run = make_run(connection=home, state=RunState.RUNNING, revision=home.revision, trigger=trigger)
    facts = Facts(spec=home.spec, market=Market(home.market), policy=Policy(), today=TODAY, answers={})
    found = finding(CODES[verdict], "This key can withdraw.", "Untick Withdrawal.")
    settle.settle(run, facts, Judgement(verdict=verdict, findings=(found,)))
    home.refresh_from_db()


def kinds() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def home() -> Connection:
    return make_connection(owner=make_user(), name="Main", passed_at=timezone.now())


def test_a_key_that_can_withdraw_now_is_told_with_the_cause_and_the_next_step(home):
    check(home, Verdict.ERROR)

    message = Message.objects.get()
    assert (message.kind, message.title.removeprefix("[Practice] ")) == ("connection.refused", "“Main” is refused")
    assert message.text.startswith("This key can withdraw.\nUntick Withdrawal.")
    assert message.page == f"/connections/{home.public_id}/"
    assert message.user == home.owner


def test_a_key_that_never_passed_is_told_by_the_page_alone():
    home = make_connection(owner=make_user(), status=Status.UNTESTED, passed_at=None)
    check(home, Verdict.ERROR, trigger="user")

    assert kinds() == []


def test_trouble_is_told_when_it_takes_the_connection_offline_and_when_it_is_over(home):
    check(home, Verdict.TEMPORARY)
    assert kinds() == []
    while home.status == Status.ONLINE:
        check(home, Verdict.TEMPORARY)
    assert kinds() == ["connection.lost"]
    check(home, Verdict.TEMPORARY)
    check(home, Verdict.ONLINE)
    check(home, Verdict.ONLINE)

    assert kinds() == ["connection.lost", "connection.lost"]
    assert Message.objects.latest("pk").title.endswith("“Main” is Online again")


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (31, ""),
        (30, "in 30 days"),
        (15, "in 15 days"),
        (14, "in 14 days"),
        (2, "in 2 days"),
        (1, "in 1 day"),
        (0, "ends today"),
        (-1, ""),
    ],
)
def test_a_key_that_ends_is_told_of_at_each_step(home, days, told):
    ends = date.fromordinal(TODAY.toordinal() + days)
    messages.tell_key_ends(home, ends_on=ends, today=TODAY, now=timezone.now())

    assert [told in message.title for message in Message.objects.all()] == ([True] if told else [])


def test_each_step_is_told_once_however_often_it_is_checked(home):
    ends = date(2026, 12, 29)
    for day in range(31):
        for _ in range(3):
            today = date.fromordinal(TODAY.toordinal() + day)
            messages.tell_key_ends(home, ends_on=ends, today=today, now=timezone.now())

    assert Message.objects.count() == 5


def test_a_key_that_is_replaced_is_told_of_anew(home):
    for ends in (date(2026, 12, 1), date(2026, 12, 2)):
        messages.tell_key_ends(home, ends_on=ends, today=TODAY, now=timezone.now())

    assert Message.objects.count() == 2


def test_what_is_lost_again_within_the_hour_leaves_the_page_again(home):
    """Otherwise the last that somebody hears of it would be that it is Online."""
    now = timezone.now()
    for minutes in (0, 10):
        at = now + timedelta(minutes=minutes)
        messages.tell_not_online(home, text="Away.", hint="", is_temporary=True, now=at)
        messages.tell_online_again(home, now=at + timedelta(minutes=5))
        spread(at + timedelta(minutes=5))

    assert Delivery.objects.filter(message__kind="connection.lost").count() == 4
