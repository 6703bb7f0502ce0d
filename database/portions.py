"""Deleting many rows, a portion at a time: on SQLite all who write wait for a statement, however long it takes."""

from typing import Any

from django.db.models import QuerySet

ROWS = 500


def delete(rows: QuerySet[Any]) -> int:
    """Delete these rows, each portion committed for itself; return how many there were."""
    count, everything = 0, rows.model._default_manager
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS]):
        everything.filter(pk__in=keys).delete()
        count += len(keys)
    return count
