"""What the days before brought, told in the morning of each trader's own clock."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from messaging.models import Message
from strategies.choices import GroupMode
from strategies.models import Bot
from strategies.runner import summaries
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group

pytestmark = pytest.mark.django_db
# Tuesday, eight in the morning in UTC.
NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.fixture
def bot() -> Bot:
    return make_bot(connection=make_connection(owner=make_user(), venue="live"))


def closed(bot: Bot, result: str, at: datetime) -> None:
    make_group(bot=bot, mode=GroupMode.CLOSED, result=Decimal(result), closed_at=at)


def told(kind: str = "summary.daily") -> Message:
    return Message.objects.get(kind=kind)


def test_yesterday_is_told_with_its_gains_and_losses_and_neither_today_nor_the_day_before(bot):
    """5 and −8 yesterday: −3 by two groups, one with a gain; 100 of today and 70 of the day before are not in it."""
    for result, hours in (("100", 1), ("5", 9), ("-8", 31), ("70", 33)):
        closed(bot, result, NOW - timedelta(hours=hours))

    summaries.tell(NOW)

    assert told().title == "Your 9 March"
    assert told().text == "−3.00 USDT by 2 closed groups, 1 with a gain."
    assert told().page == "/"
    assert told().read_at is not None


def test_a_week_is_the_seven_days_before_monday(bot):
    """1 on Sunday, 2 on the Monday before; 4 of the Sunday before that is not in it."""
    monday = NOW - timedelta(days=1)
    for result, days in (("1", 1), ("2", 7), ("4", 8)):
        closed(bot, result, monday - timedelta(days=days))

    summaries.tell(monday)

    assert told("summary.weekly").text == "+3.00 USDT by 2 closed groups, 2 with a gain."
    assert told("summary.daily").text == "+1.00 USDT by 1 closed group, 1 with a gain."


def test_each_is_told_once_however_often_workers_look(bot):
    for minutes in (0, 1, 59):
        summaries.tell(NOW + timedelta(minutes=minutes))

    assert Message.objects.count() == 1


@pytest.mark.parametrize("at", [NOW - timedelta(minutes=1), NOW + timedelta(hours=1), NOW + timedelta(seconds=30)])
def test_at_another_hour_nobody_is_told(bot, at):
    summaries.tell(at)

    assert not Message.objects.exists()


def test_the_morning_is_the_readers_own(bot):
    owner = bot.connection.owner
    owner.time_zone = "Pacific/Auckland"
    owner.save()
    summaries.tell(NOW)
    assert not Message.objects.exists()

    summaries.tell(datetime(2026, 3, 9, 19, tzinfo=UTC))

    assert told().title == "Your 9 March"


def test_what_is_open_is_told_apart_and_practice_is_never_taken_for_real_money():
    bot = make_bot(connection=make_connection(owner=make_user(), venue="practice"))
    make_group(bot=bot, pair="ETH/USDT")

    summaries.tell(NOW)

    assert told().text.startswith("[Practice] 0.00 USDT by 0 closed groups. 1 open group now: ")
    assert "1 of them without a price and not counted" in told().text


def test_who_has_no_bot_is_told_nothing():
    make_user()

    summaries.tell(NOW)

    assert not Message.objects.exists()


@pytest.mark.parametrize("zone", ["", "Asia/Kolkata"])
def test_however_many_there_are_all_are_told_within_their_hour(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred, one a minute at least, in an hour that begins at half past in UTC, too; in its last half only."""
    monkeypatch.setattr(summaries, "AT_ONCE", 1)
    for _ in range(100):
        make_bot(connection=make_connection(owner=make_user(time_zone=zone)))
    eight = NOW if not zone else NOW.replace(hour=2)
    counts = []

    for minutes in range(30, 60):
        summaries.tell(eight + timedelta(minutes=minutes + 30 * bool(zone)))
        counts.append(Message.objects.count())

    assert counts[0] == 4
    assert max(after - before for before, after in itertools.pairwise(counts)) == 4
    assert counts[-1] == 100


def test_a_hundred_and_twenty_people_are_told_within_the_hour():
    for _ in range(120):
        make_bot()
    for minutes in range(3):
        summaries.tell(NOW + timedelta(minutes=minutes))

    assert Message.objects.values("user").distinct().count() == 120
