"""How numbers are shown: as many digits as mean something, a true minus, groups of three."""

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from exchanges.proven import plain

MINUS, GAP = "−", "\N{NO-BREAK SPACE}"
NOTHING = "–"
ONE = Decimal(1)
# Significant figures: of prices and money below 1, and of amounts of coins.
OF_PRICES, OF_SMALL_MONEY, OF_AMOUNTS = 6, 4, 8
# By how many zeros a short number is short of them.
UNITS = {0: "", 3: "k", 6: "M"}
# Room for any sum of money with its decimals.
WIDE = 60


def money(value: Decimal | None, *, signed: bool = False) -> str:
    """Return two decimals from 1 up, four figures below it: 1,234.50 and 0.0001234."""
    if value is None:
        return NOTHING
    return _signed(_trimmed(abs(value), _decimals(value)), value, signed=signed)


def short(value: Decimal) -> str:
    """Return a result in few signs, for a narrow cell: three figures, thousands as k, millions as M."""
    return _signed(brief(abs(value)), value, signed=True)


def brief(value: Decimal) -> str:
    """Return an amount of money in few signs, without one of its own."""
    scale = next((one for one in (6, 3) if value >= ONE.scaleb(one)), 0)
    size = value.scaleb(-scale)
    decimals = max(0, min(2, 2 - size.adjusted())) if size else 0
    return f"{size:,.{decimals}f}{UNITS[scale]}"


def at_most(value: Decimal) -> str:
    """Return money rounded down: typed again, it does not pass the limit that it is."""
    return money(_rounded(value, ROUND_DOWN))


def at_least(value: Decimal) -> str:
    return money(_rounded(value, ROUND_UP))


def price(value: Decimal | None, step: Decimal | None = None) -> str:
    """Return a price with the decimals of the exchange's price step, without one with six figures."""
    if value is None:
        return NOTHING
    if step:
        return _signed(f"{abs(value):,.{max(0, -int(step.normalize().as_tuple().exponent))}f}", value)
    return _signed(_trimmed(abs(value), OF_PRICES - 1 - value.adjusted()), value)


def amount(value: Decimal | None) -> str:
    """Return an amount of coins, to eight figures and without idle zeros."""
    if value is None:
        return NOTHING
    decimals = max(0, OF_AMOUNTS - 1 - value.adjusted())
    return _signed(plain(Decimal(f"{abs(value):.{decimals}f}")), value)


def percent(share: Decimal | None, *, signed: bool = False) -> str:
    """Return a share as percent: 0.0123 is 1.23 %."""
    if share is None:
        return NOTHING
    shown = f"{abs(share) * 100:,.2f}"
    return _signed(f"{shown}{GAP}%", share, signed=signed)


def round_percent(share: Decimal) -> str:
    """Return a share as percent without idle decimals: 0.02 is 2 %."""
    return f"{plain(round(share * 100, 2))}{GAP}%"


def _decimals(value: Decimal) -> int:
    return 2 if not value or abs(value) >= ONE else OF_SMALL_MONEY - 1 - value.adjusted()


def _rounded(value: Decimal, rounding: str) -> Decimal:
    return value.quantize(ONE.scaleb(-_decimals(value)), context=Context(prec=WIDE, rounding=rounding))


def _trimmed(value: Decimal, decimals: int) -> str:
    """Write with so many decimals, then drop zeros behind the second one."""
    whole, _, rest = f"{value:,.{max(2, decimals)}f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _signed(shown: str, value: Decimal, *, signed: bool = False) -> str:
    """Put the sign before it; what is shown as nothing has none."""
    if not any(digit in shown for digit in "123456789"):
        return shown
    return f"{MINUS}{shown}" if value < 0 else f"+{shown}" if signed else shown


def tone_of(result: Decimal | None) -> str:
    """Return the colour class of a gain or a loss."""
    if not result:
        return ""
    return "gain" if result > 0 else "loss"


Show = Callable[[Decimal], str]


def _seconds(value: Decimal) -> str:
    return f"{value:,.0f}{GAP}s"


# name in the journal: what it is called, how it is shown
NUMBERS: dict[str, tuple[str, Show]] = {
    "price": (_("Price"), price),
    "bid": (_("Bid"), price),
    "ask": (_("Ask"), price),
    "average": (_("Average"), price),
    "break_even": (_("Break-even"), price),
    "to_break_even": (_("To break-even"), percent),
    "open_loss": (_("Open loss"), percent),
    "take_profit": (_("Take profit"), price),
    "take_profit_share": (_("Take profit"), percent),
    "stop_loss_price": (_("Stop loss"), price),
    "stop_loss_share": (_("Stop loss"), percent),
    "next_add_on": (_("Next add-on"), price),
    "next_cost": (_("Its cost"), money),
    "rungs": (_("Rungs at once"), amount),
    "improvement": (_("Improvement"), percent),
    "improvement_needed": (_("Needed"), percent),
    "distance": (_("Distance"), percent),
    "distance_needed": (_("Needed"), percent),
    "seconds_left": (_("Time left"), _seconds),
    "at_work": (_("At work"), money),
    "soft_limit": (_("Soft limit"), money),
    "hard_limit": (_("Hard limit"), money),
    "usage": (_("Of the limit"), percent),
    "stress_price": (_("Stress price"), price),
    "stress_loss": (_("Stress loss"), money),
    "held_loss": (_("Its loss there"), money),
    "accepted_loss": (_("Accepted loss"), money),
    "needed": (_("Needed"), money),
    "free": (_("Free"), money),
    "set_aside": (_("Set aside for others"), money),
    "reserved": (_("Set aside"), money),
    "at_risk": (_("All bots could lose"), money),
    "loss_cap": (_("They may lose"), money),
    "least_order": (_("Least order"), money),
    "minimum_cost": (_("Least order"), money),
    "ladder_left": (_("Left of the ladder"), money),
    "floor": (_("Floor"), price),
    "liquidation": (_("Liquidation"), price),
    "last_add_on": (_("Last add-on"), price),
    "base": (_("First order"), money),
    "ladder_total": (_("Whole ladder"), money),
    "ladder_coins": (_("Coins for that"), amount),
    "held": (_("Held"), amount),
    "free_coins": (_("Free to sell"), amount),
    "quantity": (_("Quantity"), amount),
    "filled": (_("Filled"), amount),
    "cost": (_("Cost"), money),
    "limit": (_("Worst price"), price),
    "add_on_price": (_("At about"), price),
    "brings": (_("It brings"), money),
    "part_cost": (_("That part cost"), money),
    "part_result": (_("Result of the part"), money),
    "proceeds": (_("Proceeds"), money),
    "dust": (_("Dust left"), amount),
    "carried": (_("Dust carried"), amount),
    "largest": (_("Largest order"), money),
    "smallest": (_("Smallest order"), money),
    "result": (_("Result"), money),
}


OPEN_GAIN = _("Open gain")


def numbers(values: Mapping[str, Decimal]) -> list[tuple[str, str]]:
    """Return each number behind a decision as its name and how it is shown, in the table's order."""
    order = {name: place for place, name in enumerate(NUMBERS)}
    names = sorted(values, key=lambda name: order.get(name, len(order)))
    return [_number(name, values[name]) for name in names]


def _number(name: str, value: Decimal) -> tuple[str, str]:
    if name == "open_loss" and value < 0:
        # A loss below nothing is a gain, and called one.
        return gettext(OPEN_GAIN), percent(-value)
    label, show = NUMBERS.get(name, (in_words(name), amount))
    return gettext(label), show(value)


def in_words(code: str) -> str:
    words = code.replace("_", " ").replace(".", ": ").strip()
    return words[:1].upper() + words[1:]
