from decimal import Decimal

import pytest

from strategies import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [("168.8299", "168.83"), ("0", "0.00"), ("-12.5", "−12.50"), ("0.0123456", "0.01235"), ("-0.001", "−0.001")],
)
def test_money_has_two_decimals_or_four_digits(value: str, text: str) -> None:
    assert shown.money(Decimal(value)) == text


def test_a_limit_is_rounded_so_that_it_may_be_typed_again() -> None:
    assert (shown.at_most(Decimal("29.4699")), shown.at_least(Decimal("1.0101"))) == ("29.46", "1.02")


@pytest.mark.parametrize(
    ("value", "text"),
    [("95234.12", "95234"), ("143.268", "143.27"), ("1.23456", "1.2346"), ("0.00012345678", "0.000123457")],
)
def test_a_price_keeps_the_digits_that_tell_something(value: str, text: str) -> None:
    assert shown.price(Decimal(value)) == text


def test_nothing_is_never_less_than_nothing() -> None:
    assert shown.percent(Decimal("-0.000001")) == "0.00 %"


@pytest.mark.parametrize(("share", "text"), [("0.02", "2 %"), ("0.1", "10 %"), ("0.025", "2.5 %")])
def test_a_round_percent_has_no_needless_decimals(share: str, text: str) -> None:
    assert shown.round_percent(Decimal(share)) == text
