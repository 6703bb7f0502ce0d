from decimal import Decimal

import pytest

from strategies.words import numbers
from strategies.words.numbers import GAP


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.5", "1,234.50"),
        ("0", "0.00"),
        ("-5.195", "−5.20"),
        ("0.05", "0.05"),
        ("0.00012345678", "0.0001235"),
        ("-0.0312", "−0.0312"),
        ("1E+9", "1,000,000,000.00"),
    ],
)
def test_money_has_two_decimals_and_more_below_one(value: str, shown: str) -> None:
    assert numbers.money(Decimal(value)) == shown


def test_a_gain_carries_its_plus_and_nothing_carries_no_sign() -> None:
    assert numbers.money(Decimal("1.798"), signed=True) == "+1.80"
    assert numbers.money(Decimal(0), signed=True) == "0.00"
    assert numbers.percent(Decimal("-0.00001"), signed=True) == f"0.00{GAP}%"


@pytest.mark.parametrize(
    ("value", "step", "shown"),
    [
        ("61234.56789", "0.1", "61,234.6"),
        ("61234.56789", None, "61,234.57"),
        ("0.00001234567", None, "0.0000123457"),
        ("100", "10", "100"),
        ("2.5", "0.0010", "2.500"),
    ],
)
def test_a_price_has_the_decimals_of_its_step_or_six_figures(value: str, step: str | None, shown: str) -> None:
    assert numbers.price(Decimal(value), Decimal(step) if step else None) == shown


@pytest.mark.parametrize(("value", "shown"), [("0.0100", "0.01"), ("1E+3", "1000"), ("0.123456789", "0.12345679")])
def test_an_amount_has_no_idle_zeros(value: str, shown: str) -> None:
    assert numbers.amount(Decimal(value)) == shown


def test_a_share_is_shown_as_percent() -> None:
    assert numbers.percent(Decimal("0.0740")) == f"7.40{GAP}%"


def test_what_is_not_known_is_a_dash() -> None:
    assert {numbers.money(None), numbers.price(None), numbers.amount(None), numbers.percent(None)} == {"–"}


def test_a_limit_is_rounded_so_that_it_may_be_typed_again() -> None:
    assert (numbers.at_most(Decimal("29.4699")), numbers.at_least(Decimal("1.0101"))) == ("29.46", "1.02")
    assert (numbers.at_most(Decimal("0.0123456")), numbers.at_least(Decimal("0.0123412"))) == ("0.01234", "0.01235")


@pytest.mark.parametrize(("share", "text"), [("0.02", "2"), ("0.1", "10"), ("0.025", "2.5"), ("0.99756", "99.76")])
def test_a_round_percent_has_no_idle_decimals(share: str, text: str) -> None:
    assert numbers.round_percent(Decimal(share)) == f"{text}{GAP}%"
