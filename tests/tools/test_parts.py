"""What the product is made of, and what is known against it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import parts


def test_the_bill_names_each_locked_package_with_its_hashes() -> None:
    locked = re.findall(r"^([\w.-]+)==(\S+)", parts.LOCK.read_text(), re.MULTILINE)

    listed = {(part["name"], part["version"]): part for part in parts.bill()["components"] if "purl" in part}

    assert listed.keys() == set(locked)
    assert all(part["hashes"] for part in listed.values())
    assert json.loads(json.dumps(parts.bill()))["bomFormat"] == "CycloneDX"


def test_the_bill_names_what_browsers_get_from_others() -> None:
    files = {part["name"] for part in parts.bill()["components"] if part["type"] == "file"}

    assert any(name.endswith("htmx.min.js") or "htmx" in name for name in files)


def test_nothing_that_is_locked_has_a_weakness_that_we_know_of() -> None:
    assert parts.known_weaknesses() == []


def test_an_old_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "lock"
    digest = "--hash=sha256:" + "0" * 64
    lock.write_text("".join(f"{one} \\\n    {digest}\n" for one in ("waitress==3.0.0", "redis==10.0")))
    monkeypatch.setattr(parts, "LOCK", lock)

    (line,) = parts.known_weaknesses()

    assert line.startswith("waitress 3.0.0: from 3.0.1 on")


def test_a_version_is_compared_by_its_numbers() -> None:
    assert parts.number_of("2.10.1") > parts.number_of("2.9")
    assert parts.number_of("4.0rc1") == (4, 0)


def answering(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    done = subprocess.CompletedProcess([], 1, stdout=output, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: done)


@pytest.mark.parametrize(
    ("weaknesses", "code", "said"),
    [
        ([], 0, "1 packages, no known weakness"),
        ([{"id": "CVE-1", "fix_versions": ["3.1"]}], 1, "waitress 3.0.2: CVE-1 (mended in 3.1)"),
    ],
)
def test_an_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], weaknesses: list[Any], code: int, said: str
) -> None:
    one = {"name": "waitress", "version": "3.0.2", "vulns": weaknesses}
    answering(monkeypatch, json.dumps({"dependencies": [one]}))

    assert parts.ask() == code
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("output", ["", "Traceback", "[]", '{"dependencies": null}'])
def test_that_nobody_answered_is_said_and_is_no_clean_bill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    answering(monkeypatch, output)

    assert parts.ask() == 3
    assert "WERE NOT ASKED" in capsys.readouterr().out
