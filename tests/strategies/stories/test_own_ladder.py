"""A ladder of the trader's own is traded as it was typed, and an open group keeps the one that it was opened with."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from strategies.market import wanted
from strategies.models import Order
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def own(trading: Trader) -> Trader:
    """Entry 100, add-ons of 50 and 100, 1 % and 1 + 2 % below it: 59,400 and 58,200 from 60,000."""
    trading.set(
        margin_limit=D(5000),
        base_order=D(100),
        first_add_on=D(50),
        add_ons=2,
        first_step=D(1),
        step_scale=D(2),
        volume_scale=D(2),
        cool_down_minutes=0,
        recovery_mode=False,
    )
    return trading


def costs(trading: Trader) -> list[int]:
    """Return what each order bought for, to whole money: amounts are rounded to the exchange's lots."""
    fills = Order.objects.filter(bot=trading.bot).order_by("pk").values_list("fills__cost", flat=True)
    return [round(cost) for cost in fills if cost]


def test_the_orders_are_as_large_and_as_far_apart_as_they_were_typed(own: Trader) -> None:
    own.signal("long")
    own.at("59450")
    assert costs(own) == [100]

    own.at("59390")
    own.at("58250")
    assert costs(own) == [100, 50]

    own.at("58190")
    assert costs(own) == [100, 50, 100]

    own.at("56000")
    assert costs(own) == [100, 50, 100]
    assert own.group.add_ons_done == 2


def test_an_open_group_keeps_the_ladder_that_it_was_opened_with(own: Trader) -> None:
    own.signal("long")

    own.set(first_step=D(10), first_add_on=D(900), add_ons=1)
    own.at("59390")
    own.at("58190")

    assert costs(own) == [100, 50, 100]


def test_no_add_on_is_bought_beyond_the_floor(own: Trader) -> None:
    own.set(floor=D(2))
    own.signal("long")

    own.at("59390")
    own.at("58190")

    assert costs(own) == [100, 50]
    assert own.reasons()[-1] == "zone.below_floor"


def test_an_add_on_that_betters_the_average_too_little_is_not_bought(own: Trader) -> None:
    """At 59,390 a third of the money is bought 1 % lower: the average gains a third of a percent."""
    own.set(least_improvement=D("0.4"))
    own.signal("long")

    own.at("59390")

    assert costs(own) == [100]
    assert own.reasons()[-1] == "average.worse"


def test_a_loss_that_is_not_accepted_any_more_stops_the_next_add_on(own: Trader) -> None:
    """250 lose 60 at a fall of a quarter: more than half a percent of 10,000, less than two."""
    own.signal("long")
    own.at("59390")
    own.set(accepted_loss=D("0.5"))

    own.at("58190")
    assert costs(own) == [100, 50]
    assert own.reasons()[-1] == "risk.stress_loss"

    own.set(accepted_loss=D(2))
    own.at("58180")
    assert costs(own) == [100, 50, 100]


def test_it_opens_no_more_groups_at_once_than_its_trader_allows(own: Trader) -> None:
    own.set(pairs_json=["BTC/USDT", "ETH/USDT"], max_groups=1)
    own.price("3000", pair="ETH/USDT")
    wanted.want("kucoin", "practice", ["ETH/USDT"], now=timezone.now())
    own.look()
    own.signal("long")

    signal = own.signal("long", pair="ETH/USDT")

    assert signal is not None
    assert signal.outcome == "entry.too_many_groups"
