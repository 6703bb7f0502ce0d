"""The sentences of messages about bots and their groups."""

from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from strategies.words.numbers import money

PRACTICE = _("[Practice] ")
# What is told: the title, and what stands below it.
TOLD: dict[str, tuple[str, str]] = {
    "group.opened": (
        _("{bot} opened {pair}"),
        _("Bought {quantity} {base} at {price} for {cost} {quote}. {why}"),
    ),
    "adopted": (
        _("{bot} adopted {pair}"),
        _("{quantity} {base} of your account at {price}, the price that you named. Nothing was bought."),
    ),
    "not_adopted": (_("{bot} let {pair} go"), "{why}"),
    "closed_adopted": (
        _("{bot} closed {pair}: {result} {quote}"),
        _(
            "Adopted and bought for {cost}, sold for {proceeds} {quote}; the result is net of fees, by the price that "
            "you named. {why}"
        ),
    ),
    "group.added": (
        _("{bot} added to {pair}"),
        _("Holds {quantity} {base} at an average of {price} now, for {cost} {quote} in all."),
    ),
    "group.closed": (
        _("{bot} closed {pair}: {result} {quote}"),
        _("Bought for {cost}, sold for {proceeds} {quote}; the result is net of fees. {why}"),
    ),
    "enter_recovery": (_("{bot}: {pair} is in Recovery Mode"), _("{why} It follows stricter rules until it is out.")),
    "leave_recovery": (_("{bot}: {pair} is out of Recovery Mode"), "{why}"),
    "exit.refused": (
        _("{bot}: {exchange} refuses to sell {pair}"),
        _(
            "{why} We go on trying. Where it does not end soon, sell the coins at {exchange} yourself and release the "
            "group."
        ),
    ),
    "bot.halted": (_("{bot} is halted"), _("On {connection}: {why}\n{step}")),
}
FEE_UNKNOWN = _("A fee in another coin is not counted yet: its worth is not known.")


def say(code: str, **facts: str) -> tuple[str, str]:
    """Return the title and the text; every name that a sentence needs is among the facts."""
    title, text = TOLD[code]
    return gettext(title).format(**facts), gettext(text).format(**facts)


def summary_title(kind: str, day: str) -> str:
    told = _("Your week until {day}") if kind == "weekly" else _("Your {day}")
    return gettext(told).format(day=day)


def summary_line(
    *,
    is_practice: bool,
    currency: str,
    result: Decimal,
    closed: int,
    won: int,
    opened: int,
    unpriced: int,
    open_result: Decimal,
) -> str:
    """Return what one purse brought, net of fees, and what is open in it now."""
    mark = gettext(PRACTICE) if is_practice else ""
    made = ngettext("{made} by {closed} closed group", "{made} by {closed} closed groups", closed)
    line = made.format(made=f"{money(result, signed=True)} {currency}", closed=closed)
    if closed:
        line += gettext(", {won} with a gain").format(won=won)
    if opened:
        rest = ngettext("{opened} open group now: {open}", "{opened} open groups now: {open}", opened)
        line += ". " + rest.format(opened=opened, open=f"{money(open_result, signed=True)} {currency}")
    if unpriced:
        line += gettext(", {unpriced} of them without a price and not counted").format(unpriced=unpriced)
    return f"{mark}{line}."


def nothing() -> str:
    return gettext("No group was closed, and none is open.")
