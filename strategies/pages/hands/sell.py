"""Selling a part of a group."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.by import By
from strategies.hands import flows, plans
from strategies.models import Instrument
from strategies.pages.bot_form.fields import PercentField
from strategies.pages.hands import page
from strategies.pages.mine import my_group
from strategies.words import hands
from web.http import AuthenticatedRequest

LEAST, MOST = Decimal(1), Decimal(99)


class PartForm(forms.Form):
    share = PercentField(
        label=_("Part"), min_value=LEAST, max_value=MOST, help_text=_("In percent of what the group holds, 1 to 99.")
    )


@require_http_methods(["GET", "POST"])
def sell(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show what selling a part brings and leaves, and ask for the part that was shown."""
    group = my_group(request, public_id)
    instrument, now = Instrument.objects.of_pair(group.connection, group.pair), timezone.now()
    form = PartForm(request.POST if request.method == "POST" else None, initial={"share": 25})
    about: dict[str, Any] = {"act": "sell", "form": form, "instrument": instrument}
    if request.method == "GET" or not form.is_valid():
        return page.show(request, group, **about)
    share = form.cleaned_data["share"] / 100
    seen = f"{form.cleaned_data['share'].normalize():f}"
    if request.POST.get("confirmed") != seen:
        return page.show(request, group, **about, plan=plans.of_part(group, instrument, share, now=now), seen=seen)
    if refusal := flows.sell_part(group, share, by=By.of(request)):
        messages.error(request, gettext("Nothing is sold. %(why)s") % {"why": hands.refusal(refusal)})
        return redirect("group_sell", public_id)
    text = gettext("%(share)s %% of %(pair)s is being sold at market. Where it is possible now, it takes seconds.")
    messages.success(request, text % {"share": seen, "pair": group.pair})
    return redirect("bot_detail", group.bot.public_id)
