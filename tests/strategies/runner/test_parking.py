"""A bot whose work ends its worker is halted after three tries: told, woken for, and still closed by hand."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections.models import Connection
from messaging.models import Message
from strategies import claims
from strategies.bots import flows
from strategies.choices import MOST_LOST
from strategies.models import Bot, JournalLine
from strategies.runner import parking
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group
from tests.strategies.test_claims import lose
from workers.models import Alarm

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("mails_wait")]


@pytest.fixture
def home() -> Connection:
    return make_connection(owner=make_user())


@pytest.fixture
def bot(home: Connection) -> Bot:
    return make_bot(connection=home, state="enabled")


def parked(bot: Bot) -> datetime:
    """Let it cost three workers, and be halted for it; return when that was."""
    now = lose(bot, MOST_LOST, now=timezone.now())
    parking.park(now)
    bot.refresh_from_db()
    assert (bot.state, bot.halt_reason, bot.halted_by) == ("halted", "step.killed", "fault")
    return now


def test_it_is_halted_told_and_woken_for_once(bot: Bot) -> None:
    before = bot.fence

    now = parked(bot)
    parking.park(now)

    lines = JournalLine.objects.filter(bot=bot).values_list("action", "reason")
    assert list(lines) == [("halted", "step.killed")]
    assert AuditEvent.objects.filter(action="bot.halted", outcome="step.killed").count() == 1
    (message,) = Message.objects.all()
    assert (message.kind, message.user) == ("bot.halted", bot.connection.owner)
    assert Alarm.objects.get(name="bot.parked").count == 1
    # What its last worker decided counts no more, should it live after all.
    assert bot.fence == before + MOST_LOST + 1


@pytest.mark.parametrize("lost", range(MOST_LOST))
def test_before_the_third_it_is_not_halted(bot: Bot, lost: int) -> None:
    parking.park(lose(bot, lost, now=timezone.now()))

    bot.refresh_from_db()
    assert bot.state == "enabled"


def test_a_claim_that_lasts_still_is_not_lost(bot: Bot) -> None:
    now = lose(bot, MOST_LOST - 1, now=timezone.now())
    (mine,) = claims.claim_due([bot.pk], now=now)
    assert mine.claimed_until is not None

    parking.park(mine.claimed_until)

    assert claims.hold([mine]) == {bot.pk}
    bot.refresh_from_db()
    assert bot.state == "enabled"


def test_nothing_is_done_with_it_but_to_close_by_hand(
    bot: Bot, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    group = make_group(bot=bot)
    now = parked(bot)
    assert claims.claim_some([bot.pk], now=now) == []

    with django_capture_on_commit_callbacks(execute=True):
        stopping.close_groups([group], by=PRODUCT)

    assert [one.pk for one in claims.claim_due([bot.pk], now=now)] == [bot.pk]


def test_a_close_by_hand_that_costs_workers_too_is_tried_three_times_and_then_every_ten_minutes(
    bot: Bot, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    group = make_group(bot=bot)
    now = parked(bot)
    with django_capture_on_commit_callbacks(execute=True):
        stopping.close_groups([group], by=PRODUCT)

    now = lose(bot, MOST_LOST, now=now)
    assert claims.claim_due([bot.pk], now=now) == []
    parking.park(now)

    assert claims.claim_due([bot.pk], now=now + claims.PARKED - timedelta(seconds=1)) == []
    assert claims.claim_due([bot.pk], now=now + claims.PARKED)
    assert JournalLine.objects.filter(bot=bot, action="halted").count() == 1


def test_its_trader_lets_it_try_again(bot: Bot) -> None:
    now = parked(bot)

    flows.enable_bot(bot, by=PRODUCT)

    assert [one.lost_claims for one in claims.claim_due([bot.pk], now=now + timedelta(seconds=1))] == [0]


def test_an_operator_lets_parked_bots_close_at_once_and_go_on_with_the_next_pass(
    bot: Bot, home: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    now = parked(bot)
    other = make_bot(connection=home, name="Other", state="halted", halt_reason="key.invalid", halted_by="check")

    call_command("unpark")

    assert capsys.readouterr().out == "1 bots go on, 0 questions are asked again.\n"
    assert [one.pk for one in claims.claim_due([bot.pk], now=now + timedelta(seconds=1))] == [bot.pk]
    flows.go_on(home.pk)
    bot.refresh_from_db()
    other.refresh_from_db()
    assert (bot.state, other.state) == ("enabled", "halted")
    assert AuditEvent.objects.filter(action="bot.unparked").count() == 1
