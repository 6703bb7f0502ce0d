"""What a trader reads before an act by hand."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.words import reasons

NOTES = {
    "sells.at_target": _("This take profit is reached already: the bot sells within seconds."),
    "sells.at_stop": _("The price is beyond this stop loss already: the bot sells within seconds, also at a loss."),
    "more.rests": _("Your bot places limit orders: this one may wait at its price until somebody sells to it."),
    "adopt.buys": _(
        "The price is below the next add-on already: the bot may buy within seconds, all rungs that the price has "
        "passed in one order."
    ),
    "adopt.recovers": _(
        "By this price the group is in trouble already: the bot puts it into Recovery Mode, with its stricter rules "
        "and its earlier exit."
    ),
    "price.old": _("The price is not of this moment: it is sold at the market’s."),
}
# Why an act cannot be, and what can.
REFUSALS = {
    "part.too_small": _("That is less than the exchange sells. Take a larger part, or close the group."),
    "part.leaves_too_little": _(
        "What stays would be too little to be sold later. Take a smaller part, or close the group."
    ),
    "more.asked_already": _("You asked to buy another amount a moment ago. Look again in a minute."),
    "more.seen_before": _("An order of this group came in between. Look at it as it is now."),
    "more.signal_between": _("A signal came to this bot in between. Look at it as it is now."),
    "adopt.not_read": _("Your account was not read in the last minute. Look again in a moment."),
    "adopt.moving": _(
        "An order moves coins of this kind, or did a moment ago. Look again in a minute, when the account shows what "
        "is left."
    ),
    "adopt.too_few": _(
        "Your account has fewer of these coins that are free and that no group holds. Take at most what stands beside "
        "the amount."
    ),
    "adopt.above_ladder": _(
        "That cost more than the whole ladder of one of this bot’s groups. Adopt fewer coins, or let it have a larger "
        "first order or a higher margin limit."
    ),
    "risk.stress_loss": _(
        "At its stress price, or at the price now, it would have lost more than you accept of a group. Take a smaller "
        "amount, or let the bot risk more."
    ),
    "adopt.other_pair": _("The bot does not trade that pair. Choose one of its own."),
    "adopt.changed": _("What it comes to has changed since you looked. Look at it as it is now."),
    "part.no_price": _("There is no price of this pair yet, so nothing can be said of it. Try again in a moment."),
}


def note(code: str) -> str:
    return gettext(NOTES[code])


def refusal(code: str) -> str:
    return gettext(REFUSALS[code]) if code in REFUSALS else reasons.reason(code)
