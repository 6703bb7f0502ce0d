"""What a practice bot's page can be tried out with: a test signal, a story for the price; and the steps put away."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.by import By
from accounts.models import FirstSteps
from connections.practice import door, stories
from strategies.models import Bot
from strategies.pages.mine import my_bot
from strategies.signals import inbox
from strategies.signals.alert import SignalError
from web.http import AuthenticatedRequest


def _pair_asked(request: AuthenticatedRequest, bot: Bot) -> str:
    return request.POST.get("pair") or next(iter(bot.pairs), "")


@require_POST
def send_test(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    pair = _pair_asked(request, bot)
    try:
        inbox.send_test(bot, pair=pair, by=By.of(request))
    except SignalError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("A test signal for %(pair)s was sent to %(bot)s.") % {"pair": pair, "bot": bot.name}
        )
    return redirect("bot_detail", public_id=public_id)


@require_POST
def tell_story(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    pair, story = _pair_asked(request, bot), stories.BY_SLUG.get(request.POST.get("story", ""))
    asked = request.POST.get("minutes", "1")
    minutes = next((one for one in stories.MINUTES if str(one) == asked), 0)
    if not (bot.connection.is_practice and door.is_offered() and story and minutes and pair in bot.pairs):
        raise Http404
    try:
        stories.tell_story(pair, story, minutes=minutes, by=By.of(request), about=bot)
    except door.PracticeError as error:
        messages.error(request, str(error))
    else:
        told = _("The price of %(pair)s lives through a story of %(seconds)s seconds now. Watch the bot below.")
        messages.success(request, told % {"pair": pair, "seconds": minutes * 60})
    return redirect("bot_detail", public_id=public_id)


@require_POST
def show_steps(request: AuthenticatedRequest) -> HttpResponse:
    """Put the first steps away, or show them again."""
    asked = request.POST.get("show", "")
    if asked in FirstSteps.values and request.user.first_steps != asked:
        request.user.first_steps = asked
        request.user.save(update_fields=["first_steps"])
    return redirect("overview")
