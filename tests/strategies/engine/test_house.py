"""What a search through the engine's own source can check: every code has its words, no float, nothing but values."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from strategies.engine.figures import OF_ADD_ON, OF_USAGE
from strategies.words.engine import NEXT, REASONS
from strategies.words.hands import REFUSALS

ENGINE = Path(__file__).parents[3] / "strategies" / "engine"
SOURCES = sorted(ENGINE.glob("*.py"))
CODE = re.compile(r"[a-z_]+\.[a-z_]+|cool_down")
# exchanges.orders holds values and no more: a fee as an exchange takes it.
VALUES_ONLY = {
    "bisect",
    "collections.abc",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "typing",
    "exchanges.values",
}


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def codes_of(path: Path) -> set[str]:
    constants = (node.value for node in nodes(path) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and CODE.fullmatch(value)}


def imports_of(path: Path) -> set[str]:
    named = {node.module or "" for node in nodes(path) if isinstance(node, ast.ImportFrom)}
    return named | {alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names}


def test_every_code_that_the_engine_can_answer_with_has_its_words_and_no_other_has() -> None:
    decided = (path for path in SOURCES if path.name not in {"decision.py", "hands.py"})

    assert set().union(*(codes_of(path) for path in decided)) == set(REASONS)
    # What a hand asks for is refused by rules of its own, or by those of an opening.
    assert codes_of(ENGINE / "hands.py") <= {*REFUSALS, *REASONS}


def test_words_are_sentences_and_say_what_comes_next_only_where_there_is_a_reason() -> None:
    assert all(text[0].isupper() and text.endswith(".") for text in [*REASONS.values(), *NEXT.values()])
    assert set(NEXT) <= set(REASONS)
    assert {*OF_ADD_ON, *OF_USAGE} <= set(REASONS)


def test_nobody_shouts() -> None:
    assert not [text for text in [*REASONS.values(), *NEXT.values()] if "!" in text or "profit is safe" in text]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_money_meets_no_float(path: Path) -> None:
    floats = [node for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    names = {node.id for node in nodes(path) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}

    assert not floats
    assert "float" not in names
    assert not {"total_seconds", "from_float"} & attributes


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_engine_knows_values_and_no_clock_database_or_network(path: Path) -> None:
    foreign = {name for name in imports_of(path) - VALUES_ONLY if not name.startswith("strategies.engine")}
    called = {ast.unparse(node.func).rpartition(".")[2] for node in nodes(path) if isinstance(node, ast.Call)}

    assert not foreign
    assert not {"now", "today", "utcnow"} & called
