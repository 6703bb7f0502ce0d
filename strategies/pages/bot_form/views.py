"""Making and changing a bot: the form with its worst case beside it, and the review of an edit."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.by import By
from accounts.freeze import FrozenError
from connections.models import Connection
from strategies.bots import flows, presets
from strategies.models import Bot
from strategies.pages.bot_form.card import Card, card_of
from strategies.pages.bot_form.form import BotForm, first_settings, settings_of, typed_again
from strategies.pages.bot_form.preview import preview_of
from strategies.pages.bot_form.review import review_of
from strategies.pages.mine import my_bot
from web.http import AuthenticatedRequest
from web.render import render_partial


def _card(request: AuthenticatedRequest, typed: Mapping[str, Any]) -> Card:
    """Return the card of what is typed; only a POST asks the workers for prices, reading changes nothing."""
    return card_of(preview_of(request.user, typed, now=timezone.now(), wants=request.method == "POST"))


@require_http_methods(["GET", "POST"])
def worst_case(request: AuthenticatedRequest) -> HttpResponse:
    card = _card(request, request.POST if request.method == "POST" else request.GET)
    return render_partial(request, "strategies/bot_form/worst_case.html", "card", {"card": card})


@require_http_methods(["GET", "POST"])
def add(request: AuthenticatedRequest) -> HttpResponse:
    homes = list(Connection.objects.owned_by(request.user).values_list("public_id", flat=True)[:2])
    preset = presets.BY_SLUG.get(request.GET.get("preset", ""))
    form = _add_form(request, only_home=str(homes[0]) if len(homes) == 1 else "", preset=preset)
    if form.is_bound and form.is_valid() and (bot := _add(request, form)):
        return redirect("bot_detail", public_id=bot.public_id)
    context = {
        "form": form,
        "card": _card(request, request.POST or form.initial),
        "presets": presets.ALL,
        "preset": preset,
        # A list to pick from, where it is known of which exchange; nobody has to know how a pair is spelt.
        "lists_pairs": bool(form.initial.get("connection")) and not form.initial.get("pairs"),
        "can_enable": preset is presets.PRACTICE,
        "has_connections": bool(homes),
        "lacks_connection": preset is not None and preset.needs_two and len(homes) < 2,
    }
    return render(request, "strategies/bots/add.html", context, status=422 if form.errors else 200)


def _add_form(request: AuthenticatedRequest, *, only_home: str, preset: presets.Preset | None) -> BotForm:
    if "recalculate" in request.POST:
        return BotForm(owner=request.user, initial=typed_again(request.POST))
    if request.method == "POST":
        return BotForm(request.POST, owner=request.user)
    if (like := _like(request)) is not None:
        return BotForm(owner=request.user, initial={**settings_of(like), "name": f"{like.name[:55]} copy"})
    chosen = first_settings(request.GET.get("connection", only_home))
    return BotForm(owner=request.user, initial={**chosen, **(preset.values if preset else {})})


def _like(request: AuthenticatedRequest) -> Bot | None:
    """Return the bot of the trader's that a new one is to be like."""
    try:
        public_id = UUID(request.GET.get("like", ""))
    except ValueError:
        return None
    return Bot.objects.owned_by(request.user).select_related("connection").filter(public_id=public_id).first()


def _add(request: AuthenticatedRequest, form: BotForm) -> Bot | None:
    """Save the bot and say what became of it; with invented money it may be enabled in the same step."""
    try:
        bot = flows.add_bot(request.user, settings=form.settings, by=By.of(request))
    except flows.SettingsError as error:
        form.add_error(error.field, str(error))
        return None
    if "enable" not in request.POST or not bot.connection.is_practice:
        messages.success(request, gettext("%(name)s is saved. It is off until you enable it.") % {"name": bot.name})
        return bot
    try:
        flows.enable_bot(bot, by=By.of(request))
    except flows.RefusedError as error:
        messages.error(
            request, gettext("%(name)s is saved, and not enabled. %(why)s") % {"name": bot.name, "why": error}
        )
    else:
        messages.success(request, gettext("%(name)s is saved and enabled.") % {"name": bot.name})
    return bot


@require_http_methods(["GET", "POST"])
def edit(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Change a bot; what that does to open groups is shown first, and saved by one more POST."""
    bot = my_bot(request, public_id)
    open_pairs = [group.pair for group in bot.groups.open()]
    form = _edit_form(request, bot, has_groups=bool(open_pairs))
    context = {"form": form, "bot": bot, "open_pairs": open_pairs}
    if form.is_bound and form.is_valid():
        review = review_of(bot.settings, form.settings, open_pairs=open_pairs)
        if open_pairs and review.is_needed and "confirmed" not in request.POST:
            return render(request, "strategies/bots/review.html", {**context, "review": review})
        if _change(request, bot, form):
            messages.success(request, gettext("Saved."))
            return redirect("bot_detail", public_id=public_id)
    context["card"] = _card(request, request.POST or {**form.initial, "bot": str(public_id)})
    return render(request, "strategies/bots/edit.html", context, status=422 if form.errors else 200)


def _edit_form(request: AuthenticatedRequest, bot: Bot, *, has_groups: bool) -> BotForm:
    start, form_of = settings_of(bot), partial(BotForm, owner=request.user, bot=bot, has_groups=has_groups)
    if request.method == "GET":
        return form_of(initial=start)
    if request.POST.keys() & {"recalculate", "back"}:
        return form_of(initial={**start, **typed_again(request.POST)})
    return form_of(request.POST, initial=start)


def _change(request: AuthenticatedRequest, bot: Bot, form: BotForm) -> bool:
    try:
        flows.change_bot(bot, settings=form.settings, by=By.of(request))
    except flows.SettingsError as error:
        form.add_error(error.field, str(error))
    except (flows.BotsError, FrozenError) as error:
        form.add_error(None, str(error))
    return not form.errors
