"""The overview and the screens of bots; rows come through their owner, what happens is a flow's work."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
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
        messages.error(request, f"Not enabled. {error}")
        if error.code == proof.NO_FACTOR.code:
            request.session[factors.BACK] = reverse("bot_detail", args=[bot.public_id])
            return redirect("mfa_index")
    else:
        count = Group.objects.open().of_bot(bot).count() if only_to_close else 0
        text = f"{bot.name} winds down. {stops.winding_down(count)}" if only_to_close else f"{bot.name} is enabled."
        messages.success(request, text)
        if rivals := Bot.objects.rivals_of(bot):
            names = ", ".join(one.name for one in rivals)
            messages.warning(
                request, f"{names} trades the same pair in the same account: one may sell the other’s coins."
            )
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
        messages.success(request, f"{bot.name} winds down. {stops.winding_down(count)}")
    else:
        messages.success(request, f"{bot.name} is off. {stops.while_off(count)}".strip())
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
        messages.success(request, f"{bot.name} is deleted.")
        return redirect("bots")
    return render(request, "strategies/bots/delete.html", {"bot": bot, "groups": Group.objects.open().of_bot(bot)})
