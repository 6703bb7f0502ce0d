"""The stop switches, and the operators' own pages: they stop the bots of everybody, of an exchange or of a person, by a
word that must be typed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from accounts.by import By
from accounts.models import User
from connections.models import Venue
from exchanges import registry
from strategies.admin.books import Books
from strategies.choices import StopLevel
from strategies.models import StopSwitch
from strategies.stops import flows, state
from strategies.stops.state import EVERYBODY, MEANINGS, WORDS, StopReach


@admin.register(StopSwitch)
class StopSwitchAdmin(Books):
    list_display = ("whose", "level", "changed_at")
    list_filter = ("level", "is_global", "is_ours", "exchange")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)

    @admin.display(description="whose", ordering="owner__email")
    def whose(self, switch: StopSwitch) -> str:
        return switch.whose

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("everybody/", self.everybody, "kill_switch"),
            ("exchange/<slug:exchange>/<slug:venue>/", self.exchange, "stop_exchange"),
            ("person/<uuid:public_id>/", self.person, "stop_person"),
        )
        pages = [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views]
        return [*pages, *super().get_urls()]

    def everybody(self, request: HttpRequest) -> HttpResponse:
        return self._switch(request, EVERYBODY)

    def exchange(self, request: HttpRequest, exchange: str, venue: str) -> HttpResponse:
        if exchange not in registry.BY_SLUG or venue not in Venue.values:
            raise Http404
        return self._switch(request, StopReach.at(exchange, venue))

    def person(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        return self._switch(request, StopReach.of(get_object_or_404(User, public_id=public_id)))

    def _switch(self, request: HttpRequest, reach: StopReach) -> HttpResponse:
        """Show a switch to every operator; only who has the permission may turn it."""
        may_turn = request.user.has_perm("strategies.use_kill_switch")
        form = KillSwitchForm(request.POST if request.method == "POST" else None, levels=reach.levels)
        if request.method == "POST":
            if not may_turn:
                raise PermissionDenied
            if form.is_valid():
                flows.pause_everybody(form.chosen, by=By.of(request), reach=reach)
                touched = state.standing(reach).touched
                messages.success(request, f"{form.chosen.label}, for {reach.name}. {touched}")
                return redirect(request.path)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Kill switch" if reach is EVERYBODY else f"Stop for {reach.name}",
            "reach": reach,
            "opts": self.model._meta,
            "form": form,
            "may_turn": may_turn,
            "standing": state.standing(reach),
        }
        return render(request, "admin/kill_switch.html", context, status=422 if form.errors else 200)


class KillSwitchForm(forms.Form):
    """The level's own word must be typed too, so that no slip of the hand stops everybody."""

    level = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    word = forms.CharField(
        label="Type the level’s word to confirm",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *rest: Any, levels: tuple[StopLevel, ...], **more: Any) -> None:
        super().__init__(*rest, **more)
        offered = [(word, level) for word, level in WORDS.items() if level in levels]
        self.fields["level"].choices = [  # type: ignore[attr-defined]  # of a ChoiceField
            (word, f"{level.label}. {MEANINGS[word]} Its word: {word}") for word, level in offered
        ]
        self.fields["word"].help_text = ", ".join(word for word, _ in offered)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        word = cleaned.get("word")
        if word is not None and "level" in cleaned and word.strip().lower() != cleaned["level"]:
            self.add_error("word", f"To set this level, type “{cleaned['level']}”.")
        return cleaned

    @property
    def chosen(self) -> StopLevel:
        return WORDS[self.cleaned_data["level"]]
