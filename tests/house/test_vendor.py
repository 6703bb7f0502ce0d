import json
from pathlib import Path

import pytest
from django.conf import settings

from tools import vendor


def test_vendored_files_are_those_of_the_lock() -> None:
    assert vendor.problems() == []


def test_every_vendored_package_names_its_licence_and_brings_the_text() -> None:
    for name, entry in json.loads(vendor.LOCK.read_text()).items():
        assert entry["licence"], name
        assert any("LICEN" in file.upper() for file in entry["files"]), name


def test_a_changed_or_added_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "htmx").mkdir()
    (tmp_path / "htmx" / "htmx.min.js").write_text("alert(1)")
    (tmp_path / "htmx" / "more.js").write_text("")
    monkeypatch.setattr(vendor, "OUT", tmp_path)

    problems = vendor.problems()

    assert "htmx/htmx.min.js: differs from the lock" in problems
    assert "htmx/more.js: is in no package" in problems


def test_the_tool_runs_offline_from_anywhere() -> None:
    from tests.house.services import python

    assert python(str(settings.BASE_DIR / "tools" / "vendor.py"), "check").returncode == 0
