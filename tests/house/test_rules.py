"""Rules of the house that a search can check: no addresses in locks, no way around the template engine or TLS."""

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


def committed() -> list[Path]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return [settings.BASE_DIR / name for name in done.stdout.splitlines()]


def texts() -> dict[str, str]:
    suffixes = {".py", ".html", ".txt", ".js", ".toml", ".yml", ".md", ".lock", ".json", ""}
    found = {}
    for path in committed():
        name = str(path.relative_to(settings.BASE_DIR))
        if path.is_file() and path.suffix in suffixes and not name.startswith("static/vendor/") and name != HERE:
            found[name] = path.read_text(errors="replace")
    return found


TEXTS = texts()


def test_locks_carry_hashes_and_no_addresses() -> None:
    assert locks.problems() == []


@pytest.mark.parametrize("pattern", sorted(FORBIDDEN))
def test_a_forbidden_call_stands_nowhere(pattern: str) -> None:
    code = {name: text for name, text in TEXTS.items() if name.endswith((".py", ".html"))}

    assert [name for name, text in code.items() if pattern in text] == [], FORBIDDEN[pattern]


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
