"""Who gets which bots to step, and in what portions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from strategies import claims
from strategies.choices import MOST_LOST
from strategies.models import Bot
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
HERE = ("kucoin", "practice")


def enabled(**fields: Any) -> Bot:
    return make_bot(state="enabled", **fields)


def test_a_look_names_every_due_bot_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "PORTION", 2)
    connection = make_connection(owner=make_user())
    bots = {enabled(connection=connection).pk for _ in range(5)}

    portions = list(claims.due(*HERE, now=timezone.now()))

    assert [len(portion) for portion in portions] == [2, 2, 1]
    assert {pk for portion in portions for pk in portion} == bots


def test_bots_that_waited_equally_long_come_connection_by_connection() -> None:
    now = timezone.now().replace(microsecond=500_000)
    one, other = make_connection(owner=make_user()), make_connection(owner=make_user())
    bots = [
        enabled(connection=home, step_at=now + timedelta(milliseconds=n)) for n, home in enumerate([one, other] * 2)
    ]

    (portion,) = claims.due(*HERE, now=now + timedelta(seconds=1))

    assert portion == [bots[0].pk, bots[2].pk, bots[1].pk, bots[3].pk]


def test_who_waited_longer_comes_first_whatever_its_connection() -> None:
    now = timezone.now()
    early, late = make_connection(owner=make_user()), make_connection(owner=make_user())
    fresh = enabled(connection=early, step_at=now)
    old = enabled(connection=late, step_at=now - timedelta(seconds=5))

    (portion,) = claims.due(*HERE, now=now)

    assert portion == [old.pk, fresh.pk]


def test_a_second_worker_with_the_same_list_gets_nothing() -> None:
    bot, now = enabled(), timezone.now()

    (first,) = claims.claim_due([bot.pk], now=now)

    assert claims.claim_due([bot.pk], now=now) == []
    assert first.fence == bot.fence + 1


def test_a_bot_that_was_stepped_since_is_not_due_any_more() -> None:
    bot, now = enabled(), timezone.now()
    claims.let_go(claims.claim_due([bot.pk], now=now), [], now=now)

    assert claims.claim_due([bot.pk], now=now) == []
    assert [one.pk for one in claims.claim_some([bot.pk], now=now)] == [bot.pk]


def test_a_signal_takes_all_the_free_bots_it_asks_for_and_no_others() -> None:
    now = timezone.now()
    held, free, off = enabled(), enabled(), make_bot()
    claims.claim_some([held.pk], now=now)

    found = claims.claim_some([held.pk, free.pk, off.pk], now=now)

    assert [one.pk for one in found] == [free.pk]
    assert claims.claim_some([], now=now) == []


def test_bots_of_one_connection_share_its_row() -> None:
    connection = make_connection(owner=make_user())
    ids = [enabled(connection=connection).pk for _ in range(2)]

    one, other = claims.claim_due(ids, now=timezone.now())

    assert one.connection is other.connection
    assert one.connection.owner.pk == connection.owner_id


def test_what_wakes_a_bot_while_it_is_stepped_is_not_lost() -> None:
    bot, now = enabled(), timezone.now()
    (mine,) = claims.claim_due([bot.pk], now=now)
    Bot.objects.filter(pk=bot.pk).update(step_at=timezone.now())

    claims.let_go([], [], [mine], now=now)

    assert [one.pk for one in claims.claim_due([bot.pk], now=timezone.now())] == [bot.pk]


def test_a_bot_whose_worker_died_is_due_when_the_claim_ends() -> None:
    bot, now = enabled(), timezone.now()
    (mine,) = claims.claim_due([bot.pk], now=now)

    assert mine.claimed_until is not None
    assert claims.claim_due([bot.pk], now=mine.claimed_until) == []
    assert claims.claim_due([bot.pk], now=mine.claimed_until + timedelta(microseconds=1))


def lose(bot: Bot, times: int, *, now: datetime) -> datetime:
    """Let so many workers die with the bot in a row; return when the last claim has ended."""
    for _ in range(times):
        (mine,) = claims.claim_due([bot.pk], now=now)
        assert mine.claimed_until is not None
        now = mine.claimed_until + timedelta(microseconds=1)
    return now


def test_bots_whose_claim_was_lost_are_stepped_alone_after_all_others() -> None:
    home = make_connection(owner=make_user())
    lost, other = enabled(connection=home), enabled(connection=home)
    now = timezone.now()
    claims.claim_due([lost.pk, other.pk], now=now)
    fresh = [enabled(connection=home).pk for _ in range(2)]

    assert list(claims.due(*HERE, now=now + timedelta(minutes=1))) == [fresh, [lost.pk], [other.pk]]


def test_a_claim_that_is_given_back_forgets_those_that_were_lost() -> None:
    bot = enabled()
    now = lose(bot, MOST_LOST - 1, now=timezone.now())

    claims.let_go(claims.claim_due([bot.pk], now=now), [], now=now)

    later = now + timedelta(minutes=1)
    assert [one.lost_claims for one in claims.claim_due([bot.pk], now=later)] == [0]


@pytest.mark.parametrize("claim", [claims.claim_due, claims.claim_some])
def test_a_bot_that_cost_three_workers_in_a_row_is_nobodys(claim: Callable[..., list[Bot]]) -> None:
    bot = enabled()

    now = lose(bot, MOST_LOST, now=timezone.now())

    assert claim([bot.pk], now=now) == []
    assert list(claims.due(*HERE, now=now)) == []
    assert [one.pk for one in claims.worn(now)] == [bot.pk]
