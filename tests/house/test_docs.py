"""Pages name what is there: every file, module and function of the map, every link, every command."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT: Path = settings.BASE_DIR
# In a drawing a verb may follow a file.
VERBS = {"and", "asks", "decide", "wakes"}

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])

every_page = pytest.mark.parametrize("page", ["docs/map.md", "docs/glossary.md", "CONTRIBUTING.md"])


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


@every_page
def test_every_file_and_folder_is_there(page: str) -> None:
    named = re.findall(r"(?<![.\w/])(?:[a-z_0-9]+/)+(?:[a-z_0-9]+\.(?:py|md))?", text_of(page))

    assert named
    assert [
        path for path in named if not ((ROOT / path).exists() or (ROOT / page).parent.joinpath(path).exists())
    ] == []


@every_page
def test_every_function_beside_its_file_is_there(page: str) -> None:
    text = text_of(page)
    pairs = re.findall(r"`((?:[a-z_0-9]+/)+[a-z_0-9]+\.py)` `(\w+)`", text)
    for drawing in re.findall(r"```mermaid(.*?)```", text, re.DOTALL):
        pairs += re.findall(r"((?:[a-z_0-9]+/)+[a-z_0-9]+\.py) (\w+)", drawing)
    named = [(path, name) for path, name in pairs if name not in VERBS and (ROOT / path).exists()]

    defined = re.compile(r"^(?:async )?(?:def|class) (\w+)", re.MULTILINE)
    assert [pair for pair in named if pair[1] not in defined.findall((ROOT / pair[0]).read_text())] == []


@every_page
def test_every_module_of_a_drawing_is_there(page: str) -> None:
    named = re.findall(r"\[((?:strategies|connections|exchanges)(?:\.[a-z_]+)+)", text_of(page))

    paths = [ROOT / name.replace(".", "/") for name in named]
    assert [path for path in paths if not (path.is_dir() or path.with_suffix(".py").is_file())] == []


def test_every_task_that_the_map_names_is_one() -> None:
    from backfuture.celery import app

    app.loader.import_default_modules()
    named = re.findall(r"wakes (strategies\.[a-z_]+|connections\.[a-z_]+)", text_of("docs/map.md"))
    assert named
    assert set(named) <= set(app.tasks)


def test_commits_that_blame_looks_past_are_named_in_full() -> None:
    lines = text_of(".git-blame-ignore-revs").splitlines()

    assert [
        line for line in lines if line and not line.startswith("#") and not re.fullmatch("[0-9a-f]{40}", line)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())

    ours = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith(("#", "mailto:"))]
    assert [link for link in ours if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_one(page: Path) -> None:
    named = set(re.findall(r"\./run ([a-z_]+)", page.read_text()))

    assert named - get_commands().keys() <= {"test"}
