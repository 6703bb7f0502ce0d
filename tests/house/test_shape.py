"""The house's own figures: a folder is surveyed at a glance, a helper has its reason, a name has one meaning."""

import ast
import re
import statistics
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

Function = ast.FunctionDef | ast.AsyncFunctionDef
APART = {"migrations", "tests"}
# A folder in which nobody finds anything any more.
MOST_MODULES = 20
# Percent of a package's functions that a single neighbour calls.
MOST_FRAGMENTS = 15
MOST_TINY = 35
# Between apps; inside one there is none. Each stranger's client is called the same, and so are the worlds of exchanges.
MOST_NAMES_TWICE = 6


@cache
def sources() -> dict[Path, ast.Module]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    paths = [Path(line) for line in listed.stdout.splitlines() if not APART & set(Path(line).parts)]
    return {path: ast.parse((settings.BASE_DIR / path).read_text()) for path in paths}


def functions() -> Iterator[tuple[Path, Function]]:
    for path, tree in sources().items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, Function))


def lines_of(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def package(path: Path) -> str:
    return "/".join(path.parts[:2]) if len(path.parts) > 2 else path.parts[0]


def uses(tree: ast.Module) -> tuple[Counter[str], Counter[str]]:
    """Count how often each name is used at all, and how often it is called."""
    used, called = Counter[str](), Counter[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used[node.id] += 1
        elif isinstance(node, ast.Attribute):
            used[node.attr] += 1
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called[node.func.id if isinstance(node.func, ast.Name) else node.func.attr] += 1
    return used, called


@cache
def fragments() -> list[tuple[Path, Function]]:
    """Return functions that a single neighbour calls; rules of a table are named there and called by nobody."""
    own = {path: uses(tree) for path, tree in sources().items()}
    everywhere = sum((used for used, _ in own.values()), Counter[str]())
    found = []
    for path, node in functions():
        used, called = own[path]
        is_single = everywhere[node.name] == used[node.name] == called[node.name] == 1
        if is_single and not node.decorator_list and not node.name.startswith("__"):
            found.append((path, node))
    return found


def test_no_folder_is_crowded() -> None:
    folders = Counter(str(path.parent) for path in sources() if path.name != "__init__.py")

    assert {folder: count for folder, count in folders.items() if count > MOST_MODULES} == {}


def test_functions_end_where_their_thought_ends() -> None:
    sizes = sorted(lines_of(node) for _, node in functions())

    assert statistics.quantiles(sizes, n=10)[-1] <= 25
    assert [f"{path}: {node.name}" for path, node in functions() if lines_of(node) > 40] == []


def test_a_helper_exists_because_two_need_it() -> None:
    all_of, single = (Counter(package(path) for path, _ in rows) for rows in (functions(), fragments()))
    shares = {name: round(100 * single[name] / count) for name, count in all_of.items() if count >= 20}

    assert {name: share for name, share in shares.items() if share > MOST_FRAGMENTS} == {}
    assert single.total() / all_of.total() <= 0.085


def test_a_short_helper_has_a_name_that_says_more_than_its_line() -> None:
    tiny = [f"{path}: {node.name}" for path, node in fragments() if lines_of(node) <= 3]

    assert len(tiny) <= MOST_TINY, tiny


def homes() -> dict[str, set[str]]:
    found = defaultdict(set)
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command"} and path.parts[0] != "practice":
                found[node.name].add(str(path))
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_a_class_name_has_one_meaning_inside_an_app() -> None:
    apps = {
        name: Counter(Path(path).parts[0] for path in paths) for name, paths in homes().items() if name != "Stranger"
    }

    assert {name: count for name, count in apps.items() if max(count.values()) > 1} == {}


def test_few_class_names_have_two_meanings() -> None:
    assert len(homes()) <= MOST_NAMES_TWICE, sorted(homes())


@pytest.mark.parametrize("word", ["whom", "whoever"])
def test_sentences_name_the_actor(word: str) -> None:
    texts = {path: (settings.BASE_DIR / path).read_text() for path in sources()}

    assert [str(path) for path, text in texts.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)] == []
