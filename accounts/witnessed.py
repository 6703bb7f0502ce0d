"""Operators' pages about people: looking at one and searching for one are written to the trail."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.by import By
from web.operators import LookOnly


class Witnessed(LookOnly):
    """For a ModelAdmin of what belongs to people."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return the row of a page; that it was looked at is written down first."""
        row = super().get_object(request, object_id, from_field)  # type: ignore[misc]  # a mixin
        if row is not None and request.method == "GET":
            audit.record("operator.viewed", by=By.of(request), target=row)
        return row

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what a search finds; what was searched for is not kept: it may name a person who is none of ours."""
        if search_term:
            kind = self.opts.model_name  # type: ignore[attr-defined]  # a mixin
            audit.record("operator.searched", by=By.of(request), target=kind)
        found: tuple[QuerySet[Any], bool] = super().get_search_results(  # type: ignore[misc]  # a mixin
            request, queryset, search_term
        )
        return found
