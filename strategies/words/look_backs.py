"""What a trader reads about a look back: why there is none, and what it cannot know."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

PROBLEMS = {
    "look_back.no_rules": _("The exchange’s rules for these pairs are being read. It goes on by itself."),
    "look_back.no_candles": _("The exchange has no candles of this time. Look back on fewer months."),
    "look_back.few_candles": _(
        "More than a tenth of the minutes are missing at the exchange, so a result would be of another market. Look"
        " back on fewer months."
    ),
    "look_back.given_up": _("It was tried ten times without coming to an end. Ask for it again later."),
}
AWAY = _("The exchange does not answer now. It is asked again by itself.")
UNKNOWN = {
    "shorter_than_a_second": _("A price that was there for less than a second: your bot looks once a second."),
    "refused_or_partly_filled": _("Orders that the exchange would have refused, or filled in part only."),
    "late_candles": _("Candles that reach your bot some seconds late."),
    "other_bots": _("Other bots that use the same money."),
    "rules_and_fees_of_today": _("What minimums, steps, fees and the spread were then: those of today are taken."),
    "order_within_a_minute": _(
        "Whether a minute’s lowest or highest price came first: both are reckoned, and the worse result is shown."
    ),
}


def problem(code: str) -> str:
    """Return why there is no result yet, or none at all; an exchange’s own trouble is that it is away."""
    return gettext(PROBLEMS.get(code, AWAY))


def unknown(code: str) -> str:
    return gettext(UNKNOWN[code])
