"""A bot as a file: its settings in JSON, without its connection, its address or anything else that is secret."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from connections.models import Connection
from exchanges.proven import printable
from strategies.models import Bot
from strategies.pages.bot_form.card import card_of
from strategies.pages.bot_form.form import BotForm, settings_of
from strategies.pages.bot_form.preview import preview_of
from strategies.pages.mine import my_bot
from web.http import AuthenticatedRequest

SCHEMA, VERSION = "backfuture.bot", 1
# Which account it trades is for the person to choose who takes the file in.
FIELDS = tuple(name for name in BotForm.base_fields if name != "connection")
LONGEST = 20_000


class BotFileError(ValueError):
    """The file cannot be used; the message is for the trader."""


def written(bot: Bot) -> dict[str, Any]:
    settings = {name: value for name, value in settings_of(bot).items() if name in FIELDS}
    return {"schema": SCHEMA, "version": VERSION, "settings": {**settings, "pairs": list(bot.pairs)}}


def read(text: str, owner: User) -> dict[str, Any]:
    """Return what a form starts with; raises BotFileError for what this version does not know, or that is wrong."""
    if len(text) > LONGEST:
        raise BotFileError(gettext("The file is too long to be a bot."))
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BotFileError(gettext("This is not JSON. Take the file as it was downloaded here.")) from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not isinstance(told.get("settings"), dict):
        raise BotFileError(gettext("This is no bot that was downloaded here."))
    if told.get("version") != VERSION:
        raise BotFileError(
            gettext("The file is of another version than ours, which is %(version)s.") % {"version": VERSION}
        )
    settings: dict[str, Any] = told["settings"]
    if unknown := next((name for name in settings if name not in FIELDS), ""):
        shown = printable(unknown, most=40)
        raise BotFileError(gettext("We do not know the setting “%(name)s”: nothing was taken.") % {"name": shown})
    values = {name: _typed(name, value) for name, value in settings.items()}
    _judge(values, owner)
    return values


def _typed(name: str, value: Any) -> Any:
    """Return a value as a trader would type it."""
    if isinstance(value, list) and name == "pairs" and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if value is not None and not isinstance(value, str | int | float):
        raise BotFileError(gettext("The setting “%(name)s” cannot be read.") % {"name": name})
    return value if value is None or isinstance(value, bool) else str(value)


def _judge(values: dict[str, Any], owner: User) -> None:
    """Raise BotFileError for the first setting that a form would refuse; its name and connection are chosen later."""
    form = BotForm({name: value for name, value in values.items() if value not in (None, False)}, owner=owner)
    for name, errors in form.errors.items():
        if name in values:
            raise BotFileError(f"{form[name].label}: {errors[0]}")


@require_GET
def download(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    answer = JsonResponse(written(bot), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer.headers["Content-Disposition"] = f'attachment; filename="bot-{str(public_id)[:8]}.json"'
    return answer


@require_http_methods(["GET", "POST"])
def take_in(request: AuthenticatedRequest) -> HttpResponse:
    """Show a file's settings in the form of a new bot: nothing is saved, and nothing is ever enabled by it."""
    text = request.POST.get("text", "")
    context: dict[str, Any] = {"text": text}
    if request.method == "POST":
        try:
            values = read(text, request.user)
        except BotFileError as error:
            return render(request, "strategies/bots/import.html", {**context, "error": str(error)}, status=422)
        homes = list(Connection.objects.owned_by(request.user).values_list("public_id", flat=True)[:2])
        start = {**values, "connection": str(homes[0]) if len(homes) == 1 else ""}
        messages.info(request, gettext("Taken from the file. Nothing is saved yet: look through it, and save it."))
        context = {
            "form": BotForm(owner=request.user, initial=start),
            "card": card_of(preview_of(request.user, start, now=timezone.now(), wants=False)),
            "has_connections": bool(homes),
            "action": reverse("bot_add"),
        }
        return render(request, "strategies/bots/add.html", context)
    return render(request, "strategies/bots/import.html", context)
