"""A file of candles becomes ticks: mended outwards, and what makes no sense refused."""

import json
from decimal import Decimal as D
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from strategies.lookback.candle_files import CandleFileError, read
from strategies.lookback.candles import Candles

MINUTE = 28_000_000


def written(folder: Path, *lines: str) -> Path:
    path = folder / "candles.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def rows(candles: Candles) -> list[tuple[int, ...]]:
    columns = (candles.minute, candles.open, candles.high, candles.low, candles.close)
    return [tuple(int(one) for one in row) for row in zip(*columns, strict=True)]


def test_it_reads_seconds_and_milliseconds_with_a_head_or_without(tmp_path: Path) -> None:
    want = [(MINUTE, 100, 110, 90, 105)]

    seconds = read(written(tmp_path, f"{MINUTE * 60},1.00,1.10,0.90,1.05"), step=D("0.01"))
    assert (rows(seconds[0]), seconds[1]) == (want, 0)
    headed = written(tmp_path, "time,open,high,low,close,volume", f"{MINUTE * 60_000},1.00,1.10,0.90,1.05,7")
    assert rows(read(headed, step=D("0.01"))[0]) == want


def test_rows_are_put_in_order_and_the_later_of_one_minute_counts(tmp_path: Path) -> None:
    lines = [f"{(MINUTE + at) * 60},{price},{price},{price},{price}" for at, price in ((1, 5), (0, 4), (1, 6))]

    found, mended = read(written(tmp_path, *lines), step=D(1))

    assert rows(found) == [(MINUTE, 4, 4, 4, 4), (MINUTE + 1, 6, 6, 6, 6)]
    assert mended == 0


def test_what_is_off_the_step_or_upside_down_is_mended_outwards(tmp_path: Path) -> None:
    lines = [f"{MINUTE * 60},100,100.4,99.6,100", f"{(MINUTE + 1) * 60},100,99,101,100"]

    found, mended = read(written(tmp_path, *lines), step=D(1))

    assert rows(found) == [(MINUTE, 100, 101, 99, 100), (MINUTE + 1, 100, 100, 100, 100)]
    assert mended == 2


@pytest.mark.parametrize(
    "line", ["", "1,2,3", f"{MINUTE * 60},0,1,1,1", f"{MINUTE * 60},nan,1,1,1", f"{MINUTE * 60},9e9,9e9,9,9"]
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_what_cannot_be_read_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(CandleFileError):
        read(written(tmp_path, line), step=D(1))


def test_simulate_prints_what_the_bot_would_have_done(tmp_path: Path) -> None:
    prices = [1000, 1000, 1017, 1000, 960, 990, 1030]
    lines = [f"{(MINUTE + at) * 60},{price},{price + 1},{price - 1},{price}" for at, price in enumerate(prices)]
    told = StringIO()

    call_command("simulate", str(written(tmp_path, *lines)), price_step=D("0.1"), stdout=told)

    found = json.loads(told.getvalue())
    assert found["events"][0]["action"] == "open"
    assert found["groups"][0]["reason"] == "exit.take_profit"
    assert found["net"] > 0
    assert found["mended"] == 0


def test_simulate_refuses_a_file_with_large_holes(tmp_path: Path) -> None:
    lines = [f"{(MINUTE + at) * 60},10,10,10,10" for at in (0, 1, 50)]

    with pytest.raises(CommandError, match="Only 6% of the minutes"):
        call_command("simulate", str(written(tmp_path, *lines)), price_step=D(1), stdout=StringIO())
    with pytest.raises(CommandError, match="No such file"):
        call_command("simulate", str(tmp_path / "none.csv"), price_step=D(1))
