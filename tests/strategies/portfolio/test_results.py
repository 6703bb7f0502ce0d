from decimal import Decimal

import pytest
from django.utils import timezone

from strategies.choices import GroupMode
from strategies.models import Bot, Group
from strategies.portfolio.results import Ended, ended_of, results_of, unvalued_fees
from strategies.portfolio.standing import Stood, stand
from tests.strategies.factories import make_bot, make_fill, make_group, make_instrument, make_order

pytestmark = pytest.mark.django_db
ZERO = Decimal(0)


@pytest.fixture
def bot() -> Bot:
    return make_bot()


def closed(bot: Bot) -> list[Ended]:
    return ended_of([bot.pk])[bot.pk]


def stood(group: Group, price: str = "") -> Stood:
    instrument = make_instrument(connection=group.connection, pair=group.pair, price=price) if price else None
    return group, stand(group, instrument, timezone.now())


def test_closed_groups_add_up_and_released_ones_count_for_nothing(bot: Bot) -> None:
    for pair, result in (("BTC/USDT", "1.5"), ("ETH/USDT", "-1"), ("BTC/USDT", None), ("ETH/USDT", "0.00")):
        make_group(bot=bot, pair=pair, mode=GroupMode.CLOSED, result=result and Decimal(result))
    make_group(bot=make_bot(), mode=GroupMode.CLOSED, result=Decimal(9))

    (found,) = results_of(closed(bot), [])

    assert (found.quote, found.realised, found.closed, found.won) == ("USDT", Decimal("0.5"), 3, 1)


def test_no_digit_of_a_sum_is_lost(bot: Bot) -> None:
    for result in ("1000000", "0.000000000000000001"):
        make_group(bot=bot, mode=GroupMode.CLOSED, result=Decimal(result))

    (found,) = results_of(closed(bot), [])

    assert found.realised == Decimal("1000000.000000000000000001")


def test_money_of_different_quotes_is_never_added() -> None:
    found = results_of([Ended("ETH/BTC", Decimal(1), ZERO, 1, 1), Ended("BTC/USDT", Decimal(2), ZERO, 1, 1)], [])

    assert [(one.quote, one.realised) for one in found] == [("BTC", Decimal(1)), ("USDT", Decimal(2))]


def test_open_groups_add_up_and_those_without_a_price_are_counted(bot: Bot) -> None:
    priced, unpriced = stood(make_group(bot=bot), "95"), stood(make_group(bot=bot, pair="ETH/USDT"))

    (found,) = results_of([], [priced, unpriced])

    assert (round(found.open, 4), found.opened, found.unpriced) == (Decimal("-5.1950"), 2, 1)
    assert found.cost == 200


def test_fees_of_open_groups_and_of_those_that_are_over_add_up(bot: Bot) -> None:
    make_group(bot=bot, mode=GroupMode.CLOSED, fees=Decimal("0.2"))
    make_group(bot=bot, mode=GroupMode.RELEASED, closed_at=timezone.now(), fees=Decimal("0.05"))

    (found,) = results_of(closed(bot), [stood(make_group(bot=bot, fees=Decimal("0.1")), "95")])

    assert (found.fees, found.closed) == (Decimal("0.35"), 1)


def test_what_never_bought_anything_is_no_group_that_closed(bot: Bot) -> None:
    make_group(bot=bot, mode=GroupMode.CLOSED, quantity=ZERO, cost=ZERO, result=ZERO, fees=ZERO)

    assert closed(bot) == []


def test_fees_of_unknown_worth_stand_apart_each_in_its_coin(bot: Bot) -> None:
    order = make_order(group=make_group(bot=bot, has_unvalued_fees=True))
    make_fill(order=order, fee=Decimal("0.001"), fee_asset="BNB", fee_value=Decimal("0.58"))
    for price in (50, 60):
        more = [["USDT", "0.01"], ["BNB", "0.5"], ["BTC", "0.001"]]
        make_fill(order=order, fee=Decimal("0.1"), price=Decimal(price), more_fees_json=more, fee_value=None)

    assert unvalued_fees(bot.pk) == {"BNB": Decimal("1.0")}
