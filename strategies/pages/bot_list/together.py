"""One act on several bots: the page that says what will happen to each, and the act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.by import By
from accounts.fresh.told import Lines
from accounts.models import User
from connections.proof import BotRefusal
from strategies.bots import flows as bot_flows
from strategies.choices import StopLevel
from strategies.errors import BotGoneError
from strategies.models import Bot, Group
from strategies.pages import close
from strategies.pages.bot_list import enabling
from strategies.pages.mine import my_groups
from strategies.stops import flows
from strategies.words import stops
from web.http import AuthenticatedRequest, gone_is_404

PAUSE, PAUSE_ALL, RESUME, ENABLE, DISABLE, CLOSE = "pause", "pause_all", "resume", "enable", "disable", "close"
ACTS = (
    (PAUSE, _("Pause entries")),
    (PAUSE_ALL, _("Pause entries and add-ons")),
    (RESUME, _("End the pause")),
    (ENABLE, _("Enable")),
    (DISABLE, _("Disable, and look after open groups")),
    (CLOSE, _("Close all groups at market")),
)
LEVELS = {PAUSE: StopLevel.ENTRIES, PAUSE_ALL: StopLevel.ADD_ONS, RESUME: StopLevel.NONE}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What will happen to one bot; `changes` is False where nothing does."""

    bot: Bot
    text: str
    changes: bool


@require_http_methods(["GET", "POST"])
def together(request: AuthenticatedRequest) -> HttpResponse:
    """Show what an act does to each of the chosen bots, and do it when its trader says yes.

    To all of them or none, but for enabling: each bot is judged by itself, so that one that cannot be keeps none away.
    """
    act, chosen = chosen_of(request.user, request.POST if request.method == "POST" else request.GET)
    if not act or not chosen:
        messages.error(request, gettext("Nothing done: tick the bots first, and choose what happens to them."))
        return redirect("bots")
    counts, now = Counter(Group.objects.owned_by(request.user).open().values_list("bot_id", flat=True)), timezone.now()
    refusals = bot_flows.refusals_of(chosen, now) if act == ENABLE else {}
    plan = [planned(act, bot, counts[bot.pk], refusals.get(bot.pk)) for bot in chosen]
    changing = [one.bot for one in plan if one.changes]
    if request.method == "GET":
        page = close.close_page(my_groups(request).filter(bot__in=chosen), now=now) if act == CLOSE else None
        risks = enabling.risks_of(request.user, changing, now) if act == ENABLE else []
        asks = any(not bot.connection.is_practice for bot in changing)
        context = {"plan": plan, "act": act, "title": dict(ACTS)[act], "page": page, "risks": risks, "asks": asks}
        return render(request, "strategies/bots/together.html", context | {"changing": changing})
    if act == ENABLE:
        # Each is judged once more, by the flow, as it is then.
        _enable(request, [bot for bot in chosen if not bot.opens_groups])
        return redirect("bots")
    with gone_is_404(BotGoneError), transaction.atomic():
        for bot in changing:
            _do(request, act, bot)
    text = ngettext("%(count)s bot: %(what)s.", "%(count)s bots: %(what)s.", len(changing))
    messages.success(request, text % {"count": len(changing), "what": dict(ACTS)[act]})
    return redirect("bots")


def _enable(request: AuthenticatedRequest, bots: Sequence[Bot]) -> None:
    """Enable those that can be; what is refused is told, and what may sell another bot's coins."""
    done, refused = enabling.enable(bots, by=By.of(request))
    if done:
        text = ngettext("%(count)s bot is enabled.", "%(count)s bots are enabled.", len(done))
        messages.success(request, text % {"count": len(done)})
    for bot, why in refused:
        messages.error(request, gettext("%(name)s is not enabled. %(why)s") % {"name": bot.name, "why": why})
    if not bots:
        messages.info(request, gettext("Nothing done: these bots are enabled already."))
    if rivals := sorted({bot.name for bot in done if Bot.objects.rivals_of(bot)}):
        text = gettext(
            "The same pair in the same account is traded by another bot too, which may sell its coins: %(names)s."
        )
        messages.warning(request, text % {"names": ", ".join(rivals)})


def chosen_of(user: User, given: QueryDict) -> tuple[str, list[Bot]]:
    """Return the act that is asked for, "" when it is none, and those of the named bots that are the user's."""
    act = next((value for value, _label in ACTS if value == given.get("act")), "")
    ids = [found for text in given.getlist("bot") if (found := _read_id(text))]
    mine = Bot.objects.owned_by(user).for_list().select_related("connection__owner")
    return act, list(mine.filter(public_id__in=ids)) if act and ids else []


def planned(act: str, bot: Bot, groups: int, refusal: BotRefusal | None = None) -> Planned:
    if act in LEVELS:
        return _planned_pause(bot, LEVELS[act], groups)
    if act == ENABLE:
        text, changes = enabling.told(bot, refusal, groups)
        return Planned(bot=bot, text=text, changes=changes)
    if act == CLOSE:
        text = gettext("%(groups)s closed at market.") % {"groups": stops.count_of(groups)}
        return Planned(bot=bot, text=text if groups else gettext("No open group."), changes=groups > 0)
    if not bot.can_close:
        return Planned(bot=bot, text=gettext("It is not enabled."), changes=False)
    if not groups:
        return Planned(bot=bot, text=gettext("Off at once: it has no open group."), changes=True)
    return Planned(bot=bot, text=stops.winding_down(groups), changes=not bot.is_winding_down)


def _planned_pause(bot: Bot, level: StopLevel, groups: int) -> Planned:
    before = StopLevel(bot.paused)
    if before == level:
        return Planned(bot=bot, text=gettext("As it is: %(level)s.") % {"level": level.label}, changes=False)
    kept = groups if bot.can_close else 0
    text = stops.told(level, stops.Counts(kept=kept, left=groups - kept))
    return Planned(bot=bot, text=f"{text} {gettext('Before: %(level)s.') % {'level': before.label}}", changes=True)


def _do(request: AuthenticatedRequest, act: str, bot: Bot) -> None:
    by = By.of(request)
    if act in LEVELS:
        flows.pause_bot(bot, LEVELS[act], by=by)
    elif act == DISABLE:
        bot_flows.wind_down_bot(bot, by=by)
    else:
        # First, so that it opens nothing in between.
        flows.pause_bot(bot, flows.at_least_entries(bot.paused), by=by)
        flows.close_groups(my_groups(request).of_bot(bot), by=by)


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def told(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    """Tell before it goes on after a fresh sign-in which bots it concerns."""
    act, chosen = chosen_of(user, typed)
    if not chosen:
        return []
    names = ", ".join(bot.name for bot in chosen)
    pairs = ", ".join(sorted({pair for bot in chosen for pair in bot.pairs}))
    homes = ", ".join(sorted({f"{bot.connection.name} ({bot.connection.get_venue_display()})" for bot in chosen}))
    then = [(gettext("From then on"), str(LEVELS[act].label))] if act in LEVELS else []
    what = [(gettext("What happens"), str(dict(ACTS)[act])), (gettext("Bots"), names), (gettext("Pairs"), pairs)]
    return [*what, (gettext("Connections"), homes), *then]
