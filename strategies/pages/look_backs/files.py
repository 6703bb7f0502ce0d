"""A look back's groups, its months and its map of settings as rows of a table, for spreadsheets."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from strategies.pages.exports import Cell
from strategies.pages.look_backs.maps import as_set
from strategies.pages.look_backs.result import at, number
from strategies.words import reasons

GROUPS = (
    "number", "pair", "opened_utc", "closed_utc", "add_ons", "result", "reason", "text", "recovery_minutes",
    "recovery_ended",
)  # fmt: skip
MONTHS = ("month", "result")
MAP = (
    "across", "across_value", "down", "down_value", "quarter", "since_utc", "until_utc", "result", "deepest_fall",
    "groups", "is_as_set", "is_chosen",
)  # fmt: skip


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


def map_rows(told: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """Yield each place's quarters, row by row of the map; what cannot be set has no results.

    Values are shares, factors, minutes or quote money. Chosen is what the quarters before would have had one choose.
    """
    (across, down), (columns, rows) = told["settings"], told["values"]
    chosen = {(one["quarter"], one["place"]) for one in told["forward"]}
    for place, ((here, there), some) in enumerate(zip(product(rows, columns), told["places"], strict=True)):
        for quarter, (since, until) in enumerate(told["quarters"]):
            one = some[quarter] if some else {}
            yield [
                across,
                Decimal(there),
                down,
                Decimal(here),
                quarter + 1,
                at(since),
                at(until),
                number(one["net"]) if one else None,
                number(one["drawdown"]) if one else None,
                one.get("groups"),
                int(place == as_set(told)),
                int((quarter, place) in chosen),
            ]
