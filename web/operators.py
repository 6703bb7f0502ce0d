"""What the operators' pages have in common: looking needs is_staff, and looking is all there is."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

LONGEST_ID = 18
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
