import re
from dataclasses import asdict
from pathlib import Path

import pytest
from django.conf import settings

from connections.check.findings import CATALOGUE, finding
from connections.check.progress import LABELS

DOCS = (Path(settings.BASE_DIR) / "docs/findings.md").read_text(encoding="utf-8")
ROWS = {
    row[0]: row for row in re.findall(r"^\| `([a-z._]+)` \| (\w+)[^|]* \| ([^|]+) \| ([^|]+) \|$", DOCS, re.MULTILINE)
}


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_is_in_the_docs_with_its_level_meaning_and_next_step(code: str) -> None:
    _, level, meaning, action = ROWS[code]

    assert level == CATALOGUE[code][0].value
    assert meaning.strip()
    assert action.strip()


def test_the_docs_name_no_code_that_we_never_say() -> None:
    assert set(ROWS) == set(CATALOGUE)


def test_every_finding_belongs_to_a_step_that_is_shown() -> None:
    assert {step for _, step in CATALOGUE.values()} <= set(LABELS)


def test_a_finding_is_stored_as_plain_texts() -> None:
    stored = asdict(finding("ip.unknown", "text", "hint"))

    assert stored == {"code": "ip.unknown", "text": "text", "hint": "hint", "level": "info"}
