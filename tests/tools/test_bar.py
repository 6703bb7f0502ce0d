"""The bar names proofs that are there, and its page says what its data say."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tools import bar

ROOT: Path = settings.BASE_DIR
COUNTS = {"S": 11, "Z": 5, "N": 6, "W": 9, "T": 10, "E": 9, "X": 10, "O": 9}


def test_all_rows_are_there_in_order() -> None:
    names = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]

    assert [row.name for row in bar.rows()] == names


@pytest.mark.parametrize("row", bar.rows(), ids=lambda row: row.name)
def test_a_row_says_what_proves_it_and_what_is_missing(row: bar.Demand) -> None:
    assert row.state in bar.STATES
    assert row.severity in {"critical", "high", "medium"}
    assert bool(row.proof) == (row.state != "open")
    assert bool(row.missing) == (row.state != "held")


@pytest.mark.parametrize("row", bar.rows(), ids=lambda row: row.name)
def test_its_proofs_are_there(row: bar.Demand) -> None:
    for proof in row.proof:
        path, _, name = proof.partition("::")
        assert (ROOT / path).exists(), proof
        assert not name or re.search(rf"^def {name}\b", (ROOT / path).read_text(), re.MULTILINE), proof


def test_the_page_is_what_the_data_say() -> None:
    assert bar.PAGE.read_text() == bar.page(), "run ./run bar --write"


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bar")

    said = capsys.readouterr().out
    assert said.count("\n") == sum(COUNTS.values()) + 1
    with pytest.raises(CommandError, match="no row Q1"):
        call_command("bar", "Q1")
    with pytest.raises(CommandError, match="Not held: O7"):
        call_command("bar", "O7")
