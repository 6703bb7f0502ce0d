import pytest

from strategies.pages.bot_form import typed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5", "1.5"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1.500", "1.500"),
        ("1,500.50", "1500.50"),
        ("1.500,50", "1500.50"),
        ("1,234,567", "1234567"),
        ("1 000,5", "1000.5"),
        ("1\u202f000", "1000"),
        ("1’000.5", "1000.5"),
        ("+3", "3"),
        ("-5", "-5"),
        ("1.", "1"),
        (".5", "0.5"),
    ],
)
def test_a_number_is_read_where_its_signs_can_mean_one_thing_only(text: str, number: str) -> None:
    assert typed.plain(text) == number


@pytest.mark.parametrize(("text", "one", "other"), [("1,500", "1.500", "1500"), ("-12,000", "12.000", "12000")])
def test_a_comma_that_could_be_either_sign_is_asked_about(text: str, one: str, other: str) -> None:
    with pytest.raises(typed.NumberError, match=f"could mean {one} or {other}"):
        typed.plain(text)


@pytest.mark.parametrize("text", ["", ".", "-", "--5", "1e30", "NaN", "٣", "1,50,000", "1,5,0", "1'5", "5 %", "9" * 41])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(typed.NumberError, match="Enter a number"):
        typed.plain(text)
