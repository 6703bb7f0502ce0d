"""What the operators' pages have in common: looking needs is_staff, and looking is all there is."""

from typing import Any

from django.http import HttpRequest


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
