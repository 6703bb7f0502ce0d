"""The take profit and the stop loss of one group."""

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
from strategies.bots import rules
from strategies.hands import flows, plans
from strategies.models import Group, Instrument
from strategies.models.groups import Exits
from strategies.pages.bot_form.fields import PercentField
from strategies.pages.hands import page
from strategies.pages.mine import my_group
from web.http import AuthenticatedRequest

# What is confirmed of those of the bot.
AS_BOT = "bot"
# Above the average it keeps a part of the gain.
LEAST_STOP = Decimal(-100)


class ExitsForm(forms.Form):
    """Both in percents, as the bot's settings have them."""

    take_profit = PercentField(label=_("Take profit"), help_text=_("In percent, after all fees."))
    stop_loss = PercentField(
        label=_("Stop loss"),
        required=False,
        help_text=_("In percent below the average; −1 is 1 % above it, which keeps a gain. Empty: none."),
    )

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def clean(self) -> dict[str, Any]:
        """Judge both as the bot's are judged; a stop loss may lie above the average beside."""
        values = self.cleaned_data
        stop, target = values.get("stop_loss"), values.get("take_profit")
        judged = {"take_profit": target, "trailing": self.group.bot.trailing}
        for field, text in rules.problems({name: value for name, value in judged.items() if value is not None}):
            self.add_error("take_profit" if field == "trailing" else field, text)
        most = next(most for field, _least, most, _text in rules.RANGES if field == "stop_loss")
        if stop is not None and not LEAST_STOP <= stop <= most:
            self.add_error("stop_loss", gettext("The stop loss must be from −100 to 95 percent, or empty."))
        return values


@require_http_methods(["GET", "POST"])
def exits(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show what other exits would come to, and set those that were shown."""
    group = my_group(request, public_id)
    instrument, now = Instrument.objects.of_pair(group.connection, group.pair), timezone.now()
    of_bot = Exits(group.bot.take_profit, group.bot.stop_loss)
    is_bots = "as_bot" in request.POST or request.POST.get("confirmed") == AS_BOT
    sent = request.POST if request.method == "POST" and not is_bots else None
    form = ExitsForm(sent, group=group, initial=(of_bot if is_bots else group.exits)._asdict())
    about: dict[str, Any] = {"act": "exits", "form": form, "instrument": instrument}
    if request.method == "GET" or not (is_bots or form.is_valid()):
        return page.show(request, group, **about)
    wish = of_bot if is_bots else Exits(form.cleaned_data["take_profit"], form.cleaned_data["stop_loss"])
    seen = AS_BOT if is_bots else text_of(wish)
    if request.POST.get("confirmed") != seen:
        plan = plans.of_exits(group, instrument, wish, now=now)
        return page.show(request, group, **about, plan=plan, seen=seen)
    if flows.move_exits(group, None if is_bots else wish, by=By.of(request)):
        text = gettext("%(pair)s has its take profit and stop loss. The bot goes by them from now on.")
        messages.success(request, text % {"pair": group.pair})
    else:
        messages.info(request, gettext("Nothing changed: the group is closed by now."))
    return redirect("bot_detail", group.bot.public_id)


def text_of(exits: Exits) -> str:
    """Return both as text, by which what is confirmed is what was shown."""
    return "/".join("" if value is None else f"{value.normalize():f}" for value in exits)
