"""Figures as a page shows them: few digits, a point for decimals, a real minus sign."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal

ONE = Decimal(1)
CENTS = Decimal("0.01")
# From this price on: the place it is rounded to. Below all of them six digits are kept.
PLACES = ((Decimal(10_000), ONE), (Decimal(10), CENTS), (ONE, Decimal("0.0001")))
WIDE = 60


def money(value: Decimal, *, rounding: str = ROUND_HALF_EVEN) -> str:
    """Return quote money: two decimals, four digits where it is less than 1."""
    return _signed(_rounded(value, CENTS if abs(value) >= ONE or not value else None, 4, rounding))


def at_most(value: Decimal) -> str:
    """Return money that may be typed again without passing the limit that it is."""
    return money(value, rounding=ROUND_DOWN)


def at_least(value: Decimal) -> str:
    return money(value, rounding=ROUND_UP)


def price(value: Decimal) -> str:
    places = next((place for start, place in PLACES if value >= start), None)
    return _signed(_rounded(value, places, 6, ROUND_HALF_EVEN))


def percent(share: Decimal) -> str:
    """Return a share in percent with two decimals."""
    return f"{_signed(_rounded(share * 100, CENTS, 0, ROUND_HALF_EVEN))} %"


def round_percent(share: Decimal) -> str:
    """Return a share in percent without needless decimals: 2 % of 0.02."""
    text = percent(share).removesuffix(" %")
    return f"{text.rstrip('0').rstrip('.')} %"


def _rounded(value: Decimal, places: Decimal | None, digits: int, rounding: str) -> Decimal:
    if places is None:
        return Context(prec=digits, rounding=rounding).plus(value)
    return value.quantize(places, context=Context(prec=WIDE, rounding=rounding))


def _signed(value: Decimal) -> str:
    return f"{value if value else abs(value):f}".replace("-", "−")
