"""`./run` itself: how it installs, and how a command finds the parts that run beside it."""

import importlib.util
import json
import os
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

from backfuture.local.places import take_lock

PRACTICE = "http://127.0.0.1:18123"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    loader = SourceFileLoader("run_script", str(settings.BASE_DIR / "run"))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec is not None
    script = importlib.util.module_from_spec(spec)
    # Nothing is to be left beside the script.
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(script)
    return script


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BACKFUTURE_VAR", str(tmp_path))
    monkeypatch.delenv("PRACTICE_URL", raising=False)
    (tmp_path / "run.json").write_text(json.dumps({"environment": {"PRACTICE_URL": PRACTICE}}))
    yield tmp_path
    os.environ.pop("PRACTICE_URL", None)


def test_a_command_beside_a_running_one_speaks_to_its_parts(run: ModuleType, var: Path) -> None:
    lock = take_lock(var / "up.lock")
    assert lock is not None

    run.join_running()

    os.close(lock)
    assert os.environ["PRACTICE_URL"] == PRACTICE


def test_what_somebody_says_counts_more(run: ModuleType, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = take_lock(var / "up.lock")
    assert lock is not None
    monkeypatch.setenv("PRACTICE_URL", "http://127.0.0.1:1")

    run.join_running()

    os.close(lock)
    assert os.environ["PRACTICE_URL"] == "http://127.0.0.1:1"


def test_what_one_that_was_killed_left_behind_counts_for_nothing(run: ModuleType, var: Path) -> None:
    (var / "up.lock").touch()

    run.join_running()

    assert "PRACTICE_URL" not in os.environ


class Installers:
    """Stands for the programs that install: `trusting` is whether uv may believe what the machine believes."""

    def __init__(self, *, trusting: bool | None) -> None:
        self.trusting = trusting
        self.asked: list[str] = []

    def succeeds(self, command: list[Any], **options: Any) -> bool:
        if command[:1] == ["uv"]:
            asks_machine = options["env"]["UV_SYSTEM_CERTS"] == "1"
            self.asked.append("uv, the machine's" if asks_machine else "uv, its own")
            return self.trusting is not None and asks_machine is self.trusting
        self.asked.append("pip")
        return True


@pytest.mark.parametrize(
    ("trusting", "asked"),
    [
        pytest.param(True, ["uv, the machine's"], id="a machine that brings certificates"),
        pytest.param(False, ["uv, the machine's", "uv, its own"], id="a machine without any"),
        pytest.param(None, ["uv, the machine's", "uv, its own", "pip"], id="uv does not get there"),
    ],
)
def test_the_fast_installer_is_tried_with_the_certificates_of_the_machine(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, trusting: bool | None, asked: list[str]
) -> None:
    installers = Installers(trusting=trusting)
    monkeypatch.setattr(run, "succeeds", installers.succeeds)
    monkeypatch.setattr(run, "find_uvs", lambda *_: iter(["uv"]))
    monkeypatch.setattr(run, "find_pip", lambda: ["pip"])

    run.install(settings.BASE_DIR / "requirements.lock")

    assert installers.asked == asked
