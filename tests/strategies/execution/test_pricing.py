"""The worst price of an order stays where the exchange takes orders."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from exchanges import registry
from practice.dialects import BY_SLUG
from strategies.choices import OrderKind, Purpose
from strategies.execution.pricing import SLIPPAGE_OUT, Wanted, price_of
from strategies.models import Bot, Group
from strategies.models.market import Instrument

SLUGS = [spec.slug for spec in registry.ALL]


def order_of(bot: Bot, purpose: Purpose, reason: str, instrument: Instrument) -> Wanted:
    pair = "BTC/USDT"
    return Wanted(
        bot=bot, purpose=purpose, reason=reason, pair=pair, instrument=instrument, numbers={}, group=Group(pair=pair)
    )


def wanted(slug: str, purpose: Purpose, reason: str) -> Wanted:
    """Return an order at market for BTC at 50,000, with the spread that the practice market has."""
    instrument = Instrument(exchange=slug, bid=D("49997.5"), ask=D("50002.5"), price=D(50_000), price_step=D("0.1"))
    bot = Bot(order_kind=OrderKind.MARKET)
    return order_of(bot, purpose, reason, instrument)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_stop_asks_for_no_price_that_the_exchange_refuses(slug: str) -> None:
    price = price_of(wanted(slug, Purpose.EXIT, "exit.stop_loss"))

    band = BY_SLUG[slug].terms.band
    least = band.sell_least if band else None
    assert least is not None
    assert 50_000 * least <= price < D("49997.5")
    assert price >= D("49997.5") * (1 - SLIPPAGE_OUT)


@pytest.mark.parametrize("slug", SLUGS)
def test_an_entry_asks_for_no_price_that_the_exchange_refuses(slug: str) -> None:
    price = price_of(wanted(slug, Purpose.ENTRY, "entry.signal"))

    band = BY_SLUG[slug].terms.band
    most = band.buy_most if band else None
    assert most is not None
    assert D("50002.5") < price <= 50_000 * most


@pytest.mark.parametrize(("slug", "inner"), [("okx", "0.005"), ("bybit", "0.01"), ("bitget", "0.02")])
def test_room_is_left_inside_the_narrowest_band_that_the_exchange_tells(slug: str, inner: str) -> None:
    lowest = price_of(wanted(slug, Purpose.EXIT, "exit.stop_loss"))
    highest = price_of(wanted(slug, Purpose.ENTRY, "entry.signal"))

    assert lowest > 50_000 * (1 - D(inner)) + 20
    assert highest < 50_000 * (1 + D(inner)) - 20


def coarse(purpose: Purpose, reason: str, ticks: str, step: str = "0.00000001", **numbers: D) -> D:
    """Return the worst price in ticks, for a coin whose best price on both sides is so many ticks."""
    tick = D(step)
    best = D(ticks) * tick
    instrument = Instrument(exchange="kucoin", bid=best, ask=best, price=best, price_step=tick)
    bot = Bot(order_kind=OrderKind.MARKET)
    order = replace(order_of(bot, purpose, reason, instrument), numbers=numbers)
    return price_of(order) / tick


@pytest.mark.parametrize(
    ("ticks", "worst"), [("1", 1), ("3", 3), ("7", 7), ("123", 123), ("199", 199), ("200", 201), ("10000", 10050)]
)
def test_no_buy_pays_more_than_half_a_percent_above_the_best_price(ticks: str, worst: int) -> None:
    assert coarse(Purpose.ENTRY, "entry.signal", ticks) == worst


@pytest.mark.parametrize(
    ("ticks", "worst"), [("1", 1), ("2", 1), ("3", 2), ("7", 6), ("49", 48), ("50", 49), ("51", 50), ("10000", 9800)]
)
def test_a_stop_goes_one_tick_down_where_a_tick_is_more_than_two_percent_and_never_to_nothing(
    ticks: str, worst: int
) -> None:
    assert coarse(Purpose.EXIT, "exit.stop_loss", ticks) == worst


@pytest.mark.parametrize(("ticks", "worst"), [("1", 1), ("3", 3), ("123", 123), ("200", 199), ("10000", 9950)])
def test_a_take_profit_gives_up_no_more_than_half_a_percent(ticks: str, worst: int) -> None:
    assert coarse(Purpose.EXIT, "exit.take_profit", ticks, take_profit=D(0)) == worst


def test_a_price_between_two_ticks_is_bought_and_sold_at_the_tick_that_fills() -> None:
    assert coarse(Purpose.ENTRY, "entry.signal", "3.5") == 4
    assert coarse(Purpose.EXIT, "exit.take_profit", "3.5", take_profit=D(0)) == 3
    assert coarse(Purpose.EXIT, "exit.stop_loss", "0.5") == 1
