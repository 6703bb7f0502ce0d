"""The worst price of an order stays where the exchange takes orders."""

from decimal import Decimal as D

import pytest

from exchanges import registry
from practice.dialects import BY_SLUG
from strategies.choices import OrderKind, Purpose
from strategies.execution.pricing import SLIPPAGE_OUT, Wanted, price_of
from strategies.models import Bot
from strategies.models.market import Instrument

SLUGS = [spec.slug for spec in registry.ALL]


def wanted(slug: str, purpose: Purpose, reason: str) -> Wanted:
    """Return an order at market for BTC at 50,000, with the spread that the practice market has."""
    instrument = Instrument(exchange=slug, bid=D("49997.5"), ask=D("50002.5"), price=D(50_000), price_step=D("0.1"))
    bot = Bot(order_kind=OrderKind.MARKET)
    return Wanted(bot=bot, purpose=purpose, reason=reason, pair="BTC/USDT", instrument=instrument, numbers={})


@pytest.mark.parametrize("slug", SLUGS)
def test_a_stop_asks_for_no_price_that_the_exchange_refuses(slug: str) -> None:
    price = price_of(wanted(slug, Purpose.EXIT, "exit.stop_loss"))

    band = BY_SLUG[slug].terms.band
    least = band.sell_least if band else None
    assert least is not None
    assert 50_000 * least <= price < D("49997.5")
    assert price >= D("49997.5") * (1 - SLIPPAGE_OUT) - D("0.1")


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
