"""The overview and the screens of bots; rows come through their owner, what happens is a flow's work."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.by import By
from accounts.person import factors
from connections import proof
from strategies.bots import flows
from strategies.models import Bot, Group
from strategies.pages.mine import my_bot
from strategies.words import stops
from web.http import AuthenticatedRequest, gone_is_404


@require_http_methods(["GET", "POST"])
def enable(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Enable a bot; a GET does nothing and shows the bot: addresses of actions get into a browser's history."""
    bot = my_bot(request, public_id)
    if request.method == "GET":
        return redirect("bot_detail", public_id=public_id)
    only_to_close = request.POST.get("only_to_close") == "1"
    try:
        flows.enable_bot(bot, by=By.of(request), only_to_close=only_to_close)
    except flows.RefusedError as error:
        messages.error(request, gettext("Not enabled. %(why)s") % {"why": error})
        if error.code == proof.NO_FACTOR.code:
            request.session[factors.BACK] = reverse("bot_detail", args=[bot.public_id])
            return redirect("mfa_index")
    else:
        count = Group.objects.open().of_bot(bot).count() if only_to_close else 0
        known = {"name": bot.name, "meanwhile": stops.winding_down(count) if only_to_close else ""}
        text = gettext("%(name)s winds down. %(meanwhile)s") if only_to_close else gettext("%(name)s is enabled.")
        messages.success(request, text % known)
        if rivals := Bot.objects.rivals_of(bot):
            text = gettext("%(names)s trades the same pair in the same account: one may sell the other’s coins.")
            messages.warning(request, text % {"names": ", ".join(one.name for one in rivals)})
    return redirect("bot_detail", public_id=bot.public_id)


# What becomes of open groups when their bot is disabled: it looks after them, they are closed now, nobody does.
KEEP, CLOSE, ALONE = "keep", "close", "alone"


@require_http_methods(["GET", "POST"])
def disable(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Disable a bot; with open groups its trader says first what becomes of them."""
    bot = my_bot(request, public_id)
    groups = Group.objects.open().of_bot(bot)
    how, count = request.POST.get("how", ""), groups.count()
    if request.method == "GET" or (count and how not in {KEEP, CLOSE, ALONE}):
        return render(request, "strategies/bots/disable.html", {"bot": bot, "groups": groups.order_by("pair")})
    if count and how == CLOSE:
        return redirect(f"{reverse('bot_close', args=[public_id])}?disable=1")
    with gone_is_404(flows.BotGoneError):
        if count and how == KEEP:
            flows.wind_down_bot(bot, by=By.of(request))
        else:
            flows.disable_bot(bot, by=By.of(request))
    bot.refresh_from_db()
    if bot.is_winding_down:
        text, meanwhile = gettext("%(name)s winds down. %(meanwhile)s"), stops.winding_down(count)
    else:
        text, meanwhile = gettext("%(name)s is off. %(meanwhile)s"), stops.while_off(count)
    messages.success(request, (text % {"name": bot.name, "meanwhile": meanwhile}).strip())
    return redirect("bot_detail", public_id=public_id)


@require_http_methods(["GET", "POST"])
def delete(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    if request.method == "POST":
        try:
            with gone_is_404(flows.BotGoneError):
                flows.delete_bot(bot, by=By.of(request))
        except (flows.StillEnabledError, flows.OpenGroupsError) as error:
            messages.error(request, str(error))
            return redirect("bot_detail", public_id=public_id)
        messages.success(request, gettext("%(name)s is deleted.") % {"name": bot.name})
        return redirect("bots")
    return render(request, "strategies/bots/delete.html", {"bot": bot, "groups": Group.objects.open().of_bot(bot)})
