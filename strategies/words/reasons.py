"""The sentences of reasons: why the engine, the exchange or a stop did or left something."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.choices import EntrySource
from strategies.words import engine, halts
from strategies.words.numbers import in_words

# What befalls groups, signals and orders beside the engine's own decisions.
EVENTS: dict[str, str] = {
    "entry.trend": _("The trend rule asked to enter: the averages crossed, and the higher time frame agrees."),
    "entry.immediate": _("The pair had no group, and the pause was over: the bot enters again by itself."),
    "entry.by_hand": _("You asked to open a group now."),
    "exits.moved": _("You moved the take profit and the stop loss of this group."),
    "exits.as_bot": _("You gave this group the take profit and the stop loss of its bot again."),
    "coins.adopted": _("You let the bot adopt these coins of your account. Nothing was bought."),
    "coins.unseen": _("Waiting until your account is read once more and shows the adopted coins: within a minute."),
    "coins.gone": _("Your account does not have the adopted coins any more: the group is released, nothing was sold."),
    "group.released": _("You released the group: its coins stay in your account."),
    "entry.group_open": _("The pair has an open group already."),
    "entry.refused": _("The exchange refused the entry."),
    "entry.not_filled": _("The entry found no match at its price."),
    "signal.stale": _("The signal came too late to be used."),
    "signal.done": _("The signal was followed."),
    "signal.restored": _("The signal waited while we restored our database from a backup, and was not followed."),
    "signal.no_group": _("A signal asked to close, and no group of the pair is open."),
    "bot.not_running": _("A signal came while the bot was not enabled."),
    "bot.winding_down": _("A signal came while the bot opens nothing new: it winds down."),
    "bot.wound_down": _("The last group is closed: the bot is off, as you asked."),
    "connection.online_again": _("The connection is Online again, and the bot goes on by itself."),
    "exchange.paused": _("Blocked: the exchange asked us to slow down."),
    "exchange.away": _("The exchange does not answer."),
    "market.frozen": _("The exchange tells an old price of this pair: it stands still while trades go on."),
    "pair.delisted": _("The exchange does not list this pair any more."),
    "pair.halted": _("The exchange has stopped the trade of this pair."),
    "books.not_compared": _("Waiting until our books are compared with the account."),
    "books.behind": _(
        "We restored our database from a backup: the exchange is asked first what was ordered since. This goes on by "
        "itself."
    ),
    "books.no_end": _(
        "We restored our database from a backup, and the exchange does not list all orders since: we do not know what "
        "the group still holds. Sell it at the exchange, then release the group."
    ),
    "coin.unreadable": _("Blocked: what the exchange said about a coin of this pair could not be read."),
    "market.unknown": _("Waiting for the first price and the exchange’s rules of this pair."),
    "stop.orders": _("All orders are stopped."),
    "order.intended": _("An order was written down."),
    "order.resting": _("Waiting a moment after a refusal by the exchange."),
    "order.found_nobody": _("The last orders found nobody at their price; the next one leaves within ten seconds."),
    "order.no_authority": _("Not sent: at that moment its bot, connection or exchange, or a stop, did not allow it."),
    "order.no_factor": _(
        "Not sent: nothing is bought with real money while your account has no second factor. Add one on its page; "
        "exits go on meanwhile."
    ),
    "order.not_sent": _("The order was not sent: nothing left our side."),
    "order.exchange_slow": _("The order was not sent: too many wait for this exchange, which is slow to answer."),
    "order.stale": _("The order never arrived, and its reason no longer stands."),
    "order.overtaken": _("Something else happened first; it is decided anew."),
    "order.too_small": _("The order would be smaller than the exchange’s smallest step."),
    "reserve.missing": _("Money that is set aside for add-ons is not free any more."),
    "order.too_many": _("Blocked: more new groups in a minute or a day than the bots of one connection may open."),
    "order.too_many_add_ons": _("Blocked: more orders to add in a day than any ladder needs; this is our fault."),
    "step.failed": _("Blocked: what is stored of this bot cannot be reckoned with; this is our fault."),
    "fill.reckoned": _(
        "More trades came in one moment than the exchange shows; the rest of the order is reckoned from its totals."
    ),
    "exit.coins_locked": _(
        "Blocked: the coins to sell are not free. They lie in an order of your own at the exchange, or were moved."
    ),
    "entry.too_little": _("The entry got less than the exchange sells again; the coins stay in your account."),
    "fee.told": _("A fee that was only reckoned, or whose worth was not known, is known now; the result counts it."),
    "dust.carried": _("What earlier groups of the pair left was carried into this one, at no cost."),
    "dust.gone": _("What earlier groups of the pair left is not in the account any more; it is forgotten."),
    "fills.above_order": _(
        "More of an order was filled than was ordered, says the exchange. All of it counts, and the bot is halted."
    ),
    "order.adopted": _("Placed before we restored our database from a backup; it is in the books again."),
    "order.late": _("An order that was given up had been filled after all; it is in the books now."),
    "order.refused_funds": _("The account did not have enough free money."),
    "order.refused_coins": _("The account did not have enough free coins to sell."),
    "order.refused_below_minimum": _("The order was below the exchange’s minimum."),
    "order.refused_precision": _("The exchange did not take so many digits."),
    "order.refused_price_band": _("The price was too far from the market for the exchange."),
    "order.refused_pair_closed": _("The exchange does not trade this pair at the moment."),
    "order.refused_right": _("The key may not trade this."),
    "order.refused_rate_limited": _("The exchange asked us to slow down and did not take the order."),
    "order.refused_other": _("The exchange refused it."),
}

EVENT_NEXT = {
    "coin.unreadable": _("Goes on when it can be read again; exits and other pairs go on meanwhile."),
    "exchange.away": _(
        "Nothing can be bought or sold until it answers, not even at a stop loss; then the bot goes on by itself, with "
        "a close that was asked for too. The exchange’s status page says how long it may take."
    ),
    "market.frozen": _(
        "Nothing is bought or sold by it, not even at a stop loss: look at the exchange yourself. A close that you ask "
        "for is sent all the same, and the bot goes on with the first price that moves."
    ),
    "pair.delisted": _(
        "Nothing is bought of it, and a sale, also one that you asked for, will most likely be refused. Sell or "
        "withdraw the coins at the exchange while it allows that, then release the group."
    ),
    "pair.halted": _(
        "Nothing is bought of it; an exit that is due, also one that you asked for, is tried until the exchange takes "
        "it. There is nothing to do but wait; what the exchange announces says how long."
    ),
    "reserve.missing": _("Nothing stops. Without that money the last add-ons cannot be bought."),
}

DOES: dict[str, str] = {
    EntrySource.WEBHOOK: _("It opens a group when one of your alerts asks for it."),
    EntrySource.TREND: _("It opens a group when the trend rule asks for it."),
    EntrySource.IMMEDIATE: _("It opens a group in every pair that has none, after a pause."),
}
GOES_ON = _(
    "It adds on only inside the zones, closes at the take profit, and writes down each decision with its reason."
)


def does(entry_source: str) -> str:
    """Return what a bot without a group does."""
    return gettext(DOES[entry_source])


def goes_on() -> str:
    return gettext(GOES_ON)


def reason(code: str) -> str:
    """Return the sentence of a reason; a code without one is still told, never hidden."""
    text = engine.REASONS.get(code) or EVENTS.get(code)
    return gettext(text) if text else _halt(code) or in_words(code)


def beside_badge(code: str) -> str:
    """Return the sentence of a reason without the word that its badge says already."""
    text = reason(code)
    rest = text.removeprefix(gettext("Blocked: "))
    return rest[:1].upper() + rest[1:]


def whats_next(code: str) -> str:
    """Return what ends it or what is waited for; "" when the reason says it all."""
    text = engine.NEXT.get(code) or EVENT_NEXT.get(code)
    return gettext(text) if text else ""


def _halt(code: str) -> str:
    if code not in halts.REASONS:
        return ""
    text = halts.reason_for(code).text
    return text[:1].upper() + text[1:]
