"""The owner's own view of the audit trail: everything that happened, with the things it is about by their names."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from accounts.models import AuditEvent, User
from accounts.wording import KINDS
from web.http import AuthenticatedRequest

A_PAGE = 50
LONGEST_ID = 18
# The newest page is sought among what was lately, and among all only where that does not fill it.
LATELY = timedelta(days=14)
# By itself, every few minutes: shown where somebody asks for it.
ROUTINE = ("connection.checked",)


def names_of(user: User) -> dict[str, str]:
    """Return the name of each thing of the user's by its label in the trail, by settings.NAMED_IN_THE_TRAIL."""
    return {label: name for path in settings.NAMED_IN_THE_TRAIL for label, name in import_string(path)(user).items()}


@require_GET
def activity(request: AuthenticatedRequest) -> HttpResponse:
    """Show a page of events before one of them; what is asked for wrongly counts as not asked."""
    names = names_of(request.user)
    kind, before = request.GET.get("kind", ""), request.GET.get("before", "")
    kind = kind if kind in KINDS else ""
    shown: list[AuditEvent] = []
    for since in [None] if before else [timezone.now() - LATELY, None]:
        if len(shown) > A_PAGE:
            break
        events = AuditEvent.objects.about(request.user, names.keys(), since=since)
        events = events.filter(action__regex=KINDS[kind][1]) if kind else events.exclude(action__in=ROUTINE)
        if before.isdecimal() and len(before) <= LONGEST_ID:
            events = events.filter(pk__lt=int(before))
        shown = list(events[: A_PAGE + 1])
    context = {
        "lines": [(event, names.get(event.target, "")) for event in shown[:A_PAGE]],
        "kinds": [(key, label) for key, (label, _) in KINDS.items()],
        "kind": kind,
        "is_later_page": before,
        "older": shown[A_PAGE - 1].pk if len(shown) > A_PAGE else None,
    }
    return render(request, "accounts/activity.html", context)
