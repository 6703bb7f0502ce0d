"""A group's figures, number by number: 1 coin bought for 100, fee 0.1 paid in money, 0.1 % on the way out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from strategies.models import Bot, Group, Instrument
from strategies.models.groups import ladder_json
from strategies.portfolio.standing import Figures, stand
from tests.strategies.engine.builders import WORKED
from tests.strategies.factories import make_bot, make_group, make_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot() -> Bot:
    return make_bot()


def standing(group: Group, instrument: Instrument | None, **later: float) -> Figures:
    return stand(group, instrument, timezone.now() + timedelta(**later))


def cents(value: Decimal | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def test_its_levels_follow_from_fills_settings_and_ladder(bot: Bot) -> None:
    """The take profit of 1.5 % is net: 100·(1 + 0.001 + 0.015) / 0.999."""
    bot.stop_loss = Decimal(30)

    group = make_group(bot=bot, ladder_json=ladder_json(WORKED.scaled(Decimal(100))))
    found = standing(group, make_instrument(connection=bot.connection))

    assert (cents(found.average), cents(found.break_even)) == ("100.0000", "100.2002")
    assert (cents(found.take_profit), cents(found.stop_loss)) == ("101.7017", "70.0000")
    assert (cents(found.next_price), cents(found.next_cost)) == ("98.5000", "100.0000")
    assert (cents(found.zone_end), found.add_ons) == ("96.7000", 5)


def test_the_next_add_on_costs_what_its_ladder_lacks(bot: Bot) -> None:
    """The entry got 100 of 110: the first add-on, of 110, buys the rest as well."""
    group = make_group(bot=bot, ladder_json=ladder_json(WORKED.scaled(Decimal(110))))

    assert standing(group, None).next_cost == Decimal(120)


def test_its_result_is_what_closing_at_the_bid_would_bring_after_fees(bot: Bot) -> None:
    instrument = make_instrument(connection=bot.connection, price="96", bid=Decimal(95), ask=Decimal(97))

    found = standing(make_group(bot=bot), instrument)

    assert (cents(found.price), cents(found.result)) == ("95.0000", "-5.1950")
    assert (cents(found.result_share), cents(found.to_break_even)) == ("-0.0520", "0.0547")
    assert (cents(found.at_work), cents(found.fallen)) == ("100.0000", "-28.9212")


def test_a_fee_kept_in_the_coin_leaves_less_to_sell(bot: Bot) -> None:
    group = make_group(bot=bot, fee_quote=Decimal(0), fee_coin=Decimal("0.001"))

    found = standing(group, make_instrument(connection=bot.connection))

    assert cents(found.held) == "0.9990"
    assert cents(found.break_even) == "100.2003"


def test_recovery_lets_the_take_profit_fall_to_break_even(bot: Bot) -> None:
    instrument = make_instrument(connection=bot.connection)
    group = make_group(bot=bot, mode="recovery", recovery_since=timezone.now())

    falling = [cents(standing(group, instrument, days=days).take_profit) for days in (0, 1.5, 3, 30)]

    assert falling == ["101.7017", "101.0011", "100.3004", "100.3004"]


@pytest.mark.parametrize(
    ("group", "setting"),
    [({"add_ons_done": 5}, {}), ({"mode": "closing"}, {}), ({}, {"add_on_behaviour": "off"})],
)
def test_no_next_add_on_where_none_will_come(bot: Bot, group: dict[str, Any], setting: dict[str, Any]) -> None:
    for name, value in setting.items():
        setattr(bot, name, value)

    found = standing(make_group(bot=bot, **group), make_instrument(connection=bot.connection))

    assert (found.next_price, found.next_cost, found.zone_end) == (None, None, None)


def test_the_last_add_on_has_a_zone_without_an_end(bot: Bot) -> None:
    found = standing(make_group(bot=bot, add_ons_done=4), make_instrument(connection=bot.connection))

    assert cents(found.next_price) == "88.8376"
    assert found.zone_end is None


def test_without_a_price_the_levels_are_known_and_the_result_is_not(bot: Bot) -> None:
    found = standing(make_group(bot=bot), None)

    assert cents(found.break_even) == "100.2002"
    assert (found.price, found.result, found.to_break_even) == (None, None, None)


def test_a_group_that_has_bought_nothing_has_no_levels(bot: Bot) -> None:
    empty = make_group(bot=bot, quantity=Decimal(0), cost=Decimal(0), fee_quote=Decimal(0), first_price=None)

    found = standing(empty, make_instrument(connection=bot.connection))

    assert (found.average, found.take_profit, found.result) == (None, None, None)


@pytest.mark.parametrize("stored", [{}, {"base": "x"}, [], "text", {"base": "NaN", "add_ons": "many"}])
def test_a_ladder_that_cannot_be_read_leaves_the_rest_readable(bot: Bot, stored: Any) -> None:
    found = standing(make_group(bot=bot, ladder_json=stored), make_instrument(connection=bot.connection))

    assert (found.add_ons, found.next_price) == (0, None)
    assert cents(found.average) == "100.0000"
