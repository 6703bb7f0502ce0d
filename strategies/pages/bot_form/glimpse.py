"""Beside the form: what the bot that is being typed would have done on candles that are kept, the worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from strategies.look_backs import glimpses
from strategies.look_backs.glimpses import GlimpseError
from strategies.models import Glimpse
from strategies.pages.bot_form.form import BotForm
from strategies.pages.look_backs.result import FigureTold, assumed, entries_of, made_of, worst_of
from strategies.words import look_backs as words
from web.http import AuthenticatedRequest

# How often the page asks while a worker reckons, by how long it has been waited for: most answers are there at once.
PACE = ((timedelta(seconds=1), 100), (timedelta(seconds=5), 400))
SLOWEST_MS = 1000


@dataclass(frozen=True, kw_only=True)
class GlimpseCard:
    """Either `lacks` and `faults` say what the form needs first, or `why` there is none, or it is reckoned, or shown.

    `every` is in milliseconds, 0 when there is nothing to wait for.
    """

    lacks: Sequence[str] = ()
    faults: Sequence[str] = ()
    why: str = ""
    every: int = 0
    since: datetime | None = None
    until: datetime | None = None
    worst: Sequence[FigureTold] = ()
    made: Sequence[FigureTold] = ()
    entries: Sequence[str] = ()
    assumed: Sequence[str] = ()


@require_POST
def glimpse(request: AuthenticatedRequest) -> HttpResponse:
    card = glimpse_of(request.user, request.POST, now=timezone.now())
    return render(request, "strategies/bot_form/_glimpse.html", {"glimpse": card})


def glimpse_of(user: User, posted: Mapping[str, Any], *, now: datetime) -> GlimpseCard:
    """Read the form and ask, or say what is missing; a name it needs only to be saved."""
    form = BotForm(posted, owner=user)
    form.is_valid()
    wrong = [form[name] for name in form.errors if name in form.fields and name != "name"]
    if wrong:
        return GlimpseCard(
            lacks=[str(field.label) for field in wrong if not field.value()],
            faults=[f"{field.label}: {' '.join(map(str, field.errors))}" for field in wrong if field.value()],
        )
    form.cleaned_data.setdefault("name", "")
    is_saved = bool(posted.get("bot"))
    try:
        row = glimpses.ask(user, form.settings, now=now, is_look="looks_again" in posted)
    except GlimpseError as error:
        return GlimpseCard(why=words.glimpse(error.code, is_saved=is_saved))
    if row.is_waited_for(now):
        waited = now - row.asked_at
        return GlimpseCard(every=next((ms for before, ms in PACE if waited < before), SLOWEST_MS))
    if row.ended_at is None or row.problem:
        return GlimpseCard(why=words.glimpse(row.problem or "glimpse.slow", is_saved=is_saved))
    return shown(row)


def shown(row: Glimpse) -> GlimpseCard:
    told, bot = row.answer, row.bot
    return GlimpseCard(
        since=row.since,
        until=row.until,
        worst=list(worst_of(told, bot.quote)),
        made=list(made_of(told, bot.quote)),
        entries=list(entries_of(told, bot)),
        assumed=[
            *assumed(told, bot),
            _(
                "Within each minute the lowest price is taken to come first. The look back on the bot’s page reckons"
                " both ways and shows the worse."
            ),
            _("What was is no promise of what will be."),
        ],
    )
