"""The words for what bots did: actions, reasons, refusals of orders, and the names of the numbers behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategies import reasons, showing
from strategies.choices import EntrySource, StopLevel
from strategies.engine import decision


@dataclass(frozen=True)
class Look:
    """A badge: its word, colour and icon."""

    label: str
    css: str
    icon: str


# The engine's actions, orders by what they are for, and what became of them.
ACTIONS: dict[str, Look] = {
    "entry": Look("Entry", "run", "plus"),
    "add_on": Look("Add-on", "run", "layers"),
    "exit": Look("Exit", "run", "log-out"),
    "closed": Look("Closed", "ok", "circle-check"),
    "block": Look("Blocked", "warn", "ban"),
    "wait": Look("Waiting", "", "hourglass"),
    "enter_recovery": Look("Into recovery", "warn", "shield-alert"),
    "leave_recovery": Look("Out of recovery", "ok", "shield-check"),
    "refused": Look("Refused", "bad", "ban"),
    "dropped": Look("Not sent", "warn", "circle-minus"),
    "late": Look("Filled late", "warn", "history"),
    "fee": Look("Fee told", "", "info"),
    "halted": Look("Halted", "bad", "octagon-alert"),
    "went_on": Look("Went on", "ok", "circle-play"),
}

MODES: dict[str, Look] = {
    "normal": Look("Normal", "ok", "activity"),
    "recovery": Look("Recovery Mode", "warn", "shield-alert"),
    "closing": Look("Closing", "run", "loader-circle"),
    "closed": Look("Closed", "", "circle-check"),
    "released": Look("Released", "", "log-out"),
}

ORDER_STATES: dict[str, Look] = {
    "intended": Look("Written down", "run", "clock"),
    "sent": Look("Sent", "run", "clock"),
    "unknown": Look("Being looked up", "warn", "search"),
    "open": Look("At the exchange", "run", "hourglass"),
    "absent": Look("Never arrived", "warn", "circle-help"),
    "filled": Look("Filled", "ok", "circle-check"),
    "canceled": Look("Canceled", "", "circle-minus"),
    "refused": Look("Refused", "bad", "ban"),
    "dropped": Look("Not sent", "", "circle-minus"),
}

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

STOPS: dict[str, str] = {
    StopLevel.ENTRIES: "No new groups. Open groups go on: they may still add on and close.",
    StopLevel.ADD_ONS: "No new groups and no add-ons. Open groups still close at their take profit or stop loss.",
    StopLevel.ORDERS: "No order is sent, exits neither. Open groups stay as they are until this ends.",
}

DOES: dict[str, str] = {
    EntrySource.WEBHOOK: "It opens a group when one of your alerts asks for it.",
    EntrySource.TREND: "It opens a group when the trend rule asks for it.",
    EntrySource.IMMEDIATE: "It opens a group in every pair that has none, after a pause.",
}
GOES_ON = "It adds on only inside the zones, closes at the take profit, and writes down each decision with its reason."

Show = Callable[[Decimal], str]


def _seconds(value: Decimal) -> str:
    return f"{value:,.0f}{showing.GAP}s"


# name in the journal: what it is called, how it is shown
NUMBERS: dict[str, tuple[str, Show]] = {
    "price": ("Price", showing.price),
    "bid": ("Bid", showing.price),
    "ask": ("Ask", showing.price),
    "average": ("Average", showing.price),
    "break_even": ("Break-even", showing.price),
    "to_break_even": ("To break-even", showing.percent),
    "open_loss": ("Open loss", showing.percent),
    "take_profit": ("Take profit", showing.price),
    "next_add_on": ("Next add-on", showing.price),
    "next_cost": ("Its cost", showing.money),
    "improvement": ("Improvement", showing.percent),
    "improvement_needed": ("Needed", showing.percent),
    "distance": ("Distance", showing.percent),
    "distance_needed": ("Needed", showing.percent),
    "seconds_left": ("Time left", _seconds),
    "at_work": ("At work", showing.money),
    "soft_limit": ("Soft limit", showing.money),
    "hard_limit": ("Hard limit", showing.money),
    "usage": ("Of the limit", showing.percent),
    "stress_price": ("Stress price", showing.price),
    "stress_loss": ("Stress loss", showing.money),
    "accepted_loss": ("Accepted loss", showing.money),
    "needed": ("Needed", showing.money),
    "free": ("Free", showing.money),
    "least_order": ("Least order", showing.money),
    "minimum_cost": ("Least order", showing.money),
    "floor": ("Floor", showing.price),
    "liquidation": ("Liquidation", showing.price),
    "last_add_on": ("Last add-on", showing.price),
    "base": ("First order", showing.money),
    "ladder_total": ("Whole ladder", showing.money),
    "held": ("Held", showing.amount),
    "quantity": ("Quantity", showing.amount),
    "filled": ("Filled", showing.amount),
    "cost": ("Cost", showing.money),
    "limit": ("Worst price", showing.price),
    "proceeds": ("Proceeds", showing.money),
    "dust": ("Dust left", showing.amount),
    "largest": ("Largest order", showing.money),
    "smallest": ("Smallest order", showing.money),
    "result": ("Result", showing.money),
}


def action(code: str) -> Look:
    return ACTIONS.get(code) or Look(_in_words(code), "", "info")


def reason(code: str) -> str:
    """Return the sentence of a reason; a code without one is still told, never hidden."""
    return decision.REASONS.get(code) or EVENTS.get(code) or _halt(code) or _in_words(code)


def beside_badge(code: str) -> str:
    """Return the sentence of a reason without the word that its badge says already."""
    text = reason(code)
    rest = text.removeprefix("Blocked: ")
    return rest[:1].upper() + rest[1:]


def whats_next(code: str) -> str:
    """Return what ends it or what is waited for; "" when the reason says it all."""
    return decision.NEXT.get(code) or EVENT_NEXT.get(code, "")


def numbers(values: Mapping[str, Decimal]) -> list[tuple[str, str]]:
    """Return each number behind a decision as its name and how it is shown, in the table's order."""
    order = {name: place for place, name in enumerate(NUMBERS)}
    names = sorted(values, key=lambda name: order.get(name, len(order)))
    return [_number(name, values[name]) for name in names]


def _number(name: str, value: Decimal) -> tuple[str, str]:
    label, show = NUMBERS.get(name, (_in_words(name), showing.amount))
    return label, show(value)


def _halt(code: str) -> str:
    found = reasons.REASONS.get(code)
    return found.text[:1].upper() + found.text[1:] if found else ""


def _in_words(code: str) -> str:
    words = code.replace("_", " ").replace(".", ": ").strip()
    return words[:1].upper() + words[1:]
