from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from messaging import spread as spreading
from messaging.choices import Via
from messaging.kinds import BY_MAIL, USUAL
from messaging.models import Channel, Delivery, Message, Preferences
from messaging.outbox import write
from messaging.spread import spread
from tests.accounts.factories import make_user
from tests.messaging.factories import make_channel, make_message

pytestmark = pytest.mark.django_db


def carried(message: Message) -> set[str]:
    return set(Delivery.objects.filter(message=message).values_list("channel__via", flat=True))


def test_who_chose_nothing_is_mailed_what_needs_them_and_nothing_else():
    user = make_user()
    halted, closed = make_message(user, "bot.halted"), make_message(user, "group.closed")

    assert spread(timezone.now()) == 2

    assert (carried(halted), carried(closed)) == ({"mail"}, set())
    assert Channel.objects.get(user=user).kinds == frozenset(BY_MAIL)


def test_a_channel_carries_what_was_switched_on_for_it():
    user = make_user()
    make_channel(Via.NTFY, user=user, kinds_json=["group.closed"])
    make_channel(Via.TELEGRAM, user=user, kinds_json=list(USUAL))
    make_channel(Via.DISCORD, kinds_json=list(USUAL))
    closed, added = make_message(user, "group.closed"), make_message(user, "group.added")

    spread(timezone.now())

    assert carried(closed) == {"ntfy", "telegram"}
    assert carried(added) == set()


@pytest.mark.parametrize("count", [2, 40])
def test_what_is_for_the_page_alone_costs_nothing_each(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_message(make_user(), "group.closed", cause=f"bot:{number}")

    with django_assert_num_queries(3):
        assert spread(timezone.now()) == count

    assert not Message.objects.filter(spread_at=None).exists()
    assert spread(timezone.now()) == 0


def test_what_no_open_channel_carries_is_spread_to_none():
    user = make_user()
    Channel.objects.create(user=user, via=Via.MAIL, kinds_json=[])
    make_channel(Via.PUSH, user=user, kinds_json=["bot.halted"])
    Channel.objects.update(sealed="")
    message = make_message(user, "bot.halted")

    spread(timezone.now())

    message.refresh_from_db()
    assert (carried(message), message.spread_at is None) == (set(), False)


def test_it_is_there_with_what_it_tells_or_not_at_all():
    user = make_user()
    with transaction.atomic():
        make_message(user)
        transaction.set_rollback(True)

    assert not Message.objects.exists()


def test_it_is_spread_once_however_many_workers_look():
    message = make_message(make_user())
    found = Message.objects.get(pk=message.pk)

    spread(timezone.now())
    spreading._spread(found, timezone.now())
    spread(timezone.now())

    assert Delivery.objects.filter(message=message).count() == 1


def test_of_one_cause_only_the_first_within_an_hour_leaves_the_page():
    user, now = make_user(), timezone.now()
    first, again = make_message(user, cause="bot:1"), make_message(user, cause="bot:1")
    other, others = make_message(user, cause="bot:2"), make_message(make_user(), cause="bot:1")
    spread(now)
    assert [bool(carried(one)) for one in (first, again, other, others)] == [True, False, True, True]

    soon = make_message(user, cause="bot:1")
    spread(now + timedelta(minutes=59))
    later = make_message(user, cause="bot:1")
    spread(now + timedelta(minutes=61))

    assert [bool(carried(one)) for one in (soon, later)] == [False, True]


def test_two_with_the_same_mark_are_one():
    user = make_user()
    for _ in range(2):
        write("key.ends", user_id=user.pk, title="Your key ends", once="key.ends:1:7", now=timezone.now())

    assert Message.objects.filter(user=user).count() == 1


def test_a_flood_of_trades_does_not_drown_what_needs_its_reader(monkeypatch):
    monkeypatch.setitem(spreading.MOST, "trading", 3)
    user = make_user()
    make_channel(Via.NTFY, user=user)
    trades = [make_message(user, "group.closed") for _ in range(5)]
    spread(timezone.now())
    halted = make_message(user, "bot.halted")
    spread(timezone.now())

    assert [carried(one) for one in trades] == [{"ntfy"}] * 3 + [set()] * 2
    assert carried(halted) == {"mail", "ntfy"}


NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}


def test_at_night_trades_wait_and_what_needs_its_reader_does_not():
    user = make_user()
    Preferences.objects.create(user=user, **NIGHT)
    make_channel(Via.NTFY, user=user)
    midnight = datetime(2026, 11, 29, tzinfo=UTC)
    closed, halted = make_message(user, "group.closed"), make_message(user, "bot.halted")

    spread(midnight)

    assert Delivery.objects.get(message=closed).due_at == midnight.replace(hour=7)
    assert set(Delivery.objects.filter(message=halted).values_list("due_at", flat=True)) == {midnight}


def test_who_wants_to_sleep_through_everything_does():
    user = make_user()
    Preferences.objects.create(user=user, **NIGHT, wakes=False)
    halted = make_message(user, "bot.halted")

    spread(datetime(2026, 11, 29, tzinfo=UTC))

    assert Delivery.objects.get(message=halted).due_at == datetime(2026, 11, 29, 7, tzinfo=UTC)


def test_nobody_is_written_to_whose_account_is_closed():
    user = make_user(is_active=False)
    message = make_message(user)

    spread(timezone.now())

    assert carried(message) == set()


def test_a_text_that_is_far_too_long_is_cut_and_never_refused():
    user = make_user()
    message = make_message(user, title="t" * 5000, text="x" * 50_000, page="/")

    assert (len(message.title), len(message.text), message.text[-1]) == (160, 1200, "…")
