"""An order that is wanted, and its terms: at what price at worst, and how much of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchanges import registry
from strategies.choices import OrderKind, Purpose
from strategies.engine.decide import PART
from strategies.engine.ladder import Ladder
from strategies.models import Bot, Group, Signal
from strategies.models.market import Instrument

ZERO = Decimal(0)
# How much worse than the best price an order may be filled, where the exchange takes orders that far from it.
SLIPPAGE = Decimal("0.005")
# A trader that asks to be sold out at market means it.
SLIPPAGE_OUT = Decimal("0.02")
# These exits may wait for their price. The other that has one, a trailing take profit, follows a price that falls.
PATIENT = ("exit.take_profit", "exit.recovery")


@dataclass(frozen=True)
class NewGroup:
    """The group that an entry opens: the ladder that it begins, and the signal that asked for it."""

    ladder: Ladder
    signal: Signal | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One order that the engine asked for; `cost` in quote money for buys, `numbers` are the decision's.

    `most` is how much an exit may sell where not all that is held is free; None: all of it.
    """

    bot: Bot
    purpose: Purpose
    reason: str
    pair: str
    instrument: Instrument
    numbers: Mapping[str, Decimal]
    group: Group | NewGroup
    cost: Decimal = Decimal(0)
    step: int = 0
    most: Decimal | None = None


def is_immediate(wanted: Wanted) -> bool:
    """Stops and closing are market orders whatever the bot's setting says."""
    is_patient = wanted.purpose != Purpose.EXIT or wanted.reason in PATIENT
    return not (wanted.bot.order_kind == OrderKind.LIMIT and is_patient)


def price_of(wanted: Wanted) -> Decimal:
    """Return the worst acceptable price, on the exchange's price step; never 0, and an exit's own price is not missed.

    It is never further from the best price than promised. Where one step is more than that, it is the best price
    itself, but for exits that sell at whatever price it takes: these go one step beyond, as long as there is one.
    """
    instrument, step = wanted.instrument, wanted.instrument.price_step
    if wanted.purpose != Purpose.EXIT:
        ask = instrument.ask or instrument.price or ZERO
        highest = ask * (1 + _reach(instrument, SLIPPAGE)) if is_immediate(wanted) else ask
        return max(_stepped(highest, step, ROUND_FLOOR), _stepped(ask, step, ROUND_CEILING))
    bid = instrument.bid or instrument.price or ZERO
    reach = _reach(wanted.instrument, SLIPPAGE if wanted.reason in PATIENT else SLIPPAGE_OUT)
    best = max(_stepped(bid, step, ROUND_FLOOR), step or ZERO)
    worst = min(_stepped(bid * (1 - reach), step, ROUND_CEILING), best)
    if wanted.reason not in PRICED:
        # Not further than the exchange lets prices go: it would refuse the order.
        may_step = step is not None and worst == best > step and (reach == SLIPPAGE_OUT or step <= bid * reach)
        return best - step if step and may_step else worst
    target = _stepped(min(wanted.numbers.get(PRICED[wanted.reason], bid), bid), step, ROUND_CEILING)
    return max(target, worst) if is_immediate(wanted) else target


def _reach(instrument: Instrument, slippage: Decimal) -> Decimal:
    """Return the slippage, or how far the exchange lets prices go: an exit that it refused would sell nothing."""
    reach = registry.get(instrument.exchange).trading.reach
    return slippage if reach is None else min(slippage, reach)


def quantity_of(wanted: Wanted, price: Decimal) -> Decimal:
    """Return the quantity on the exchange's step: what the money buys at the worst price, or all that is held.

    Of a part what is not sold of it.
    """
    step = wanted.instrument.amount_step
    if wanted.purpose == Purpose.EXIT:
        held = wanted.group.held if isinstance(wanted.group, Group) else Decimal(0)
        if wanted.reason == PART and isinstance(wanted.group, Group) and wanted.group.sell_to is not None:
            held = min(held, wanted.group.sell_to - wanted.group.sold)
        return _stepped(held if wanted.most is None else min(held, wanted.most), step, ROUND_FLOOR)
    return _stepped(wanted.cost / price, step, ROUND_FLOOR) if price > 0 else Decimal(0)


def _stepped(value: Decimal, step: Decimal | None, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding) * step if step else value


# These exits are for a price, which of the decision's numbers names: never sold below it, and what is left goes on
# waiting for it. The others go on until all is sold.
PRICED = {"exit.take_profit": "take_profit", "exit.recovery": "take_profit", "exit.trailing": "break_even"}
