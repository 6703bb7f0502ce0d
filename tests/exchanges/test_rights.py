"""What the readers of several exchanges share."""

from typing import Any

import pytest

from exchanges.proven import UnreadableError, as_days, as_ip_list, as_rows, as_uid, rows_in


def test_rows_are_objects_that_have_their_fields() -> None:
    assert as_rows([{"id": 1, "state": "x"}], "id", "state") == [{"id": 1, "state": "x"}]
    assert as_rows([], "id") == []
    wrong: list[Any] = [None, {}, "ok", [7], [None], [{}], [{"state": "x"}]]
    for rows in wrong:
        with pytest.raises(UnreadableError):
            as_rows(rows, "id")


@pytest.mark.parametrize("odd", [None, {}, 7, "text", {"state": "x"}])
def test_an_odd_row_among_others_costs_itself_alone(odd: Any) -> None:
    assert as_rows([{"id": 1}, odd, {"id": None}], "id") == [{"id": 1}, {"id": None}]


def test_null_in_an_object_is_an_empty_list_and_nothing_is_none() -> None:
    assert rows_in({"list": None}, "list", "id") == []
    assert rows_in({"list": [{"id": 1}]}, "list", "id") == [{"id": 1}]
    wrong: list[dict[str, Any]] = [{}, {"list": {}}, {"list": "ok"}, {"list": [7]}]
    for holder in wrong:
        with pytest.raises(UnreadableError):
            rows_in(holder, "list", "id")


@pytest.mark.parametrize("sent", [None, "", " ", 0, -1, True, 1.5, [], {"uid": 7}])
def test_only_a_number_or_a_name_is_an_account(sent: Any) -> None:
    assert (as_uid(7), as_uid("7"), as_uid(" sub1 ")) == ("7", "7", "sub1")
    with pytest.raises(UnreadableError):
        as_uid(sent)


@pytest.mark.parametrize("sent", [7, ["203.0.113.7"], {}, False])
def test_an_ip_list_is_a_text_or_nothing(sent: Any) -> None:
    assert (as_ip_list("203.0.113.7, 203.0.113.8"), as_ip_list(""), as_ip_list(None)) == (
        ("203.0.113.7", "203.0.113.8"),
        (),
        (),
    )
    with pytest.raises(UnreadableError):
        as_ip_list(sent)


@pytest.mark.parametrize("sent", [None, "82", 8.5, True])
def test_days_left_are_a_whole_number(sent: Any) -> None:
    assert (as_days(82, permanent=-1), as_days(-1, permanent=-1), as_days(-3, permanent=-1)) == (82, None, 0)
    with pytest.raises(UnreadableError):
        as_days(sent, permanent=-1)
