"""What is asked of an exchange says how urgent it is: exits before orders, orders before questions."""

from typing import TYPE_CHECKING

import pytest

from connections import desks
from connections.models import Connection
from exchanges.values import Credentials
from exchanges.wire.pace import URGENCY, Urgency
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection

if TYPE_CHECKING:
    from exchanges.desk.desk import Desk

KEY = Credentials(api_key="a", secret="b", passphrase="c")


@pytest.fixture
def connection(db: None, exchange_loop: None) -> Connection:
    return make_connection(owner=make_user())


async def urgency(desk: "Desk", key: Credentials | None = None) -> Urgency:
    return URGENCY.get()


@pytest.mark.parametrize(
    ("purpose", "is_exit", "expected"),
    [
        ("order", True, Urgency.EXIT),
        ("order", False, Urgency.ORDER),
        ("cancel", False, Urgency.ORDER),
        ("look-up", False, Urgency.QUESTION),
        ("compare", False, Urgency.QUESTION),
    ],
)
def test_with_a_key_it_is_as_urgent_as_its_purpose(
    connection: Connection, purpose: str, is_exit: bool, expected: Urgency
) -> None:
    assert desks.ask_with_key(connection, urgency, purpose=purpose, key=KEY, is_exit=is_exit) is expected


@pytest.mark.parametrize(("gives_way", "expected"), [(True, Urgency.QUESTION), (False, Urgency.ORDER)])
def test_prices_for_exits_are_as_urgent_as_orders(connection: Connection, gives_way: bool, expected: Urgency) -> None:
    assert desks.ask(connection.exchange, connection.venue, urgency, gives_way=gives_way) is expected


def test_what_is_asked_by_nobody_in_particular_comes_last() -> None:
    assert URGENCY.get() is Urgency.CHECK
