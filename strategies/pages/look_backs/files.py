"""A look back's groups and months as rows of a table, for spreadsheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from strategies.pages.exports import Cell
from strategies.pages.look_backs.result import at, number
from strategies.words import reasons

GROUPS = (
    "number", "pair", "opened_utc", "closed_utc", "add_ons", "result", "reason", "text", "recovery_minutes",
    "recovery_ended",
)  # fmt: skip
MONTHS = ("month", "result")


def group_rows(told: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """Yield the groups in their order; of one that is open at the end there is no closing."""
    for one in told["groups"]:
        closed = None if one["closed"] is None else at(one["closed"])
        why = reasons.reason(one["reason"]) if one["reason"] else ""
        cells: list[Cell] = [
            one["number"],
            one["pair"],
            at(one["opened"]),
            closed,
            one["add_ons"],
            number(one["result"]),
        ]
        yield [*cells, one["reason"], why, one["recovery_minutes"], one["recovery_ended"]]


def month_rows(told: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for month, change in told["by_month"].items():
        yield [month, number(change)]
