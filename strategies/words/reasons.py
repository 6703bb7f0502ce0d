"""The sentences of reasons: why the engine, the exchange or a stop did or left something."""

from strategies.choices import EntrySource
from strategies.engine import decision
from strategies.words import halts
from strategies.words.numbers import in_words

# What befalls groups, signals and orders beside the engine's own decisions.
EVENTS: dict[str, str] = {
    "group.released": "You released the group: its coins stay in your account.",
    "entry.group_open": "The pair has an open group already.",
    "entry.refused": "The exchange refused the entry.",
    "entry.not_filled": "The entry found no match at its price.",
    "signal.stale": "The signal came too late to be used.",
    "signal.done": "The signal was followed.",
    "signal.no_group": "A signal asked to close, and no group of the pair is open.",
    "bot.not_running": "A signal came while the bot was not enabled.",
    "connection.online_again": "The connection is Online again, and the bot goes on by itself.",
    "exchange.paused": "Blocked: the exchange asked us to slow down.",
    "books.not_compared": "Waiting until our books are compared with the account.",
    "coin.unreadable": "Blocked: what the exchange said about a coin of this pair could not be read.",
    "market.unknown": "Waiting for the first price and the exchange’s rules of this pair.",
    "stop.orders": "All orders are stopped.",
    "order.intended": "An order was written down.",
    "order.resting": "Waiting a moment after a refusal by the exchange.",
    "order.no_authority": "Not sent: at that moment its bot, connection or exchange, or a stop, did not allow it.",
    "order.not_sent": "The order was not sent: nothing left our side.",
    "order.stale": "The order never arrived, and its reason no longer stands.",
    "order.overtaken": "Something else happened first; it is decided anew.",
    "order.too_small": "The order would be smaller than the exchange’s smallest step.",
    "order.too_many": "Blocked: more orders in a minute or a day than a bot may send.",
    "step.failed": "Blocked: what is stored of this bot cannot be reckoned with; this is our fault.",
    "fee.told": "The exchange told a fee that was only reckoned before; the result counts it now.",
    "order.late": "An order that was given up had been filled after all; it is in the books now.",
    "order.refused_funds": "The account did not have enough free money.",
    "order.refused_below_minimum": "The order was below the exchange’s minimum.",
    "order.refused_precision": "The exchange did not take so many digits.",
    "order.refused_price_band": "The price was too far from the market for the exchange.",
    "order.refused_pair_closed": "The exchange does not trade this pair at the moment.",
    "order.refused_right": "The key may not trade this.",
    "order.refused_rate_limited": "The exchange asked us to slow down and did not take the order.",
    "order.refused_other": "The exchange refused it.",
}

EVENT_NEXT = {"coin.unreadable": "Goes on when it can be read again; exits and other pairs go on meanwhile."}

DOES: dict[str, str] = {
    EntrySource.WEBHOOK: "It opens a group when one of your alerts asks for it.",
    EntrySource.TREND: "It opens a group when the trend rule asks for it.",
    EntrySource.IMMEDIATE: "It opens a group in every pair that has none, after a pause.",
}
GOES_ON = "It adds on only inside the zones, closes at the take profit, and writes down each decision with its reason."


def reason(code: str) -> str:
    """Return the sentence of a reason; a code without one is still told, never hidden."""
    return decision.REASONS.get(code) or EVENTS.get(code) or _halt(code) or in_words(code)


def beside_badge(code: str) -> str:
    """Return the sentence of a reason without the word that its badge says already."""
    text = reason(code)
    rest = text.removeprefix("Blocked: ")
    return rest[:1].upper() + rest[1:]


def whats_next(code: str) -> str:
    """Return what ends it or what is waited for; "" when the reason says it all."""
    return decision.NEXT.get(code) or EVENT_NEXT.get(code, "")


def _halt(code: str) -> str:
    found = halts.REASONS.get(code)
    return found.text[:1].upper() + found.text[1:] if found else ""
