"""All bots of a connection together: what they may lose, what is set aside, and the page that sets the cap."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
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
from connections.models import Connection
from connections.pages.mine import my_connection
from strategies import account
from strategies.bots import flows
from strategies.models import Bot, Funds
from strategies.models.funds import CAPS, USUAL_CAP
from strategies.words import numbers
from web.http import AuthenticatedRequest

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class AllBots:
    """All bots of a connection in one quote coin as text; `missing` is "" while all that is set aside is free.

    `cap` is "" while the equity is not known; `share` is how much of it could be lost already, in whole percent.
    """

    connection: Connection
    quote: str
    percent: int
    groups: int
    at_risk: str
    cap: str
    share: int
    equity: str
    set_aside: str
    free: str
    missing: str


def together_of(connection: Connection, quotes: list[str], *, now: datetime) -> list[AllBots]:
    """Return them in two queries."""
    funds = Funds.objects.filter(connection=connection).first()
    pools = account.read({connection.pk: funds} if funds else {}, now=now)
    percent = funds.loss_cap if funds else USUAL_CAP
    found = []
    for quote in quotes:
        key = connection.pk, quote
        # What an old reading found missing may be there again by now.
        pool, missing = pools.of(key), funds.missing(quote) if funds and funds.is_known(now) else ZERO
        most = None if pool.equity is None else pool.loss_cap * pool.equity
        found.append(
            AllBots(
                connection=connection,
                quote=quote,
                percent=percent,
                groups=list(pools.keys.values()).count(key),
                at_risk=numbers.money(pool.at_risk),
                cap="" if most is None else numbers.money(most),
                share=min(100, round(100 * pool.at_risk / most)) if most else 0,
                equity=numbers.money(pool.equity),
                set_aside=numbers.money(pool.set_aside),
                free=numbers.money(pool.free),
                missing=numbers.money(missing) if missing else "",
            )
        )
    return found


class CapForm(forms.Form):
    percent = forms.IntegerField(
        label=_("Loss cap"),
        min_value=CAPS[0],
        max_value=CAPS[1],
        help_text=_("In percent of the equity, from 1 to 100."),
        error_messages={"required": _("Enter a percentage from 1 to 100.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
def cap(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Set the cap."""
    connection = my_connection(request, public_id)
    bots = list(Bot.objects.owned_by(request.user).on(connection.pk).for_list())
    together = together_of(connection, sorted({bot.quote for bot in bots if bot.quote}) or ["USDT"], now=timezone.now())
    form = CapForm(request.POST or None, initial={"percent": together[0].percent})
    if request.method == "POST" and form.is_valid():
        percent = form.cleaned_data["percent"]
        flows.set_loss_cap(connection, percent=percent, by=By.of(request))
        text = gettext("All bots of %(name)s together may lose %(percent)d %% of its equity.")
        messages.success(request, text % {"name": connection.name, "percent": percent})
        return redirect("connection_loss_cap", public_id=connection.public_id)
    context = {"connection": connection, "bots": bots, "together": together, "form": form, "usual": USUAL_CAP}
    return render(request, "strategies/account.html", context)
