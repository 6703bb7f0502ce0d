"""Candles are fetched, written into a file and taken from one by commands: resumed, exact, and refused where wrong."""

from datetime import UTC, datetime
from decimal import Decimal as D
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from strategies.lookback import months
from strategies.lookback.answer import fingerprint
from strategies.lookback.candle_files import HEAD, CandleFileError, exact, lines_of
from strategies.models import CandleMonth
from tests.strategies.lookback.worlds import make_candles

BTC, FIRST = "BTC/USDT", int(datetime(2026, 5, 31, 23, 58, tzinfo=UTC).timestamp()) // 60
GOOD = ("95000.5,95001,94999.25,95000", "95000,95000,95000,95000", "95000,95010,94990,95005", "95005,95005,95005,95005")


def written(folder: Path, *rows: str, start: int = FIRST, head: str = HEAD) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    lines = [head, *(row if row.count(",") > 3 else f"{(start + n) * 60},{row}" for n, row in enumerate(rows))]
    path.write_text("\n".join(lines) + "\n")
    return path


def said(command: str, *args: Any, **more: Any) -> str:
    told = StringIO()
    call_command(command, *map(str, args), stdout=told, **more)
    return told.getvalue()


def read(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def kept() -> dict[str, int]:
    return {f"{row.month:%Y-%m}": row.count for row in CandleMonth.objects.order_by("month")}


@pytest.mark.django_db
def test_what_is_taken_from_a_file_comes_out_as_it_was(tmp_path: Path) -> None:
    file, out = written(tmp_path, *GOOD), tmp_path / "out.csv"

    assert "4 minutes of BTC/USDT are new, 0 were corrected" in said("import_candles", "kucoin", BTC, file)
    assert kept() == {"2026-05": 2, "2026-06": 2}
    assert "4 minutes" in said("export_candles", "kucoin", BTC, out)

    assert fingerprint(exact(read(out))) == fingerprint(exact(read(file)))
    assert out.read_text().splitlines()[1] == f"{FIRST * 60},95000.50,95001.00,94999.25,95000.00"


@pytest.mark.django_db
def test_corrections_replace_what_was_kept_and_are_counted(tmp_path: Path) -> None:
    said("import_candles", "kucoin", BTC, written(tmp_path, *GOOD))
    better = written(tmp_path, "95000.5,95001,94999.25,95000", "95000,95000.125,95000,95000", *GOOD[2:], "7,7,7,7")

    assert "1 minutes of BTC/USDT are new, 1 were corrected, 5 are in" in said("import_candles", "kucoin", BTC, better)
    row = CandleMonth.objects.get(month="2026-05-01")
    assert (row.step, months.unpack(bytes(row.data), step=row.step).high.tolist()) == (D("0.001"), [95001000, 95000125])


WRONG = {
    "line 1:": {"head": "time;open;high;low;close"},
    "line 2: there are no candles": {"rows": ()},
    "line 3: it has 4 columns": {"rows": (GOOD[0], f"{FIRST * 60 + 60},1,1,1"), "raw": True},
    "line 3: its minute is not later": {"rows": (GOOD[0], f"{FIRST * 60},1,1,1,1")},
    "line 2: its time is not the start": {"rows": (f"{FIRST * 60 + 1},1,1,1,1",)},
    "line 2: its time": {"rows": (f"{FIRST * 60_000},1,1,1,1",)},
    "line 3: a price is not written": {"rows": (GOOD[0], "1e3,1,1,1")},
    "line 3: a price is not": {"rows": (GOOD[0], "1,nan,1,1")},
    "line 2: a price is not above zero": {"rows": ("0,1,0,1",)},
    "line 2: open and close": {"rows": ("2,3,2.5,3",)},
    "line 4: open and close": {"rows": (*GOOD[:2], "2,3,2,3.5")},
    "fewer decimals": {"rows": ("95000.123456789,95001,1,95000",)},
}


@pytest.mark.django_db
@pytest.mark.parametrize(("told", "file"), WRONG.items())
def test_one_wrong_line_refuses_the_whole_file_and_is_named(tmp_path: Path, told: str, file: dict[str, Any]) -> None:
    path = written(tmp_path, *file.get("rows", GOOD), head=file.get("head", HEAD))
    if file.get("raw"):
        path.write_text("\n".join([HEAD, f"{FIRST * 60},{GOOD[0]}", file["rows"][1]]))

    with pytest.raises(CommandError, match=told):
        said("import_candles", "kucoin", BTC, path)

    assert kept() == {}


@pytest.mark.django_db
def test_a_file_that_lacks_minutes_is_refused_unless_one_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD[0], f"{(FIRST + 4) * 60},{GOOD[1]}")

    with pytest.raises(CommandError, match="lacks 3 minutes, the first at 2026-05-31 23:59 UTC"):
        said("import_candles", "kucoin", BTC, path)
    assert kept() == {}

    said("import_candles", "kucoin", BTC, path, gaps="keep")
    assert kept() == {"2026-05": 1, "2026-06": 1}


@pytest.mark.django_db
def test_what_is_taken_before_and_after_widens_what_is_kept(tmp_path: Path) -> None:
    first = int(datetime(2026, 6, 10, tzinfo=UTC).timestamp()) // 60
    for start in (first, first - 4, first + 4, first - 2):
        said("import_candles", "kucoin", BTC, written(tmp_path, *GOOD, start=start))

    row = CandleMonth.objects.get()
    assert (row.count, row.since, row.until) == (
        12,
        datetime(2026, 6, 9, 23, 56, tzinfo=UTC),
        datetime(2026, 6, 10, 0, 8, tzinfo=UTC),
    )


@pytest.mark.django_db
def test_time_that_nobody_asked_for_is_not_closed_in_between(tmp_path: Path) -> None:
    said("import_candles", "kucoin", BTC, written(tmp_path, *GOOD))
    later = written(tmp_path, *GOOD, start=FIRST + 10)

    with pytest.raises(CommandError, match="2026-06-01 00:02 to 2026-06-01 00:08"):
        said("import_candles", "kucoin", BTC, later)
    assert kept() == {"2026-05": 2, "2026-06": 2}

    said("import_candles", "kucoin", BTC, written(tmp_path, *GOOD, *GOOD, start=FIRST + 4))
    assert kept() == {"2026-05": 2, "2026-06": 10}


@pytest.mark.django_db
def test_what_is_not_there_or_may_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        said("import_candles", "kucoin", BTC, tmp_path / "none.csv")
    with pytest.raises(CommandError, match="No minutes of BTC/USDT at kucoin"):
        said("export_candles", "kucoin", BTC, tmp_path / "out.csv")
    file = written(tmp_path, *GOOD)
    said("import_candles", "kucoin", BTC, file)
    with pytest.raises(CommandError, match="File exists"):
        said("export_candles", "kucoin", BTC, file)


def test_a_file_of_any_candles_is_read_as_it_was_written() -> None:
    found = make_candles([(3, 5, 2, 4), (4, 4, 4, 4)], step=D("0.25"))

    again = exact(lines_of(found))

    assert (again.step, again.high.tolist()) == (D("0.01"), [125, 100])
    with pytest.raises(CandleFileError):
        exact([])
