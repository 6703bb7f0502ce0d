from collections.abc import Callable

import pytest

from strategies.choices import StopLevel
from strategies.models import StopSwitch
from strategies.stops.state import Pause, pause_of
from tests.accounts.factories import make_user
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def pause() -> Callable[..., Pause | None]:
    def find(own: str = "", trader: str = "", everybody: str = "") -> Pause | None:
        bot = make_bot(paused=own)
        StopSwitch.objects.create(owner=bot.connection.owner, level=trader)
        StopSwitch.objects.create(is_global=True, level=everybody)
        StopSwitch.objects.create(owner=make_user(), level="orders")
        return pause_of(bot, StopSwitch.objects.in_force(bot.connection.owner_id))

    return find


@pytest.mark.parametrize(
    ("stops", "level", "who"),
    [
        (("entries", "", ""), "entries", "You paused this bot."),
        (("entries", "add_ons", ""), "add_ons", "You paused all your bots."),
        (("entries", "", "orders"), "orders", "We paused all bots for everybody."),
        (("add_ons", "add_ons", "add_ons"), "add_ons", "We paused all bots for everybody."),
    ],
)
def test_the_hardest_stop_is_told_and_who_set_it(
    pause: Callable[..., Pause | None], stops: tuple[str, ...], level: str, who: str
) -> None:
    found = pause(*stops)

    assert found is not None
    assert (found.level, found.who) == (level, who)
    assert found.effect


def test_other_peoples_switches_pause_nothing(pause: Callable[..., Pause | None]) -> None:
    assert pause() is None


def test_what_a_bot_paused_itself_is_known_beside_a_harder_stop(pause: Callable[..., Pause | None]) -> None:
    found = pause("entries", "add_ons")

    assert found is not None
    assert found.own == StopLevel.ENTRIES
