"""What differs from ours, and what does not."""

import pytest

from trial.differences import differences
from trial.shapes import Shape

OURS: Shape = {
    "": {"object"},
    "list": {"list"},
    "list[]": {"object"},
    "list[].fee": {"number as text, 8 places"},
    "list[].state": {"word live", "word filled"},
    "list[].id": {"text, 24 characters"},
    "code": {"code 0"},
}


def found(**changes: set[str] | None) -> list[tuple[str, str, str]]:
    """Return the differences when these places hold something else, or nothing (None)."""
    theirs = {path: kinds for path, kinds in {**OURS, **changes}.items() if kinds is not None}
    return [(one.path, one.ours, one.theirs) for one in differences("GET /", OURS, theirs)]


def test_the_same_shape_has_no_difference() -> None:
    assert found() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"list[].fee": {"number as text, 12 places"}},
        {"list[].state": {"word live"}},
        {"list[].id": {"word mine"}},
        {"code": {"code 25204"}},
        {"list": {"empty list"}, "list[]": None, "list[].fee": None, "list[].state": None, "list[].id": None},
    ],
)
def test_lengths_other_codes_and_empty_lists_are_none(changes: dict[str, set[str] | None]) -> None:
    assert found(**changes) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"list[].fee": {"number below zero as text, 8 places"}},
            ("list[].fee", "number as text, 8 places", "number below zero as text, 8 places"),
        ),
        (
            {"list[].state": {"text, like aaaa_aaaa"}},
            ("list[].state", "word filled or word live", "text, like aaaa_aaaa"),
        ),
        ({"list[].id": {"null"}}, ("list[].id", "text, 24 characters", "null")),
        ({"list[].fee": None}, ("list[].fee", "number as text, 8 places", "nothing")),
        ({"list[].extra": {"boolean"}}, ("list[].extra", "nothing", "boolean")),
        ({"list": {"null"}, "list[]": None}, ("list", "list", "null")),
    ],
)
def test_other_kinds_words_and_fields_are_told_by_their_place(
    changes: dict[str, set[str] | None], expected: tuple[str, str, str]
) -> None:
    assert expected in found(**changes)
