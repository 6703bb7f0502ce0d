"""Every sentence of words goes through gettext when it is shown: a catalogue is all that a language needs."""

from collections.abc import Iterator

import pytest

from strategies.choices import EntrySource, StopLevel
from strategies.words import badges, engine, halts, numbers, reasons, stops
from strategies.words.stops import Counts
from tests.marked import everything_marked


@pytest.fixture(autouse=True)
def a_language() -> Iterator[None]:
    with everything_marked():
        yield


@pytest.mark.parametrize("code", [*engine.REASONS, *reasons.EVENTS, *halts.REASONS])
def test_a_reason_is_translated(code: str) -> None:
    assert "⟦" in reasons.reason(code)


@pytest.mark.parametrize("code", [*engine.NEXT, *reasons.EVENT_NEXT])
def test_that_which_comes_next_is_translated(code: str) -> None:
    assert reasons.whats_next(code).startswith("⟦")


@pytest.mark.parametrize("code", [*halts.REASONS, "never.heard_of"])
def test_a_halt_is_translated_with_its_step(code: str) -> None:
    for goes_on in (True, False):
        found = halts.reason_for(code, goes_on=goes_on)
        assert (found.text[0], found.step[0]) == ("⟦", "⟦")


@pytest.mark.parametrize("table", [badges.ACTIONS, badges.MODES, badges.ORDER_STATES])
def test_badges_are_translated(table: dict[str, badges.Badge]) -> None:
    assert {one.label[0] for one in table.values()} == {"⟦"}


def test_numbers_have_translated_names() -> None:
    names = [label for label, _ in numbers.numbers(dict.fromkeys(numbers.NUMBERS, numbers.ONE))]

    assert [name for name in names if not name.startswith("⟦")] == []


def test_what_bots_and_stops_do_is_translated() -> None:
    shown = [*map(reasons.does, EntrySource), reasons.goes_on(), stops.note_of(StopLevel.ENTRIES)]
    shown += [stops.effect_of(StopLevel.ORDERS), stops.count_of(0), stops.count_of(3), stops.while_off(1)]
    shown += [stops.told(StopLevel.ENTRIES, Counts(kept=kept, left=left)) for kept in (0, 1) for left in (0, 2)]

    assert [text for text in shown if "⟦" not in text] == []


def test_labels_of_choices_are_translated() -> None:
    assert [str(one.label)[0] for one in (*EntrySource, *StopLevel)] == ["⟦"] * 7
