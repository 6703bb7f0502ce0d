"""The page itself: for operators alone, as all of theirs (backfuture/urls.py wraps it)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.by import By
from backfuture.operations import questions
from web.render import render_partial


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """Show what calls for somebody; that it was looked at is in the trail, once, and not at each refresh."""
    context: dict[str, Any] = {"night": questions.look(timezone.now()), "every": questions.LOOK_SECONDS}
    # Another word than the page had: with it the page waits anew before it says that no look came.
    context["turn"] = "odd" if request.GET.get("after") == "even" else "even"
    if not getattr(request, "htmx", False):
        audit.record("operator.viewed", by=By.of(request), target="operations")
        context |= admin.site.each_context(request) | {"title": "Operations"}
    return render_partial(request, "admin/operations.html", "night", context)
