import pytest

from strategies.models import Bot, JournalLine
from strategies.pages.paging import Slice, cut, read_id
from tests.strategies.factories import make_bot, make_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot() -> Bot:
    bot = make_bot()
    for number in range(7):
        make_line(bot=bot, pair=str(number))
    return bot


def page(bot: Bot, query: str = "") -> Slice[JournalLine]:
    return cut(bot.journal.all(), dict([query.split("=")]) if query else {}, size=3)


def pairs(found: Slice[JournalLine]) -> str:
    return "".join(row.pair for row in found.rows)


def test_one_can_go_back_to_the_oldest_and_forth_to_the_newest(bot: Bot) -> None:
    newest = page(bot)
    middle = page(bot, newest.older)
    oldest = page(bot, middle.older)
    forth = page(bot, oldest.newer)

    assert [pairs(one) for one in (newest, middle, oldest, forth)] == ["654", "321", "0", "321"]
    assert (newest.newer, oldest.older) == ("", "")
    assert pairs(page(bot, forth.newer)) == "654"


def test_a_page_stays_the_same_while_new_rows_arrive(bot: Bot) -> None:
    older = page(bot).older

    make_line(bot=bot, pair="7")

    assert pairs(page(bot, older)) == "321"


def test_the_newest_page_is_full_however_few_rows_came_since(bot: Bot) -> None:
    forth = f"after={page(bot).rows[1].pk}"

    assert pairs(page(bot, forth)) == "654"


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", "x", "²", "9" * 19, "1\0"])
def test_an_edge_that_is_none_shows_the_newest(text: str | None) -> None:
    assert read_id(text) is None
