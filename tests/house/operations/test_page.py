"""The operators' page for the night: who sees it, what it tells, what it costs."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, MailState, OutgoingMail
from backfuture.metrics import figures
from backfuture.operations import questions
from connections.models import Connection, ExchangePause, UnknownAnswer
from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer
from messaging.choices import Via
from messaging.models import Delivery
from messaging.spread import spread
from strategies.models import Bot, StopSwitch
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run
from tests.messaging.factories import make_channel, make_message
from tests.strategies.factories import make_bot, make_group
from workers import alarms

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
URL = "/operators/operations/"


@pytest.fixture
def operator(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True))


def parts(answer: Any) -> dict[str, list[str]]:
    return {part.title: [line.text for line in part.lines] for part in answer.context["night"].parts}


def a_bad_night() -> None:
    """Let something of everything be there that the page tells."""
    ada = make_user(email="ada@example.test")
    home = make_connection(
        owner=ada,
        name="Main",
        status="error",
        trouble="ip.not_allowed",
        trouble_since=timezone.now(),
        passed_at=timezone.now() - timedelta(hours=20),
    )
    finding = {"code": "ip.not_allowed", "level": "blocker", "text": "KuCoin refuses our address.", "hint": "Add it."}
    home.shown_run = make_run(connection=home, verdict="error", findings_json=[finding], finished_at=timezone.now())
    home.save()
    bot = make_bot(connection=home, name="Steady")
    make_group(bot=bot)
    Bot.objects.filter(pk=bot.pk).update(
        state="halted", halted_at=timezone.now(), halt_reason="ip.not_allowed", halted_by="check"
    )
    make_connection(owner=ada, name="Other", exchange="okx")
    ExchangePause.objects.create(
        exchange="kucoin",
        venue=home.venue,
        until=timezone.now(),
        since=timezone.now() - timedelta(minutes=5),
        is_away=True,
    )
    StopSwitch.objects.create(is_global=True, level="add_ons")
    strange = StrangeAnswer(asked="GET /x", status=400, code="123456", shape={"code": "int:6"})
    UnknownAnswer.objects.note("kucoin", "live", strange, cause=Cause.UNKNOWN_CODE, now=timezone.now())
    OutgoingMail.objects.create(
        kind="x",
        to="x@example.test",
        state=MailState.DEAD,
        due_at=timezone.now(),
        expires_at=timezone.now(),
        trouble="no",
    )
    make_channel(Via.TELEGRAM, user=ada)
    make_message(ada, page="/", text="x")
    spread(timezone.now())
    Delivery.objects.update(state="dead", trouble="refused")
    alarms.ring("books", "they differ")


def test_each_look_begins_the_wait_anew_after_which_the_page_calls_itself_old(operator: Client) -> None:
    """However long a look took: it follows the one before it, and no clock."""
    address, words = URL, []
    for _ in range(4):
        page = operator.get(address, headers={"hx-request": "true"}).text
        words += re.findall(r'class="stale (\w+)"', page)
        (address,) = re.findall(r'hx-get="([^"]+)"', page)

    assert words == ["even", "odd", "even", "odd"]


def test_it_tells_everything_in_sentences_and_leads_there(operator: Client) -> None:
    a_bad_night()

    answer = operator.get(URL)
    told = parts(answer)

    assert "KuCoin does not answer and is left alone." in told["Alarms that would ring now"]
    assert told["Stops in force"] == ["Entries and add-ons are paused for everybody (the kill switch)."]
    assert told["Exchanges"][0].startswith("KuCoin, practice does not answer and has been left alone for 5 min")
    assert told["Exchanges"][0].endswith(": 1 trader, 1 open group.")
    assert "0 of 1 connection Online; 1 check in the last hour ended with a key that is refused." in answer.text
    assert told["Workers and their broker"]
    assert told["Bots halted within 12 h"] == [
        "Steady of ada@example.test, at KuCoin: the key’s IP list does not have our address."
    ]
    assert told["Connections lost within 12 h"] == ["Main of ada@example.test, at KuCoin: KuCoin refuses our address."]
    assert told["Answers that are in no table of ours"] == ["kucoin, live: GET /x answered 400, code 123456, 1 time."]
    assert told["Messages to people"] == [
        "1 mail given up: no.",
        "1 message by mail given up: refused.",
        "1 message by telegram given up: refused.",
    ]
    assert reverse("admin:strategies_bot_change", args=[Bot.objects.get(name="Steady").pk]) in answer.text


def test_the_worst_comes_first(operator: Client) -> None:
    a_bad_night()

    found = operator.get(URL).context["night"].parts

    assert [part.weight for part in found] == sorted(part.weight for part in found)
    assert found[0].weight == 0
    for part in found:
        assert [line.weight for line in part.lines] == sorted(line.weight for line in part.lines)


def test_its_first_words_are_what_is_wrong_and_what_to_do_and_how_many_trade(operator: Client) -> None:
    a_bad_night()
    make_bot(name="Well", state="enabled")

    answer = operator.get(URL)
    night = answer.context["night"]

    worst = next(line for part in night.parts for line in part.lines)
    assert night.headline.startswith(worst.text)
    assert night.step == worst.step != ""
    assert night.reach == "1 bot of 1 trader may trade, and 1 group is open."
    text = unescape(answer.text)
    assert text.index(worst.text) < text.index(worst.step) < text.index(night.reach) < text.index("<section")


def test_causes_come_before_what_follows_of_them() -> None:
    a_bad_night()

    titles = [part.title for part in questions.look(timezone.now()).parts if part.weight == 0]

    assert titles[:2] == ["Workers and their broker", "Exchanges"]
    assert "Alarms that would ring now" in titles[2:]


def test_a_key_that_was_good_and_is_refused_is_told_and_one_that_never_was_is_not(operator: Client) -> None:
    owner, now = make_user(), timezone.now()
    hours = {"Lost": 1, "Greedy": None, "Unreached": None, "Old": 13}
    for name, passed in ((one, ago and now - timedelta(hours=ago)) for one, ago in hours.items()):
        home = make_connection(owner=owner, name=name, status="error", trouble="right.withdraw")
        finding = {"code": "right.withdraw", "level": "blocker", "text": "This key can withdraw.", "hint": "Untick it."}
        run = make_run(connection=home, verdict="error", findings_json=[finding], finished_at=now)
        Connection.objects.filter(pk=home.pk).update(shown_run=run, passed_at=passed)
        Connection.objects.filter(name="Unreached").update(trouble_since=now)

    (line,) = parts(operator.get(URL))["Connections lost within 12 h"]

    assert line == f"Lost of {owner.email}, at KuCoin: This key can withdraw."


def test_of_many_halted_bots_the_newest_are_shown_and_all_are_counted() -> None:
    owner = make_user()
    home = make_connection(owner=owner)
    for number in range(questions.MOST + 1):
        bot = make_bot(connection=home, name=f"Bot {number}")
        Bot.objects.filter(pk=bot.pk).update(
            state="halted", halted_at=timezone.now(), halt_reason="lockdown", halted_by="fault"
        )

    (part,) = (one for one in questions.look(timezone.now()).parts if one.title.startswith("Bots halted"))

    assert len(part.lines) == questions.MOST
    assert part.reach == "21 bots of 1 trader; the newest 20 of them."


def test_that_it_was_looked_at_is_in_the_trail_and_that_it_looks_again_is_not(operator: Client) -> None:
    operator.get(URL)
    operator.get(URL, headers={"HX-Request": "true"})

    (event,) = AuditEvent.objects.filter(action="operator.viewed")
    assert event.target == "operations"
    assert event.actor is not None


def test_a_refresh_is_the_fragment_alone(operator: Client) -> None:
    answer = operator.get(URL, headers={"HX-Request": "true"})

    assert 'id="night"' in answer.text
    assert "<html" not in answer.text


def test_a_trader_and_an_operator_without_a_second_factor_see_nothing(client: Client) -> None:
    sign_in(client, make_user())
    assert "Alarms" not in client.get(URL, follow=True).text

    sign_in(client, make_user(is_staff=True, has_factor=False))
    assert client.get(URL).headers["Location"] == reverse("mfa_index")


def test_it_asks_as_often_however_much_there_is() -> None:
    def questions_of_a_look() -> int:
        with CaptureQueriesContext(database) as asked:
            questions.look(timezone.now())
        return len(asked)

    def questions_of_the_figures() -> int:
        with CaptureQueriesContext(database) as asked:
            list(figures.gather())
        return len(asked)

    a_bad_night()
    few = questions_of_a_look()
    assert few - questions_of_the_figures() <= questions.WITHIN
    for number in range(5):
        bot = make_bot(name=f"More {number}")
        Bot.objects.filter(pk=bot.pk).update(
            state="halted", halted_at=timezone.now(), halt_reason="lockdown", halted_by="fault"
        )

    assert questions_of_a_look() <= few
