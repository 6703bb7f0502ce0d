"""What the documents say of bots is what the code does."""

import pytest
from django.conf import settings

from strategies.engine.sizing import LEVELS
from strategies.words import engine, reasons

TEXT = (settings.BASE_DIR / "docs" / "trading.md").read_text()


@pytest.mark.parametrize("code", [*engine.REASONS, *reasons.EVENTS])
def test_every_reason_is_documented_in_its_own_words(code: str) -> None:
    words = engine.REASONS.get(code) or reasons.EVENTS[code]

    assert f"| `{code}` | {words} |" in TEXT


def test_the_risk_levels_are_those_of_the_engine() -> None:
    for level in LEVELS.values():
        figures = [
            level.name,
            f"{level.accepted_loss * 100:.0f} %",
            str(level.groups),
            str(level.add_ons),
            f"{level.step * 100:.1f} %, {level.step_scale}",
            str(level.volume_scale),
            f"{level.soft * 100:.0f} / {level.hard * 100:.0f} %",
        ]
        assert f"| {' | '.join(figures)} |" in TEXT
