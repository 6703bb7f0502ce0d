"""Two real transactions at the same moment: whichever comes first, no bot stays enabled without proof."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.by import PRODUCT
from connections import errors
from connections import flows as connection_flows
from connections.check import settle
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import Connection, RunState
from strategies import halts
from strategies.bots import flows
from strategies.choices import HaltedBy
from strategies.models import Bot
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot, make_settings

ROUNDS = 50
REFUSED = Judgement(
    verdict=Verdict.ERROR, findings=(finding("right.withdraw", "This key can withdraw.", "Make one that cannot."),)
)
PASSED = Judgement(verdict=Verdict.ONLINE, findings=())

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rows_can_be_locked() -> None:
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Run the acts in threads that start together; return what they raised beside refusals."""
    gate, raised = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except (flows.BotsError, errors.ConnectionsError):
            pass
        except BaseException as error:
            raised.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    return raised


def bad_verdict(home: Connection) -> Callable[[], object]:
    """A whole check: enabling may come before it, while it is under way, or after its verdict."""

    def check() -> None:
        run = make_run(connection=home, state=RunState.RUNNING)
        settle.settle(run, None, REFUSED)

    return check


def good_verdict(home: Connection) -> Callable[[], object]:
    """A check that ends the trouble for which the connection's bots wait."""

    def check() -> None:
        run = make_run(connection=home, state=RunState.RUNNING)
        settle.settle(run, None, PASSED)

    return check


def deletion(home: Connection) -> Callable[[], object]:
    return lambda: connection_flows.delete_connection(Connection.objects.get(pk=home.pk), by=PRODUCT)


def lapse(home: Connection) -> Callable[[], object]:
    return lambda: settle.lapse_passes(timezone.now() + timedelta(days=2))


@pytest.mark.parametrize("enemy", [bad_verdict, deletion, lapse])
def test_enabling_never_wins_against_what_takes_the_connection_offline(
    enemy: Callable[[Connection], Callable[[], object]],
) -> None:
    owner, seen = make_user(), set()
    for _ in range(ROUNDS):
        bot = make_bot(connection=make_connection(owner=owner))

        raised = at_once(
            partial(flows.enable_bot, bot, by=PRODUCT), enemy(Connection.objects.get(pk=bot.connection_id))
        )

        assert raised == []
        seen.add(Bot.objects.get(pk=bot.pk).state)
    assert seen <= {"off", "halted"}


def switch_off(bot: Bot) -> None:
    flows.disable_bot(bot, by=PRODUCT)


def move(bot: Bot) -> None:
    unproven = make_connection(owner=bot.connection.owner, status="error")
    flows.change_bot(bot, settings=make_settings(connection=unproven), by=PRODUCT)


def delete_the_connection(bot: Bot) -> None:
    connection_flows.delete_connection(Connection.objects.get(pk=bot.connection_id), by=PRODUCT)


def miss_coins(bot: Bot) -> None:
    with transaction.atomic():
        mine = Bot.objects.filter(pk=bot.pk)
        halts.halt_some(mine, reason="holdings.missing", by=HaltedBy.BOOKS, now=timezone.now())


@pytest.mark.parametrize("act", [switch_off, move, delete_the_connection, miss_coins])
def test_nothing_that_stops_a_bot_loses_against_the_end_of_its_trouble(act: Callable[[Bot], None]) -> None:
    owner, seen = make_user(), set()
    for _ in range(ROUNDS // 2):
        home = make_connection(owner=owner, status="error", passed_at=timezone.now(), passed_revision=1)
        bot = make_bot(connection=home, state="halted", halt_reason="reach.unavailable", halted_by=HaltedBy.TROUBLE)
        enabled = {"enabled_at": timezone.now()}
        Bot.objects.filter(pk=bot.pk).update(**enabled)

        raised = at_once(partial(act, bot), good_verdict(home))

        assert raised == []
        found = Bot.objects.select_related("connection").get(pk=bot.pk)
        # A bot that goes on a moment before may not be moved, and trades where it was.
        assert not found.is_enabled or (act is move and found.connection_id == home.pk)
        seen.add((found.state, found.went_on_at is not None))
    assert seen


def test_a_bot_that_moves_at_the_same_moment_is_not_enabled_by_its_old_connections_proof() -> None:
    owner = make_user()
    for _ in range(ROUNDS):
        bot = make_bot(connection=make_connection(owner=owner))
        unproven = make_connection(owner=owner, status="error")
        settings = make_settings(connection=unproven)

        raised = at_once(
            partial(flows.enable_bot, bot, by=PRODUCT), partial(flows.change_bot, bot, settings=settings, by=PRODUCT)
        )

        assert raised == []
        bot = Bot.objects.get(pk=bot.pk)
        assert (bot.connection == unproven) is not bot.is_enabled


def test_one_name_is_given_once_however_many_ask_at_the_same_moment() -> None:
    owner = make_user()
    home = make_connection(owner=owner)
    for number in range(ROUNDS // 5):
        settings = make_settings(connection=home, name=f"Bot number {number}")

        raised = at_once(*[partial(flows.add_bot, owner, settings=settings, by=PRODUCT)] * 4)

        assert raised == []
        assert Bot.objects.filter(name=settings.name).count() == 1
