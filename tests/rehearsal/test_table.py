"""What was not seen is a failure, and so is what was seen and is not as it must be."""

import pytest

from rehearsal.table import NOTHING, Table, TableCell

GOOD, BAD = TableCell("online", is_ok=True), TableCell("key.invalid", is_ok=False)


def table(**rows: dict[str, TableCell]) -> Table:
    made = Table("By exchange", ("good", "closed"))
    for row, cells in rows.items():
        made.expect([row])
        for column, cell in cells.items():
            made.put(row, column, cell)
    return made


def test_a_full_table_of_good_cells_has_nothing_wrong() -> None:
    assert table(kucoin={"good": GOOD, "closed": NOTHING}).wrong == []


def test_a_bad_cell_is_told_with_its_row_and_column() -> None:
    assert table(kucoin={"good": BAD, "closed": GOOD}).wrong == ["kucoin: good: key.invalid"]


def test_a_cell_that_nobody_saw_is_wrong() -> None:
    assert table(kucoin={"good": GOOD}).wrong == ["kucoin: closed: not seen"]
    assert len(table(kucoin={}).wrong) == 2


def test_a_table_without_rows_has_shown_nothing() -> None:
    assert table().wrong == ["By exchange: nothing was seen"]


def test_a_column_that_is_not_there_cannot_be_filled() -> None:
    with pytest.raises(KeyError):
        table().put("kucoin", "gone", GOOD)


def test_columns_stand_under_each_other_and_bad_cells_are_marked() -> None:
    assert table(kucoin={"good": GOOD, "closed": BAD}, okx={"good": BAD}).lines() == [
        "By exchange",
        "        good           closed",
        "kucoin  online         ✗ key.invalid",
        "okx     ✗ key.invalid  ✗ not seen",
        "",
    ]
