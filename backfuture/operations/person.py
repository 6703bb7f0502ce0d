"""One person as operators see them: connections, bots and findings in the sentences that the trader reads."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.by import By
from accounts.models import AuditEvent, User
from backfuture.operations import people, words
from connections.models import Connection
from strategies.models import Bot, Group, StopSwitch

MOST, SIGN_INS = 100, 10
# A closed account has given its name back, and nobody opens it again.
CLOSED = "@closed.invalid"


@dataclass(frozen=True, kw_only=True)
class BotSeen:
    bot: Bot
    groups: int

    @property
    def state(self) -> str:
        """Return what its trader reads of it, with what becomes of its open groups."""
        return words.bot_sentence(self.bot, self.groups)


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a person to every operator; a superuser switches them off, or on again."""
    somebody = get_object_or_404(User, public_id=public_id)
    is_mine = somebody.pk == request.user.pk
    may_switch = request.user.is_superuser and not is_mine and not somebody.email.endswith(CLOSED)
    if request.method == "POST":
        return _switch(request, somebody, may_switch=bool(may_switch))
    audit.record("operator.viewed", by=By.of(request), target=somebody)
    groups = list(Group.objects.owned_by(somebody).open().select_related("bot"))
    held = Counter(group.bot_id for group in groups)
    bots = list(Bot.objects.owned_by(somebody).for_list()[:MOST])
    kept = sum(not group.is_left_alone for group in groups)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": somebody.email,
        "person": somebody,
        "may_switch": may_switch,
        "connections": Connection.objects.owned_by(somebody).for_list()[:MOST],
        "bots": [BotSeen(bot=bot, groups=held[bot.pk]) for bot in bots],
        "stops": StopSwitch.objects.in_force(somebody.pk),
        "sign_ins": AuditEvent.objects.concerning(somebody).filter(action="account.signed_in")[:SIGN_INS],
        "ways_off": words.ways_off(sum(bot.can_close for bot in bots), kept, len(groups) - kept),
        "now": timezone.now(),
    }
    return render(request, "admin/person.html", context)


def _switch(request: HttpRequest, somebody: User, *, may_switch: bool) -> HttpResponse:
    if not may_switch:
        raise PermissionDenied
    how = request.POST.get("how")
    if how == "on":
        people.switch_on(somebody, by=By.of(request))
        messages.success(request, f"{somebody.email} may sign in again. Bots stay as they are.")
    elif how in words.WAYS_OFF:
        people.switch_off(somebody, keeps_exits=how == "keep", by=By.of(request))
        messages.success(request, f"{somebody.email} is switched off. {words.WAYS_OFF[how]}")
    else:
        messages.error(request, "Nothing was done: choose what becomes of the open groups.")
    return redirect(request.path)
