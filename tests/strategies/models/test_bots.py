from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from strategies.models import Bot
from strategies.words.halts import REASONS
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def test_a_bot_belongs_to_whom_its_connection_belongs() -> None:
    owner, other = make_user(), make_user()
    bot = make_bot(owner=owner)
    make_bot(owner=other)

    assert list(Bot.objects.owned_by(owner)) == [bot]


def test_there_is_no_second_place_that_could_name_another_owner() -> None:
    assert not [field for field in Bot._meta.fields if field.related_model is type(make_user())]


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "enabled", "enabled_at": None},
        {"state": "halted", "halt_reason": "", "halted_at": datetime(2026, 11, 23, tzinfo=UTC)},
        {"state": "halted", "halt_reason": "key.invalid", "halted_at": None},
        {"state": "off", "halt_reason": "key.invalid"},
        {"state": "running"},
        {"margin_limit": 0},
        {"margin_limit": -1},
        {"direction": "sideways"},
        {"risk_level": "reckless"},
        {"add_on_behaviour": "always"},
    ],
)
def test_the_database_refuses_a_bot_that_makes_no_sense(broken: dict[str, Any]) -> None:
    bot = make_bot()

    with pytest.raises(IntegrityError), transaction.atomic():
        Bot.objects.filter(pk=bot.pk).update(**broken)


def test_the_database_refuses_a_bot_without_connection() -> None:
    bot = make_bot()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE strategies_bot SET connection_id = NULL WHERE id = %s", [bot.pk])


def test_a_connection_with_bots_cannot_be_removed_from_the_database() -> None:
    bot = make_bot()

    with pytest.raises(ProtectedError):
        bot.connection.delete()


def test_a_list_shows_halted_bots_first_then_enabled_ones() -> None:
    home = make_connection(owner=make_user())
    off, enabled, halted = (make_bot(connection=home, state=state) for state in ("off", "enabled", "halted"))

    assert list(Bot.objects.owned_by(home.owner).for_list()) == [halted, enabled, off]


def test_a_halted_bot_says_why() -> None:
    bot = make_bot(state="halted", halt_reason="right.withdraw")

    assert bot.reason == REASONS["right.withdraw"]


def test_a_deleted_connection_outweighs_what_was_wrong_with_it() -> None:
    home = make_connection(owner=make_user(), status="untested", deleted=True)
    bot = make_bot(connection=home, state="halted", halt_reason="right.withdraw")

    assert bot.reason == REASONS["connection.deleted"]


def test_a_bot_names_the_money_of_its_margin_limit() -> None:
    assert make_bot(pairs_json=["ETH/BTC", "SOL/BTC"]).quote == "BTC"
