"""The owner's own view of the audit trail: everything that happened, with the things it is about by their names."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from accounts.models import AuditEvent, User
from accounts.wording import KINDS
from web.http import AuthenticatedRequest

A_PAGE = 50
LONGEST_ID = 18
# By itself, every few minutes: shown where somebody asks for it.
ROUTINE = ("connection.checked",)


def names_of(user: User) -> dict[str, str]:
    """Return the name of each thing of the user's by its label in the trail, by settings.NAMED_IN_THE_TRAIL."""
    return {label: name for path in settings.NAMED_IN_THE_TRAIL for label, name in import_string(path)(user).items()}


@require_GET
def activity(request: AuthenticatedRequest) -> HttpResponse:
    """Show a page of events before one of them; what is asked for wrongly counts as not asked."""
    names = names_of(request.user)
    events = AuditEvent.objects.about(request.user, names.keys())
    kind = request.GET.get("kind", "")
    if kind in KINDS:
        events = events.filter(action__regex=KINDS[kind][1])
    else:
        kind, events = "", events.exclude(action__in=ROUTINE)
    before = request.GET.get("before", "")
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
