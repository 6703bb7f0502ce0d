"""Numbers come back from the database as they went in."""

from decimal import Decimal

import pytest

from exchanges.proven import plain
from strategies.models.groups import Group
from tests.strategies.factories import make_bot

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.mark.parametrize("number", ["123456789012.123456789012345678", "0.00000001", "1E+3", "-7.10", "0"])
def test_every_digit_is_kept(number: str) -> None:
    bot = make_bot()

    group = Group.objects.create(bot=bot, connection=bot.connection, pair="BTC/USDT", side="long", cost=Decimal(number))

    group.refresh_from_db()
    assert group.cost == Decimal(number)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_stored(number: str) -> None:
    bot = make_bot()

    with pytest.raises(ValueError, match="finite"):
        Group.objects.create(bot=bot, connection=bot.connection, pair="BTC/USDT", side="long", cost=Decimal(number))


def test_a_number_is_written_without_an_exponent_and_idle_zeros() -> None:
    assert [plain(Decimal(text)) for text in ("1E+3", "1.500", "0E-8", "10")] == ["1000", "1.5", "0", "10"]
