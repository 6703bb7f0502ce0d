"""Calls that put a sentence on the screen get none that goes around gettext, also where no test draws the page."""

import ast
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings

ROOMS = ("accounts", "connections", "messaging", "strategies", "web")
# What operators, files and machines read is English on purpose (docs/translating.md).
APART = ("admin", "management", "migrations")
SHOWS = {"finding", "success", "error", "info", "warning", "told", "add_error", "ValidationError"}
NAMED = {"label", "help_text", "empty_label", "title", "note"}
LOGS = {"log", "logger", "logging"}


def modules() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *(f"{room}/*.py" for room in ROOMS)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in listed.stdout.split() if not any(word in path for word in APART)]


def is_sentence(node: ast.expr) -> bool:
    """Say whether it is a text that begins as sentences and labels do."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) and str(part.value).strip(" :.,()").isalpha() for part in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value[:1].isupper()


def bare(source: str) -> Iterator[str]:
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""
        given = call.args if name in SHOWS and owner not in LOGS else []
        named = [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
        yield from (f"{call.lineno}: {ast.unparse(one)}" for one in (*given, *named) if is_sentence(one))


@pytest.mark.parametrize("path", modules())
def test_what_is_shown_goes_through_gettext(path: str) -> None:
    assert list(bare((settings.BASE_DIR / path).read_text())) == []


@pytest.mark.parametrize(
    "source",
    ['messages.success(request, "Saved.")', 'told(request, f"Testing {name} now")', 'CharField(label="Name")'],
)
def test_a_sentence_without_gettext_is_found(source: str) -> None:
    assert list(bare(source)) != []


@pytest.mark.parametrize(
    "source",
    ['messages.success(request, gettext("Saved."))', 'log.info("Saved")', 'CharField(label=_("Name"))', 'f("Saved")'],
)
def test_what_goes_through_it_or_is_not_shown_passes(source: str) -> None:
    assert list(bare(source)) == []
