"""How numbers are shown: as many digits as mean something, a true minus, groups of three."""

from decimal import Decimal

from strategies.exact import plain

MINUS, GAP = "−", "\N{NO-BREAK SPACE}"
NOTHING = "–"
ONE = Decimal(1)
# Significant figures: of prices and money below 1, and of amounts of coins.
OF_PRICES, OF_SMALL_MONEY, OF_AMOUNTS = 6, 4, 8


def money(value: Decimal | None, *, signed: bool = False) -> str:
    """Return two decimals from 1 up, four figures below it: 1,234.50 and 0.0001234."""
    if value is None:
        return NOTHING
    decimals = 2 if not value or abs(value) >= ONE else OF_SMALL_MONEY - 1 - value.adjusted()
    return _signed(_trimmed(abs(value), decimals), value, signed=signed)


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


def _trimmed(value: Decimal, decimals: int) -> str:
    """Write with so many decimals, then drop zeros behind the second one."""
    whole, _, rest = f"{value:,.{max(2, decimals)}f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _signed(shown: str, value: Decimal, *, signed: bool = False) -> str:
    """Put the sign before it; what is shown as nothing has none."""
    if not any(digit in shown for digit in "123456789"):
        return shown
    return f"{MINUS}{shown}" if value < 0 else f"+{shown}" if signed else shown
