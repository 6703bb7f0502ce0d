"""Candles count as closed when they had ended at the moment they were asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchanges.values import Candle
from strategies.models.market import CandleSeries, Instrument

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def hourly(*closes: str, until: datetime) -> list[Candle]:
    """Return candles of an hour each, the last of which begins an hour before."""
    starts = [until - timedelta(hours=len(closes) - place) for place in range(len(closes))]
    return [Candle(start=at, open=D(c), high=D(c), low=D(c), close=D(c)) for at, c in zip(starts, closes, strict=True)]


@pytest.fixture
def series() -> CandleSeries:
    instrument = Instrument.objects.create(exchange="kucoin", venue="practice", pair="BTC/USDT")
    return CandleSeries.objects.create(instrument=instrument, frame="1h", wanted_until=NOON + timedelta(days=1))


def read(series: CandleSeries, candles: list[Candle], at: datetime) -> list[str]:
    """Keep what was asked for at that moment; returns the closes that count."""
    series.keep(candles, at)
    series.refresh_from_db()
    return [str(candle.close) for candle in series.closed()]


def test_a_candle_that_had_not_ended_when_it_was_asked_for_does_not_count_later_either(series: CandleSeries) -> None:
    almost = NOON - timedelta(seconds=30)

    assert read(series, hourly("1", "2", "3", until=NOON), almost) == ["1", "2"]
    assert [str(candle.close) for candle in series.closed()] == ["1", "2"]


def test_its_real_close_counts_once_it_is_read_again(series: CandleSeries) -> None:
    read(series, hourly("1", "2", "9", until=NOON), NOON - timedelta(seconds=30))

    assert read(series, hourly("2", "3", "4", until=NOON + timedelta(hours=1)), NOON + timedelta(seconds=5)) == [
        *("1", "2", "3"),
    ]


def test_one_that_was_never_read_again_is_left_out(series: CandleSeries) -> None:
    read(series, hourly("1", "2", "9", until=NOON), NOON - timedelta(seconds=30))
    later = NOON + timedelta(hours=9)

    assert read(series, hourly("11", "12", until=later), later + timedelta(seconds=5)) == ["1", "2", "11", "12"]


def test_an_answer_that_failed_closes_nothing(series: CandleSeries) -> None:
    read(series, hourly("1", "2", "9", until=NOON), NOON - timedelta(seconds=30))

    assert read(series, [], NOON + timedelta(seconds=30)) == ["1", "2"]


@pytest.mark.parametrize(
    ("frame", "read_at", "now", "is_due"),
    [
        ("1h", "11:59:30", "12:00:02", False),
        ("1h", "11:59:30", "12:00:03", True),
        ("1h", "12:00:03", "12:01:00", False),
        ("1h", "12:00:03", "12:02:03", True),
        ("1d", "11:59:30", "12:00:05", False),
        ("5m", "12:04:59", "12:05:03", True),
        ("5m", "12:05:03", "12:05:09", False),
    ],
)
def test_candles_are_read_again_as_soon_as_the_newest_has_ended(
    frame: str, read_at: str, now: str, is_due: bool
) -> None:
    read_at_, now_ = (datetime.fromisoformat(f"2026-03-01T{clock}+00:00") for clock in (read_at, now))

    assert CandleSeries(frame=frame, read_at=read_at_).is_old(now_) is is_due
