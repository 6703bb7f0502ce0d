"""What is asked of a long list: words, filters, an order, a page; what is not known is as usual."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import redirect

from web.http import WebRequest

SIZES = (25, 50, 100)
MOST_WORDS = 100


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """`sort` is a column, with "-" before it the other way round; a filter that is not asked for is ""."""

    sizes: ClassVar[tuple[int, ...]] = SIZES
    words: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    size: int = SIZES[0]
    page: str = ""

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def is_filtered(self) -> bool:
        return bool(self.words or any(self.filters.values()))

    @property
    def beside_words(self) -> dict[str, str]:
        """Return what a form that asks for words keeps: the filters, the order and the size of a page."""
        size = "" if self.size == SIZES[0] else str(self.size)
        return {name: value for name, value in {**self.filters, "sort": self.sort, "size": size}.items() if value}

    @property
    def kept(self) -> str:
        """Return it as the part of an address that a trader comes back to: all but the page."""
        return urlencode(({"q": self.words} if self.words else {}) | self.beside_words)


@dataclass(frozen=True, kw_only=True)
class StateFilter:
    """One state to filter by, and how many rows are in it."""

    value: str
    label: str
    count: int
    is_current: bool


def states_of(known: Iterable[tuple[str, Any]], counts: Mapping[str, int], current: str) -> list[StateFilter]:
    """Return the states that some row is in, and the one that is asked for."""
    return [
        StateFilter(value=value, label=str(label), count=counts.get(value, 0), is_current=value == current)
        for value, label in known
        if not value or counts.get(value) or value == current
    ]


def read(
    given: Mapping[str, str], *, filters: Mapping[str, Callable[[str], bool]], columns: Collection[str]
) -> ListQuery:
    """Read an address; each of the `filters` says whether it knows a value, `columns` are those to sort by."""
    sort, size = given.get("sort", ""), given.get("size", "")
    values = {name: given.get(name, "") for name in filters}
    return ListQuery(
        # PostgreSQL takes no NUL.
        words=given.get("q", "").replace("\0", "").strip()[:MOST_WORDS],
        filters={name: value if filters[name](value) else "" for name, value in values.items()},
        sort=sort if sort.removeprefix("-") in columns else "",
        size=next((one for one in SIZES if str(one) == size), SIZES[0]),
        page=given.get("page", ""),
    )


def come_back(request: WebRequest, asked: ListQuery, name: str) -> HttpResponseRedirect | None:
    """Lead a request that asks for nothing to what this session asked for last; what another asks for is kept."""
    kept = request.session.get(name, "")
    if not request.GET and kept:
        return redirect(f"{request.path}?{kept}")
    if request.GET and asked.kept != kept and not request.htmx:
        request.session[name] = asked.kept
    return None
