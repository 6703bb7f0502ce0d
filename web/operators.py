"""What the operators' pages have in common: looking needs is_staff, and looking is all there is."""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

LONGEST_ID = 18


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

    def response_action(self, request: HttpRequest, *rest: Any, **more: Any) -> HttpResponse | None:
        """Refuse a selection that no page of ours made: Django hands it to the database as it came."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(one.isdecimal() and len(one) <= LONGEST_ID for one in chosen):
            raise BadRequest("a selected row has no id")
        answer: HttpResponse | None = super().response_action(request, *rest, **more)  # type: ignore[misc]  # a mixin
        return answer
