"""Rules of the house that a search can check: no addresses in locks, no way around the template engine or TLS."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tools import locks

# Where a pattern may stand: the rules themselves.
HERE = "tests/house/test_rules.py"
FORBIDDEN = {
    "mark_safe": "marks text as HTML",
    "|safe": "marks text as HTML",
    "autoescape off": "marks text as HTML",
    "csrf_exempt": "opens a form to other sites",
    "import pickle": "runs what it reads",
    "pickle.load": "runs what it reads",
    "yaml.load(": "runs what it reads",
    "verify=False": "talks to anybody",
    "ssl=False": "talks to anybody",
    "shell=True": "lets text become a command",
}


# Asked of the code's structure, in the product's rooms: (what is called, or given by this name, and why not).
CALLS = {
    "eval": "runs what it reads",
    "exec": "runs what it reads",
    "compile": "runs what it reads",
    "__import__": "loads what it is told",
    "RawSQL": "lets text become SQL",
    "raw": "lets text become SQL",
    "extra": "lets text become SQL",
    "retry": "a task that repeats itself sends an order twice",
}
GIVEN = {
    "countdown": "a task for later outlives what it was for",
    "eta": "a task for later outlives what it was for",
    "autoretry_for": "a task that repeats itself sends an order twice",
    "verbose": "ccxt prints signed requests",
}
# Where SQL is put together from names of ours, each looked at: tables, columns, roles of a checked shape.
REVIEWED_SQL = {
    "backfuture/backups/making.py",
    "backfuture/backups/postgres.py",
    "backfuture/backups/sqlite.py",
    "benchmarks/soak.py",
    "accounts/management/commands/grant_app_role.py",
    "backfuture/durability.py",
    "database/prepared.py",
}
ROOMS = frozenset(
    [
        "accounts",
        "backfuture",
        "connections",
        "database",
        "exchanges",
        "front",
        "recount",
        "strategies",
        "web",
        "workers",
    ]
)


def committed() -> list[Path]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return [settings.BASE_DIR / name for name in done.stdout.splitlines()]


# Others' work, as it came.
VENDORED = ("static/vendor/", "tests/browser/vendor/")


def texts() -> dict[str, str]:
    suffixes = {".py", ".html", ".txt", ".js", ".toml", ".yml", ".md", ".lock", ".json", ""}
    found = {}
    for path in committed():
        name = str(path.relative_to(settings.BASE_DIR))
        if path.is_file() and path.suffix in suffixes and not name.startswith(VENDORED) and name != HERE:
            found[name] = path.read_text(errors="replace")
    return found


TEXTS = texts()


def test_locks_carry_hashes_and_no_addresses() -> None:
    assert locks.problems() == []


@pytest.mark.parametrize("pattern", sorted(FORBIDDEN))
def test_a_forbidden_call_stands_nowhere(pattern: str) -> None:
    code = {name: text for name, text in TEXTS.items() if name.endswith((".py", ".html"))}

    assert [name for name, text in code.items() if pattern in text] == [], FORBIDDEN[pattern]


def trees() -> list[tuple[str, ast.Module]]:
    names = [name for name in TEXTS if name.endswith(".py") and name.split("/")[0] in ROOMS]
    return [(name, ast.parse(TEXTS[name])) for name in names if "/migrations/" not in name]


def forbidden_calls(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        bare = node.func.id if isinstance(node.func, ast.Name) else ""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if bare in CALLS or method in {"raw", "extra", "retry", "RawSQL"}:
            found.append(bare or method)
        found += [word.arg for word in node.keywords if word.arg in GIVEN]
    return found


def built_sql(tree: ast.AST) -> list[int]:
    """Return the lines at which a statement is put together where it is run."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "executemany", "executescript"}
        and node.args
        and not isinstance(node.args[0], ast.Constant | ast.Name | ast.Attribute)
    ]


def test_no_room_of_the_product_runs_text_or_repeats_a_task() -> None:
    found = {name: calls for name, tree in trees() if (calls := forbidden_calls(tree))}

    assert found == {}


def test_the_rules_see_what_they_forbid() -> None:
    spoilt = (
        "eval(x); exec(x); task.retry(); Bot.objects.raw(x); task.apply_async(countdown=3, eta=4); okx(verbose=True)"
    )

    assert forbidden_calls(ast.parse(spoilt)) == ["eval", "exec", "retry", "raw", "countdown", "eta", "verbose"]
    assert built_sql(ast.parse("c.execute(f'DROP {x}'); c.execute('a' + x); c.execute('a %s' % x)")) == [1, 1, 1]
    assert built_sql(ast.parse("c.execute('SELECT 1'); c.execute(STATEMENT, [x])")) == []


def test_sql_is_put_together_only_where_it_was_reviewed() -> None:
    found = {name for name, tree in trees() if built_sql(tree)}

    assert found <= REVIEWED_SQL


def test_no_file_says_where_packages_come_from() -> None:
    source = re.compile(r"(?i)^\s*(--(extra-)?index-url|index-url\s*=|registry\s*=|find-links)", re.MULTILINE)

    assert [name for name, text in TEXTS.items() if source.search(text)] == []


def test_what_is_local_is_never_committed() -> None:
    assert [name for name in TEXTS if name.split("/")[0] in {"var", "secrets", ".venv", ".env"}] == []


def test_no_private_key_is_committed() -> None:
    key = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY-----(\\n|\s)+[A-Za-z0-9+/=]{60,}")

    assert [name for name, text in TEXTS.items() if key.search(text)] == []


def test_every_variable_is_documented() -> None:
    names = set(re.findall(r'(?:env[a-z]+|_key)\("([A-Z_]+)"', TEXTS["backfuture/settings.py"]))
    names |= set(re.findall(r'environ\.get\("([A-Z_]+)"', TEXTS["front/__main__.py"] + TEXTS["backfuture/worker.py"]))
    names |= set(re.findall(r'_size\("([A-Z_]+)"', TEXTS["front/limits.py"]))

    assert len(names) > 30
    assert sorted(name for name in names if f"`{name}`" not in TEXTS["docs/configuration.md"]) == []
