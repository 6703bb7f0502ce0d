"""Opening a group of a bot now, as if one of its alerts had asked for it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.by import By
from strategies.hands import flows, plans
from strategies.models import Bot, Instrument
from strategies.pages.mine import my_bot
from strategies.words import hands, numbers
from web.http import AuthenticatedRequest


class OpenForm(forms.Form):
    pair = forms.ChoiceField(label=_("Pair"), help_text=_("A pair of the bot that has no open group."))

    def __init__(self, *args: Any, bot: Bot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = set(bot.groups.open().values_list("pair", flat=True))
        free = [(pair, pair) for pair in bot.pairs if pair not in taken]
        self.fields["pair"].choices = free  # type: ignore[attr-defined] # of a ChoiceField


@require_http_methods(["GET", "POST"])
def open_group(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show what a group would be that is opened now, and ask for the one that was shown."""
    bot = my_bot(request, public_id)
    form = OpenForm(request.POST if request.method == "POST" else None, bot=bot)
    context: dict[str, Any] = {"bot": bot, "form": form, "has_free_pair": bool(form.fields["pair"].choices)}  # type: ignore[attr-defined]
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "strategies/hands/open.html", context, status=status)
    pair, last = form.cleaned_data["pair"], flows.last_signal(bot)
    # With the signal that came last: what was shown before it is shown anew.
    seen = f"{pair}/{last}"
    if request.POST.get("confirmed") == seen:
        if not (refusal := flows.open_now(bot, pair, seen=last, by=By.of(request))):
            text = gettext("A group of %(pair)s opens within seconds, or the journal says why it does not.")
            messages.success(request, text % {"pair": pair})
            return redirect("bot_detail", public_id)
        messages.error(request, gettext("No group is opened. %(why)s") % {"why": hands.refusal(refusal)})
        return redirect("bot_open", public_id)
    plan = plans.of_opening(bot, Instrument.objects.of_pair(bot.connection, pair), pair, now=timezone.now())
    context |= {"seen": seen, "does": numbers.numbers(plan.does), "notes": [hands.note(code) for code in plan.notes]}
    context["refusal"] = hands.refusal(plan.refusal) if plan.refusal else ""
    return render(request, "strategies/hands/open.html", context, status=422 if plan.refusal else 200)
