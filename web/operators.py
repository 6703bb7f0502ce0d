"""What the operators' pages have in common: looking needs is_staff, and looking is all there is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.filters import AllValuesFieldListFilter, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ModelAdmin, ShowFacets
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:  # generic for the type checker only
    RowPages = Paginator[Any]
else:
    RowPages = Paginator

LONGEST_ID = 18
# Of a table without end so many rows are counted and can be turned to; what lies behind them is found by search.
MOST_ROWS = 10_000
# What the filters beside a list ask: a value, none at all, or a span of time. Nothing that tells about parts of a text.
ASKED_BY_FILTERS = frozenset({"", "exact", "isnull", "isempty", "gte", "gt", "lte", "lt", "year", "month", "day"})


def asked_by_filters(pages: ModelAdmin[Any], request: HttpRequest) -> set[str]:
    """Return the queries that the links of a list's own filters are made of."""
    allowed = set[str]()
    for one in pages.get_list_filter(request):
        if isinstance(one, type) and issubclass(one, SimpleListFilter):
            allowed.add(str(one.parameter_name))
            continue
        field = str(one[0] if isinstance(one, list | tuple) else one)
        allowed |= {f"{field}__{how}".rstrip("_") for how in ASKED_BY_FILTERS}
    if pages.date_hierarchy:
        allowed |= {f"{pages.date_hierarchy}__{how}".rstrip("_") for how in ASKED_BY_FILTERS}
    return allowed


class LookOnly:
    """For a ModelAdmin: every operator may look; nothing is added, changed or deleted past the flows."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and bool(getattr(request.user, "is_staff", False))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse every question but those of the list's own filters: a row that is there or not is an answer too.

        Django allows each column of the model, so that `password__regex` would tell a hash, character by character.
        """
        return request is not None and lookup in asked_by_filters(self, request)  # type: ignore[arg-type]  # a mixin

    def response_action(self, request: HttpRequest, *rest: Any, **more: Any) -> HttpResponse | None:
        """Refuse a selection that no page of ours made: Django hands it to the database as it came."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(one.isdecimal() and len(one) <= LONGEST_ID for one in chosen):
            raise BadRequest("a selected row has no id")
        answer: HttpResponse | None = super().response_action(request, *rest, **more)  # type: ignore[misc]  # a mixin
        return answer


class FirstRows(RowPages):
    """The pages of a table without end: to count all its rows would take the database longer each day."""

    @cached_property
    def count(self) -> int:
        # In no order: there the database may stop as soon as it has so many.
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_ROWS].count())

    @property
    def is_cut(self) -> bool:
        return self.count >= MOST_ROWS


class ValuesOfLate(AllValuesFieldListFilter):
    """A filter by the values that the newest rows have: to look for all, the whole table would be read."""

    def __init__(self, field: Any, *about: Any, **more: Any) -> None:
        super().__init__(field, *about, **more)
        newest = self.lookup_choices.model._default_manager.order_by("-pk").values_list(field.name, flat=True)
        self.lookup_choices: Any = sorted(set(newest[:MOST_ROWS]), key=str)


class LongList:
    """For a ModelAdmin of a table without end, the newest rows first: to open the list reads a part of the table.

    A search, and another column's order, may still read all of it.
    """

    list_per_page: ClassVar[int] = 50
    paginator: ClassVar[type] = FirstRows
    show_full_result_count: ClassVar[bool] = False
    show_facets: ClassVar[ShowFacets] = ShowFacets.NEVER
    ordering: ClassVar[Any] = ("-pk",)
