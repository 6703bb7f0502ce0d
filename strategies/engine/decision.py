"""What the engine answers: one action, the reason's code, and the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Action(StrEnum):
    OPEN = "open"
    ADD = "add"
    CLOSE = "close"
    WAIT = "wait"
    BLOCK = "block"
    ENTER_RECOVERY = "enter_recovery"
    LEAVE_RECOVERY = "leave_recovery"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`cost` is the order's quote money (OPEN, ADD); CLOSE is of all that the group holds.

    `quantity` is the order's amount in base, rounded down to what the exchange takes (OPEN, ADD, CLOSE).
    `numbers` are what the reason stands on, for the journal; `alarms` and `best` are to be stored with the group.
    """

    action: Action
    reason: str
    cost: Decimal | None = None
    quantity: Decimal | None = None
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    alarms: int = 0
    best: Decimal | None = None


# Every code that the engine answers with; also of a size that was refused before any group.
REASONS: dict[str, str] = {
    "entry.signal": "A signal asked to enter.",
    "entry.no_signal": "Waiting for a signal.",
    "entry.other_direction": "The signal is for the other direction.",
    "entry.paused": "New groups are paused.",
    "entry.pair_closed": "The exchange does not trade this pair at the moment.",
    "entry.not_beside_recovery": "This bot opens new groups only while a group of the pair is in Recovery Mode"
    " on another connection.",
    "entry.cool_down": "Waiting after the last group before a new one.",
    "entry.too_many_groups": "The bot already has as many groups as its risk level allows.",
    "entry.pair_in_recovery": "A group of this pair is in Recovery Mode: a new idea is kept apart from it.",
    "entry.soft_limit": "The soft margin limit leaves no room for a new group.",
    "entry.below_minimum": "The base order is below the exchange’s minimum.",
    "funds.unknown": "Blocked: the balance of the account is not known at this moment.",
    "funds.too_little": "Blocked: the account does not have enough free money for this order.",
    "add_on.zone": "The price is inside the next add-on’s zone and every rule admits it.",
    "group.state": "The group is being closed.",
    "group.paused": "Add-ons are paused.",
    "group.order_open": "An order of this group is still open.",
    "group.empty": "The group holds nothing.",
    "ladder.done": "All planned add-ons are done.",
    "zone.not_reached": "The price has not reached the next zone.",
    "zone.below_floor": "The price is beyond the floor: no add-on there.",
    "average.worse": "Blocked: the add-on would not improve the average enough.",
    "spacing.too_close": "Blocked: too close to the last fill.",
    "cool_down": "Blocked: too soon after the last fill.",
    "margin.hard_limit": "Blocked: the hard margin limit would be passed.",
    "risk.stress_loss": "Blocked: the loss under stress would pass what you accepted.",
    "size.below_minimum": "Blocked: the order, or what remains, could not be closed at the exchange’s minimum.",
    "size.risk": "The base order is larger than the loss you accept allows.",
    "size.margin": "The base order is larger than the margin limit allows.",
    "size.no_equity": "The money in the account is not known or is nothing, so no order size follows from it.",
    "market.stale": "Blocked: the market data are too old.",
    "market.no_price": "Blocked: the market has no usable price.",
    "connection.not_proven": "Blocked: the connection is not proven at this moment.",
    "order.unknown": "Blocked: an order of this group has an unknown outcome and is being looked up.",
    "liquidation.too_near": "Blocked: liquidation would be too near at the last planned add-on.",
    "exit.take_profit": "The take profit is reached.",
    "exit.trailing": "The price turned back from its best: the trailing take profit closes.",
    "exit.trailing_armed": "The take profit is reached; following the price.",
    "exit.recovery": "Recovery Mode’s take profit is reached.",
    "exit.stop_loss": "The stop loss that you set is reached.",
    "exit.signal": "A signal asked to close.",
    "exit.asked": "You asked to close at market.",
    "exit.dust": "What is left is too small for the exchange to take an order for it.",
    "recovery.last_add_ons": "Recovery Mode: nearly all add-ons are used.",
    "recovery.loss": "Recovery Mode: the open loss is large.",
    "recovery.usage": "Recovery Mode: the margin limit is nearly used.",
    "recovery.age": "Recovery Mode: the group is old.",
    "recovery.average": "Recovery Mode: the next add-on would not improve the average.",
    "recovery.asked": "Recovery Mode: you switched it on.",
    "recovery.released": "Out of Recovery Mode: you switched it off.",
    "recovery.left_break_even": "Out of Recovery Mode: the price held beyond break-even.",
    "recovery.left_calm": "Out of Recovery Mode: loss and usage are small again.",
}

_LEAVING = "It ends when the price holds beyond break-even, or when loss and usage are small again."

# What ends it, or what is waited for; a code whose reason says it all has no entry.
NEXT: dict[str, str] = {
    "entry.no_signal": "The next signal for this pair is looked at when it comes.",
    "entry.paused": "Signals are looked at again when you end the pause.",
    "entry.pair_closed": "Signals are looked at again when the exchange trades the pair.",
    "entry.not_beside_recovery": "A signal is taken when such a group is in Recovery Mode.",
    "entry.cool_down": "A signal is taken when the pause after the last group is over.",
    "entry.too_many_groups": "A signal is taken when one of the open groups has closed.",
    "entry.pair_in_recovery": "A signal is taken when that group has closed or left Recovery Mode.",
    "entry.soft_limit": "There is room when a group closes, or with a higher margin limit.",
    "entry.below_minimum": "A larger base order is needed.",
    "funds.unknown": "Goes on when the balance can be read again; exits work meanwhile.",
    "funds.too_little": "Goes on when enough is free in the account.",
    "group.state": "Done when its closing order has filled.",
    "group.paused": "Add-ons are possible again when you end the pause; exits work meanwhile.",
    "group.order_open": "Goes on when that order has filled or was cancelled.",
    "ladder.done": "The group waits for its take profit.",
    "zone.not_reached": "The next add-on waits for its price; the take profit waits for its own.",
    "zone.below_floor": "Add-ons are possible again when the price is back on this side of the floor.",
    "average.worse": "An add-on needs a price further beyond the average.",
    "spacing.too_close": "An add-on needs a price further from the last fill.",
    "cool_down": "An add-on is possible when the pause after the last fill is over.",
    "margin.hard_limit": "There is room when a group closes, or with a higher margin limit.",
    "risk.stress_loss": "The group waits for its take profit; more equity would allow the add-on.",
    "size.below_minimum": "A larger base order, or fewer add-ons, would fit.",
    "size.risk": "Take a smaller base order, fewer add-ons or another risk level.",
    "size.margin": "Take a smaller base order or a higher margin limit.",
    "size.no_equity": "Try again when the balance can be read and is not empty.",
    "market.stale": "Goes on with the next fresh price.",
    "market.no_price": "Goes on with the next usable price.",
    "connection.not_proven": "Goes on when the connection is Online again.",
    "order.unknown": "Goes on when the exchange has told what became of that order.",
    "liquidation.too_near": "More margin, or less leverage, would allow the add-on.",
    "exit.trailing_armed": "Closes when the price turns back by the trailing distance.",
    "exit.dust": "It can be closed when it is worth enough again, or by hand at the exchange.",
    "recovery.last_add_ons": "It ends when the price holds beyond break-even.",
    "recovery.loss": _LEAVING,
    "recovery.usage": _LEAVING,
    "recovery.age": "It ends when the price holds beyond break-even.",
    "recovery.average": _LEAVING,
    "recovery.asked": "It ends when you switch it off or the group closes.",
}
