import pytest

from connections.check import addresses


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("192.0.2.10", "192.0.2.10"),
        (" 192.0.2.10 ", "192.0.2.10"),
        ("192.0.2.0/24", "192.0.2.10"),
        ("192.0.2.77/24", "192.0.2.10"),
        ("192.**.10", "192.0.2.10"),
        ("192.*.*.10", "192.0.2.10"),
        ("2001:db8::/32", "2001:db8::7"),
        ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("2001:db8:**:7", "2001:db8:0:1:2:3:4:7"),
        ("bot.example.test", "BOT.example.test"),
    ],
)
def test_an_entry_admits_the_address(entry: str, address: str) -> None:
    assert addresses.covers(entry, address)


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("192.0.2.1", "192.0.2.10"),
        ("192.0.2.0/29", "192.0.2.10"),
        ("192.**.11", "192.0.2.10"),
        ("192.**", "203.0.113.7"),
        ("2001:db8::/32", "192.0.2.10"),
        ("192.0.2.0/24", "2001:db8::7"),
        ("", "192.0.2.10"),
        ("999.0.2.10", "192.0.2.10"),
        ("(*)", "192.0.2.10"),
        ("<script>", "192.0.2.10"),
    ],
)
def test_an_entry_does_not_admit_the_address(entry: str, address: str) -> None:
    assert not addresses.covers(entry, address)


def test_foreign_entries_are_those_that_admit_none_of_our_addresses() -> None:
    entries = ("192.0.2.0/24", "203.0.113.7", "192.**.11")

    assert addresses.foreign(entries, ("192.0.2.10", "192.0.2.11")) == ("203.0.113.7",)


def test_each_of_our_addresses_is_told_as_listed_or_missing_and_then_each_foreign_entry() -> None:
    lines = addresses.compare(["192.0.2.0/28", "203.0.113.7"], ("192.0.2.10", "192.0.2.99"))

    assert [(line.address, line.state) for line in lines] == [
        ("192.0.2.10", "ok"),
        ("192.0.2.99", "missing"),
        ("203.0.113.7", "foreign"),
    ]


def test_without_a_list_there_is_nothing_to_compare() -> None:
    assert addresses.compare([], ("192.0.2.10",)) == []
