"""The sentences of sizes: why no group can open, and what would be enough."""

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.engine.sizing import Sizing
from strategies.words import numbers

REFUSALS = {
    "size.no_equity": _("No group can open: there is no {quote} in this account."),
    "size.below_minimum": _(
        "No group can open: the first order must be at least {smallest} for every order to be taken."
    ),
    "size.coarse_lots": _(
        "No group can open: the first order must be at least {smallest}. Of less, what the fee leaves beside whole lots"
        " cannot be sold at once, and puts break-even far beyond the take profit."
    ),
    "size.risk": _("No group can open: the first order is larger than the risk level allows, which is {largest}."),
    "size.margin": _("No group can open: the first order is larger than the margin limit allows, which is {largest}."),
}


def refusal(sizing: Sizing, quote: str) -> str:
    """Return why a ladder of this size cannot be."""
    return gettext(REFUSALS[sizing.reason]).format(
        largest=f"{numbers.at_most(sizing.largest)} {quote}",
        smallest=f"{numbers.at_least(sizing.smallest)} {quote}",
        quote=quote,
    )


def helps(sizing: Sizing, quote: str) -> Iterator[str]:
    """Yield what would be enough, each by itself."""
    if sizing.needed_equity is not None:
        money = f"{numbers.at_least(sizing.needed_equity)} {quote}"
        yield gettext("%(money)s in the account would be enough.") % {"money": money}
    if sizing.needed_margin is not None:
        money = f"{numbers.at_least(sizing.needed_margin)} {quote}"
        yield gettext("A margin limit of %(money)s would be enough.") % {"money": money}
    if sizing.fits_add_ons == 0:
        yield gettext("Without add-ons it would fit.")
    elif sizing.fits_add_ons is not None:
        text = gettext("A ladder of at most %(most)d add-ons would fit: take fewer, or a lower risk level.")
        yield text % {"most": sizing.fits_add_ons}
