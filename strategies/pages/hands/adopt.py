"""Letting a bot adopt coins that lie in its account already: the reverse of releasing a group."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.by import By
from strategies import inputs
from strategies.execution.coins import FreeCoins
from strategies.hands import adopting, flows
from strategies.models import Bot, Instrument
from strategies.pages.bot_form.fields import MoneyField
from strategies.pages.mine import my_bot
from strategies.words import hands, numbers
from web.http import AuthenticatedRequest

SMALLEST = Decimal("1e-8")


class CoinsForm(forms.Form):
    quantity = MoneyField(label=_("Amount"), min_value=SMALLEST)
    price = MoneyField(
        label=_("Price paid for a coin"),
        min_value=SMALLEST,
        help_text=_(
            "What stands here is the price now. Take profit, add-ons and the result are reckoned from the price that "
            "you name: nobody checks it."
        ),
    )


@require_http_methods(["GET", "POST"])
def adopt(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show what a group of coins of the account would be, and open the one that was shown."""
    bot, now = my_bot(request, public_id), timezone.now()
    taken = set(bot.groups.open().values_list("pair", flat=True))
    pairs = [pair for pair in bot.pairs if pair not in taken]
    pair = request.POST.get("pair") or request.GET.get("pair") or next(iter(pairs), "")
    context: dict[str, Any] = {"bot": bot, "pairs": pairs}
    if pair not in pairs:
        context["refusal"] = hands.refusal("entry.group_open" if pair in taken else "adopt.other_pair")
        status = 422 if request.method == "POST" else 200
        return render(request, "strategies/hands/adopt.html", context, status=status)
    instrument, free = Instrument.objects.of_pair(bot.connection, pair), adopting.free_in(bot, pair, now=now)
    form = CoinsForm(request.POST if request.method == "POST" else None, initial=_initial(instrument, free))
    context |= {"pair": pair, "base": pair.partition("/")[0], "form": form, "free": numbers.amount(free.quantity)}
    context["unknown"] = hands.refusal(free.refusal) if free.refusal else ""
    if request.method == "GET" or not form.is_valid():
        return render(request, "strategies/hands/adopt.html", context, status=200 if request.method == "GET" else 422)
    return _show_or_adopt(request, bot, context, instrument, now)


def _show_or_adopt(
    request: AuthenticatedRequest, bot: Bot, context: dict[str, Any], instrument: Instrument | None, now: datetime
) -> HttpResponse:
    pair, coins = context["pair"], context["form"].cleaned_data
    if seen := request.POST.get("confirmed", ""):
        if not (refusal := flows.adopt_coins(bot, pair, **coins, seen=seen, by=By.of(request))):
            text = gettext("The bot adopts %(coins)s of %(pair)s. It looks after them once your account shows them.")
            messages.success(request, text % {"coins": numbers.amount(coins["quantity"]), "pair": pair})
            return redirect("bot_detail", bot.public_id)
        if refusal != "adopt.changed":
            messages.error(request, gettext("Nothing is adopted. %(why)s") % {"why": hands.refusal(refusal)})
            return redirect(f"{reverse('bot_adopt', args=[bot.public_id])}?pair={pair}")
        context["refusal"] = hands.refusal(refusal)
    plan = adopting.of_coins(bot, instrument, pair, **coins, now=now)
    context |= {"does": numbers.numbers(plan.does), "notes": [hands.note(code) for code in plan.notes]}
    if plan.refusal:
        context["refusal"] = hands.refusal(plan.refusal)
    else:
        context["seen"] = plan.seen
    return render(request, "strategies/hands/adopt.html", context, status=422 if context.get("refusal") else 200)


def _initial(instrument: Instrument | None, free: FreeCoins) -> dict[str, str]:
    """Return what can be sold of the free coins, and what that would bring a coin now."""
    if instrument is None:
        return {}
    whole = inputs.rules_of(instrument).amount(free.quantity).quantize(SMALLEST, ROUND_DOWN)
    price = instrument.bid or instrument.price
    shown = {"quantity": whole, "price": price.quantize(SMALLEST, ROUND_DOWN) if price else None}
    return {name: f"{value.normalize():f}" for name, value in shown.items() if value}
