"""What the frame of every trader's page says about stops."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from strategies.models import stops as switches


def stops(request: HttpRequest) -> dict[str, Any]:
    """Give the switches in force, asked for only by pages that show them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"stops_in_force": SimpleLazyObject(lambda: switches.in_force(user.pk))}
