"""Letting a group buy more at once."""

from decimal import ROUND_DOWN, Decimal
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
from strategies.models import Instrument, Order
from strategies.pages.bot_form.fields import MoneyField
from strategies.pages.hands import page
from strategies.pages.mine import my_group
from strategies.pairs import quote_of
from strategies.words import hands, numbers
from web.http import AuthenticatedRequest

SMALLEST = Decimal("1e-8")


class BuyMoreForm(forms.Form):
    cost = MoneyField(
        label=_("Amount"),
        min_value=SMALLEST,
        help_text=_(
            "In quote money. What stands here is the next rung of the ladder; take another amount if you like."
        ),
    )


@require_http_methods(["GET", "POST"])
def add(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show what buying more comes to, and ask for what was shown."""
    group = my_group(request, public_id)
    instrument, now = Instrument.objects.of_pair(group.connection, group.pair), timezone.now()
    rung = plans.next_rung(group)
    # Rounded down: never more than is left of the ladder.
    initial = {"cost": "" if rung is None else f"{rung.quantize(SMALLEST, ROUND_DOWN).normalize():f}"}
    form = BuyMoreForm(request.POST if request.method == "POST" else None, initial=initial)
    about: dict[str, Any] = {"act": "add", "form": form, "instrument": instrument}
    if request.method == "GET" or not form.is_valid():
        return page.show(request, group, **about)
    cost, last = form.cleaned_data["cost"], Order.objects.next_number(group.pk) - 1
    # With the order that came last: what was shown before it is shown anew.
    seen = f"{cost.normalize():f}/{last}"
    if request.POST.get("confirmed") != seen:
        return page.show(request, group, **about, plan=plans.of_add(group, instrument, cost, now=now), seen=seen)
    if refusal := flows.add_now(group, cost, seen=last, by=By.of(request)):
        messages.error(request, gettext("Nothing is bought. %(why)s") % {"why": hands.refusal(refusal)})
        return redirect("group_add", public_id)
    told = {"cost": numbers.money(cost), "quote": quote_of(group.pair), "pair": group.pair}
    text = gettext("%(pair)s buys for %(cost)s %(quote)s within seconds, or its page says why it does not.")
    messages.success(request, text % told)
    return redirect("bot_detail", group.bot.public_id)
