"""The screens of stops: pause, close at market, release; each says what happens to open groups before and after."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.by import By
from strategies.bots import flows as bots
from strategies.choices import StopLevel
from strategies.errors import BotGoneError
from strategies.models import Bot, Group, StopSwitch
from strategies.pages import close
from strategies.pages.mine import my_bot, my_group, my_groups
from strategies.stops import flows, state
from strategies.words import stops as stop_words
from web.http import AuthenticatedRequest, gone_is_404


def _level(request: AuthenticatedRequest) -> StopLevel:
    """Return the level that was chosen. None is a choice of its own, so a form without the field is refused."""
    asked = request.POST.get("level")
    level = next((one for one in flows.TRADERS_LEVELS if one == asked), None)
    if level is None:
        raise BadRequest("no such level")
    return level


def _back(request: AuthenticatedRequest, *otherwise: Any) -> HttpResponse:
    to = request.POST.get("next", "")
    # What is no path may be the name of a page.
    is_ours = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return redirect(to) if is_ours else redirect(*otherwise)


@require_GET
def stops(request: AuthenticatedRequest) -> HttpResponse:
    rows, force = close.bot_rows(request.user), StopSwitch.objects.in_force(request.user.pk)
    level = force.trader_level
    context = {
        "rows": rows,
        "switch": force.trader,
        "level": level,
        "choices": [(one.value, one.label, stop_words.note_of(one)) for one in flows.TRADERS_LEVELS],
        "while_off": gettext(stop_words.WHILE_OFF),
        "told": stop_words.told(level, state.counts_of(my_groups(request))),
    }
    return render(request, "strategies/stops/stops.html", context)


@require_POST
def trader_pause(request: AuthenticatedRequest) -> HttpResponse:
    level = _level(request)
    flows.pause_trader(request.user, level, by=By.of(request))
    messages.success(request, stop_words.told(level, state.counts_of(my_groups(request))))
    return _back(request, "stops")


@require_POST
def bot_pause(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot, level = my_bot(request, public_id), _level(request)
    with gone_is_404(BotGoneError):
        flows.pause_bot(bot, level, by=By.of(request))
    force = StopSwitch.objects.in_force(request.user.pk)
    text = stop_words.told(level, state.counts_of(my_groups(request).of_bot(bot)))
    messages.success(request, f"{bot.name}: {text} {state.still(bot, force)}".rstrip())
    return _back(request, "bot_detail", public_id)


def _close_page(request: AuthenticatedRequest, groups: Iterable[Group], **context: Any) -> HttpResponse:
    page = close.close_page(groups, now=timezone.now())
    return render(request, "strategies/stops/close.html", {"page": page, **context})


def _close(request: AuthenticatedRequest, groups: Iterable[Group]) -> None:
    count = flows.close_groups(groups, by=By.of(request))
    if count:
        text = ngettext(
            "The group is being closed at market. Where it is possible now, it takes seconds.",
            "%(count)d groups are being closed at market. Where it is possible now, it takes seconds.",
            count,
        )
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, gettext("There was nothing to close."))


@require_http_methods(["GET", "POST"])
def trader_close(request: AuthenticatedRequest) -> HttpResponse:
    """Close everything of the trader's; with `pause` nothing opens again meanwhile."""
    if request.method == "GET":
        return _close_page(request, my_groups(request), scope="trader")
    if request.POST.get("pause"):
        level = flows.at_least_entries(StopSwitch.objects.in_force(request.user.pk).trader_level)
        flows.pause_trader(request.user, level, by=By.of(request))
    _close(request, my_groups(request))
    return redirect("stops")


@require_http_methods(["GET", "POST"])
def bot_close(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    groups = my_groups(request).of_bot(bot)
    if request.method == "GET":
        return _close_page(request, groups, scope="bot", bot=bot, disable="disable" in request.GET)
    with gone_is_404(BotGoneError):
        if request.POST.get("disable"):
            # It opens nothing in between, and is off once they are closed.
            bots.wind_down_bot(bot, by=By.of(request))
        _pause_too(request, bot)
    _close(request, groups)
    return redirect("bot_detail", public_id)


def _pause_too(request: AuthenticatedRequest, bot: Bot) -> None:
    """Pause first, then close: the other way round the bot could open a group in between."""
    if request.POST.get("pause"):
        flows.pause_bot(bot, flows.at_least_entries(bot.paused), by=By.of(request))


@require_http_methods(["GET", "POST"])
def group_close(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    group = my_group(request, public_id)
    if request.method == "GET":
        return _close_page(request, [group], scope="group", bot=group.bot, group=group)
    with gone_is_404(BotGoneError):
        _pause_too(request, group.bot)
    _close(request, [group])
    return redirect("bot_detail", group.bot.public_id)


@require_http_methods(["GET", "POST"])
def group_release(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    group = my_group(request, public_id)
    if request.method == "GET":
        page = close.close_page([group], now=timezone.now())
        return render(request, "strategies/stops/release.html", {"group": group, "bot": group.bot, "row": page.rows[0]})
    if flows.release_group(group, by=By.of(request)):
        text = gettext("%(pair)s is released. What was bought stays in your account, and is yours.")
        messages.success(request, text % {"pair": group.pair})
        return redirect("bot_detail", group.bot.public_id)
    messages.error(request, gettext("Not released: an order of this group is under way. Try again when it has ended."))
    return redirect("group_release", public_id)


@require_POST
def group_recovery(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    group, is_on = my_group(request, public_id), {"1": True, "0": False}.get(request.POST.get("on", ""))
    if is_on is None:
        raise BadRequest("neither on nor off")
    flows.switch_recovery(group, is_on=is_on, by=By.of(request))
    into = gettext(
        "%(pair)s goes into Recovery Mode: stricter add-ons, an earlier exit. Nothing is sold because of it."
    )
    out = gettext("%(pair)s leaves Recovery Mode. Nothing is sold because of it.")
    messages.success(request, (into if is_on else out) % {"pair": group.pair})
    return _back(request, "bot_detail", group.bot.public_id)


def in_force(request: HttpRequest) -> dict[str, Any]:
    """Give the switches in force, asked for only by pages that show them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"stops_in_force": SimpleLazyObject(lambda: StopSwitch.objects.in_force(user.pk))}
