"""The table that strangers come home with."""

from strangers import table
from strangers.shapes import Cell, Column


def column(**cells: Cell) -> Column:
    return Column("sdk 1.0", "base address", cells, 0.5)


RIGHT = column(time=Cell("right"), cancel=Cell("right"))
LACKING = column(time=Cell("lacks", "it has none"), cancel=Cell("known", "it reads badly"))
WRONG = column(time=Cell("right"), cancel=Cell("wrong", "taken, not refused"))


def test_what_is_lacking_or_known_has_its_reason_and_harms_nothing() -> None:
    told = table.text({"kucoin": RIGHT, "gate": LACKING})

    assert table.is_right({"kucoin": RIGHT, "gate": LACKING})
    assert "time    ok      –1" in told
    assert "cancel  ok      ≠2" in told
    assert "1. gate: it has none" in told
    assert "2. gate: it reads badly" in told


def test_one_wrong_cell_makes_the_table_wrong() -> None:
    assert not table.is_right({"kucoin": RIGHT, "gate": WRONG})
    assert "1. gate: WRONG: taken, not refused" in table.text({"kucoin": RIGHT, "gate": WRONG})


def test_it_is_written_as_markdown() -> None:
    told = table.markdown({"kucoin": RIGHT, "gate": LACKING})

    assert told.startswith("|  | kucoin | gate |\n|---|---|---|\n| time | ok | –1 |")
    assert "- kucoin: sdk 1.0, led there by base address" in told
