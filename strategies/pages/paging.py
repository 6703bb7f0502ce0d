"""Newest first, page by page along the rows' ids: a page stays the same while new rows arrive above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
PER_PAGE = 50
# Longer than any row's id; a database refuses larger numbers.
LONGEST = 18


@dataclass(frozen=True, kw_only=True)
class Slice(Generic[Row]):
    """`newer` and `older` are what to ask for next, "" at an end."""

    rows: list[Row]
    newer: str = ""
    older: str = ""


def cut(rows: "models.QuerySet[Row]", asked: Mapping[str, str], *, size: int = PER_PAGE) -> Slice[Row]:
    """Return one page; `asked` may hold "before" or "after", the id at the edge of another page."""
    before, after = read_id(asked.get("before")), read_id(asked.get("after"))
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        if len(found) <= size:  # the newest page is a full one, however few rows came since
            return cut(rows, {}, size=size)
        return _slice(found[:size][::-1], has_newer=True, has_older=True)
    older = rows if before is None else rows.filter(pk__lt=before)
    found = list(older.order_by("-pk")[: size + 1])
    return _slice(found[:size], has_newer=before is not None, has_older=len(found) > size)


def read_id(text: str | None) -> int | None:
    is_id = text is not None and text.isascii() and text.isdigit() and len(text) <= LONGEST
    return int(text) if is_id and text else None


def _slice(rows: list[Row], *, has_newer: bool, has_older: bool) -> Slice[Row]:
    if not rows:
        return Slice(rows=[])
    return Slice(
        rows=rows,
        newer=f"after={rows[0].pk}" if has_newer else "",
        older=f"before={rows[-1].pk}" if has_older else "",
    )
