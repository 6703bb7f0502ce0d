"""What is asked of a long list: what is not known is as usual, and what is kept leads back to it."""

import pytest

from web.asked import SIZES, ListQuery, read

KNOWN = {"state": {"open", "over"}.__contains__}


def asked(**given: str) -> ListQuery:
    return read(given, filters=KNOWN, columns=("name", "open"))


def test_what_is_known_is_read() -> None:
    query = asked(q=" two words ", state="open", sort="-name", size="50", page="3")

    assert (query.words, query.filters, query.size, query.page) == ("two words", {"state": "open"}, 50, "3")
    assert (query.column, query.is_descending, query.is_filtered) == ("name", True, True)


@pytest.mark.parametrize(
    "given", [{"state": "strange"}, {"sort": "--name"}, {"sort": "size"}, {"size": "7"}, {"x": "1"}]
)
def test_what_is_not_known_is_as_usual(given: dict[str, str]) -> None:
    assert asked(**given) == ListQuery(filters={"state": ""}, size=SIZES[0])


def test_no_database_is_asked_for_a_nul() -> None:
    assert asked(q="\x00a\x00").words == "a"
    assert asked(q="\x00").kept == ""


def test_what_is_kept_is_all_but_the_page() -> None:
    assert (
        asked(q="a&b", state="over", sort="open", size="100", page="9").kept == "q=a%26b&state=over&sort=open&size=100"
    )
    assert asked(size="25", page="2").kept == ""
