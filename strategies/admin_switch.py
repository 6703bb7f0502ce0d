"""The stop switches, and the operators' own: one page that stops everybody's bots, by a word that must be typed."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from accounts.models import User
from strategies import kill_switch, stopping
from strategies.admin_books import Books
from strategies.kill_switch import KillSwitchForm
from strategies.models import StopSwitch


@admin.register(StopSwitch)
class StopSwitchAdmin(Books):
    list_display = ("whose", "level", "changed_at")
    list_filter = ("level", "is_global")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)

    @admin.display(description="whose", ordering="owner__email")
    def whose(self, switch: StopSwitch) -> str:
        return switch.owner.email if switch.owner else "everybody (the kill switch)"

    def get_urls(self) -> list[URLPattern]:
        page = path("everybody/", self.admin_site.admin_view(self.everybody), name="kill_switch")
        return [page, *super().get_urls()]

    def everybody(self, request: HttpRequest) -> HttpResponse:
        """Show the kill switch to every operator; only who has the permission may turn it."""
        may_turn = request.user.has_perm("strategies.use_kill_switch")
        form = KillSwitchForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not may_turn:
                raise PermissionDenied
            if form.is_valid():
                return self._turn(request, form)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Kill switch",
            "opts": self.model._meta,
            "form": form,
            "may_turn": may_turn,
            "standing": kill_switch.standing(),
        }
        return render(request, "admin/kill_switch.html", context, status=422 if form.errors else 200)

    def _turn(self, request: HttpRequest, form: KillSwitchForm) -> HttpResponse:
        operator = request.user if isinstance(request.user, User) else None
        stopping.pause_everybody(operator, form.chosen, request=request)
        messages.success(request, f"{form.chosen.label}, for everybody. {kill_switch.standing().touched}")
        return redirect("admin:kill_switch")
