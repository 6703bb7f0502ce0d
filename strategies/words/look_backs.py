"""What a trader reads about a look back: why there is none, and what it cannot know."""

from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from exchanges.proven import plain
from strategies.words import numbers, reasons

PROBLEMS = {
    "look_back.no_rules": _("The exchange’s rules for these pairs are being read. It goes on by itself."),
    "look_back.no_candles": _("The exchange has no candles of this time. Look back on fewer months."),
    "look_back.few_candles": _(
        "More than a tenth of the minutes are missing at the exchange, so a result would be of another market. Look"
        " back on fewer months."
    ),
    "look_back.given_up": _("It was tried ten times without coming to an end. Ask for it again later."),
}
# Why there is no map of settings.
MAPS = {
    "map.few_candles": _("The minutes that it stands on are not kept any more. Look back again, then map."),
    "map.changed": _("The bot’s settings were changed since this look back. Look back again, then map."),
    "map.one_setting": _("Of the settings that can be moved in small steps this bot uses but one."),
    "map.too_long": _("These settings trade so often that a map would take too long. Look back on fewer months."),
    "map.failed": _("It could not be reckoned. We have been told; ask again later."),
}
# Why there is no glimpse beside the form. What no bot can have here is offered on its page.
GLIMPSES = {
    "glimpse.no_candles": _("No candles of these pairs are kept here yet, at least no week that all of them share."),
    "glimpse.no_rules": _("The exchange’s rules for these pairs are not read yet."),
    "glimpse.many_pairs": _("More than six pairs are too many to be looked back at while you type."),
    "glimpse.few_candles": _("More than a tenth of the minutes that are kept here are missing."),
    "glimpse.too_many": _("You asked very often. In some minutes it goes on."),
    "glimpse.too_long": _("These settings trade so often that it would take too long while you type."),
    "glimpse.failed": _("With these settings it could not be reckoned. We have been told."),
    "glimpse.slow": _("The worker that looks back has not answered for half a minute. Change a setting to ask again."),
}
# What to do where the form itself cannot help.
ON_ITS_PAGE = frozenset(
    {"glimpse.no_candles", "glimpse.no_rules", "glimpse.many_pairs", "glimpse.few_candles", "glimpse.too_long"}
)
AWAY = _("The exchange does not answer now. It is asked again by itself.")
# How new groups came about, where not right after the pause.
NO_ALERTS = _(
    "None of your alerts of this time are known. Here a new group opens as soon as the pause after the last one is"
    " over."
)
ALERTS = _(
    "New groups open where your alerts asked for them: %(count)d in this time, the first at %(first)s UTC, each decided"
    " upon at the next minute’s open. Alerts are kept for %(days)d days; before the first one nothing opens."
)
CLOSINGS = _("%(count)d of your alerts asked to close, and are followed too.")
TREND = _(
    "New groups open where the trend rule asks, by the code that your bot runs: on candles of %(own)d and %(higher)d"
    " minutes, made of these minutes, each once it has ended. %(days)d days before the beginning were read for its"
    " averages."
)
NO_TREND_YET = _(
    "The exchange has fewer than the %(days)d days before that the averages stand on. As long as one lacks candles, the"
    " rule asks for nothing, as it does of a pair that is new."
)
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
# Settings that are moved a little: what each is called, and what its figure is.
SETTINGS = {
    "take_profit": (_("Take profit"), "share"),
    "first_step": (_("First step"), "share"),
    "base_order": (_("First order"), "money"),
    "accepted_loss": (_("Accepted loss"), "share"),
    "margin_limit": (_("Margin limit"), "money"),
    "add_ons": (_("Number of add-ons"), "count"),
    "stop_loss": (_("Stop loss"), "share"),
    "trailing": (_("Trailing"), "share"),
    "volume_scale": (_("Volume scale"), "factor"),
    "step_scale": (_("Step scale"), "factor"),
    "re_entry_minutes": (_("Pause before a new group"), "minutes"),
    "cool_down_minutes": (_("Cool-down"), "minutes"),
    "fee": (_("Fee"), "share"),
    "slippage": (_("Slippage"), "share"),
}
# Why a real group and its replay part; what names a reason is followed by it.
CAUSES = {
    "asked": _("It was asked for, and no price leads there:"),
    "moved": _("Its settings or exits were changed since; the replay has them as they are now."),
    "halted": _("The bot did not trade then:"),
    "refused": _("An order was tried then and came to nothing:"),
    "held_back": _("The bot waited then:"),
    "limits": _("The replay was held back, by the money, fees and rules of today:"),
    "brief": _(
        "The price was there for less than a minute. Your bot looks once a second, and an order takes its time to reach"
        " the exchange."
    ),
    "not_in_candles": _(
        "The candles do not show such a price. They are made of trades, and your bot decides by what is bid and asked."
    ),
    "unknown": _("Nothing that is kept explains it."),
}
WITH_REASON = frozenset({"asked", "halted", "refused", "held_back", "limits"})
# What is said of a whole bot that did not trade.
STOOD_STILL = {"bot.halted": _("it was halted"), "bot.disabled": _("it was switched off")}


def problem(code: str) -> str:
    """Return why there is no result yet, or none at all; an exchange’s own trouble is that it is away."""
    return gettext(PROBLEMS.get(code, AWAY))


def no_map(code: str) -> str:
    return gettext(MAPS[code])


def glimpse(code: str, *, is_saved: bool) -> str:
    """Return why there is no glimpse, and what leads to an answer all the same."""
    why = gettext(GLIMPSES[code])
    if code not in ON_ITS_PAGE:
        return why
    page = (
        gettext("Look back on the bot’s page: what is missing is fetched there.")
        if is_saved
        else gettext("Save the bot, then look back on its page: what is missing is fetched there.")
    )
    return f"{why} {page}"


def cause(code: str, reason: str) -> str:
    """Return why a real group and its replay part; `reason` is a code of reasons.py, of its orders or its bot."""
    text = gettext(CAUSES[code])
    if code not in WITH_REASON or not reason:
        return text.rstrip(":") + "." if text.endswith(":") else text
    still = STOOD_STILL.get(reason)
    return f"{text} {gettext(still) + '.' if still else reasons.reason(reason)}"


def unknown(code: str) -> str:
    return gettext(UNKNOWN[code])


def setting(name: str) -> str:
    """Return what a setting that is moved is called."""
    return gettext(SETTINGS[name][0])


def setting_at(name: str, value: Decimal, quote: str) -> str:
    """Return where a setting was moved to."""
    kind = SETTINGS[name][1]
    if kind == "minutes":
        return ngettext("%(count)s minute", "%(count)s minutes", int(value)) % {"count": plain(round(value, 1))}
    shown = {
        "share": numbers.percent(value),
        "money": f"{numbers.money(value)} {quote}",
        "factor": f"× {plain(round(value, 4))}",
    }
    return shown.get(kind, plain(value))
