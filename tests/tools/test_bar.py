"""The bar names proofs that are there, and its page says what its data say."""

import re
import sys
from dataclasses import replace
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


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("bar")

    said = capsys.readouterr().out
    assert said.count("\n") == sum(COUNTS.values()) + 1
    with pytest.raises(CommandError, match="no row Q1"):
        call_command("bar", "Q1")
    monkeypatch.setattr(bar, "rows", lambda: [replace(demand(""), state="open", proof=(), missing="the rest")])
    with pytest.raises(CommandError, match="Not held: T6"):
        call_command("bar", "T6")


def demand(long: str) -> bar.Demand:
    return bar.Demand(name="T6", severity="high", says="It holds", state="held", proof=("tests",), long=long)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bar, "MEASURED", tmp_path / "long.json")
    monkeypatch.setattr(bar, "PAGE", tmp_path / "bar.md")
    return tmp_path / "bar.md"


def test_a_long_run_is_told_with_its_figures_and_kept(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says = f"COUNT=9 {sys.executable} -c \"import os; print('figure: ' + os.environ['COUNT'] + ' kills, 0 lost')\""
    monkeypatch.setattr(bar, "rows", lambda: [demand(says)])

    call_command("bar", "--long", "--write")

    assert "     9 kills, 0 lost\n" in capsys.readouterr().out
    assert bar.measured()["T6"].is_held
    assert re.search(r"\| T6 \| .* 0 s: held \| 9 kills, 0 lost \|", kept.read_text())


@pytest.mark.usefixtures("kept")
def test_a_long_run_that_fails_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "rows", lambda: [demand(f"{sys.executable} -c \"raise SystemExit('2 lost')\"")])

    with pytest.raises(CommandError, match="Not held: T6"):
        call_command("bar", "T6", "--long")
    with pytest.raises(CommandError, match="No such row"):
        call_command("bar", "S1", "--long")
