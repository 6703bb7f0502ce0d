"""The stop switches, and the operators' own: one page that stops everybody's bots, by a word that must be typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from accounts.by import By
from strategies.admin.books import Books
from strategies.choices import StopLevel
from strategies.models import StopSwitch
from strategies.stops import flows, state
from strategies.stops.state import MEANINGS, WORDS


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
            "standing": state.standing(),
        }
        return render(request, "admin/kill_switch.html", context, status=422 if form.errors else 200)

    def _turn(self, request: HttpRequest, form: KillSwitchForm) -> HttpResponse:
        flows.pause_everybody(form.chosen, by=By.of(request))
        messages.success(request, f"{form.chosen.label}, for everybody. {state.standing().touched}")
        return redirect("admin:kill_switch")


class KillSwitchForm(forms.Form):
    """The level's own word must be typed too, so that no slip of the hand stops everybody."""

    level = forms.ChoiceField(
        choices=[(word, f"{level.label}. {MEANINGS[word]} Its word: {word}") for word, level in WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    word = forms.CharField(
        label="Type the level’s word to confirm",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="none, entries, add_ons or orders",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        word = cleaned.get("word")
        if word is not None and "level" in cleaned and word.strip().lower() != cleaned["level"]:
            self.add_error("word", f"To set this level, type “{cleaned['level']}”.")
        return cleaned

    @property
    def chosen(self) -> StopLevel:
        return WORDS[self.cleaned_data["level"]]
