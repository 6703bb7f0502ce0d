"""A price that stands still while trades go on is told from one of a pair that nobody trades."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchanges.values import Candle
from strategies.market.standing_still import stands

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def candles(*closes: str, spread: int = 0) -> list[Candle]:
    """Return candles of one minute from noon on, each from its close to so much above it."""
    return [
        Candle(start=NOON + timedelta(minutes=n), open=D(close), high=D(close) + spread, low=D(close), close=D(close))
        for n, close in enumerate(closes)
    ]


def judged(found: list[Candle], *, moved: float = 1, now: float = 9, price: str | None = "60000") -> bool:
    at = [NOON + timedelta(minutes=minutes) for minutes in (moved, now)]
    return stands(D(price) if price else None, at[0], found, at[1])


def test_trades_at_other_prices_since_it_last_changed_prove_it() -> None:
    assert judged(candles("60000", "60000", "51000"))
    assert judged(candles("60000", "60000", "51000", "50000", spread=100))


@pytest.mark.parametrize("closes", [("60000",) * 4, ("58000",) * 4])
def test_candles_without_a_trade_prove_nothing_whatever_they_closed_at(closes: tuple[str, ...]) -> None:
    assert not judged(candles(*closes))


def test_trades_at_the_price_itself_prove_nothing() -> None:
    assert not judged(candles("60000", "59950", "59990", spread=100))


def test_trades_before_it_last_changed_prove_nothing() -> None:
    assert not judged(candles("50000", "51000", "50000"), moved=2.5)


def test_a_candle_that_is_not_over_or_just_over_proves_nothing() -> None:
    found = candles("60000", "60000", "51000")

    assert [judged(found, now=now) for now in (2.9, 3.0, 3.1, 3.2)] == [False, False, False, True]


def test_nothing_is_said_of_a_price_that_is_not_known() -> None:
    assert not judged(candles("60000", "60000", "51000"), price=None)
    assert not stands(D(1), None, candles("60000", "60000", "51000"), NOON)
    assert not judged([])
