"""A key is in memory for one call: no object that outlives the call, and no error, knows it."""

import asyncio
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.errors import ExchangeError
from exchanges.values import Credentials, OrderNotSentError, OrderRefusedError, OrderUnknownError
from tests.exchanges.guarding import keyed_objects
from tests.exchanges.trading import Trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

OURS = (ExchangeError, OrderRefusedError, OrderUnknownError, OrderNotSentError)
FAULTS = ["", "503", "html_200", "refuse", "truncated_json", "429"]


def secrets_of(credentials: Credentials) -> list[str]:
    return [text for text in (credentials.api_key, credentials.secret, credentials.passphrase) if text]


def acts(trader: Trader) -> dict[str, Callable[[], Any]]:
    order = new_order()
    return {
        "balances": lambda: run(trader.desk.balances(trader.credentials)),
        "place": lambda: trader.place(order),
        "refused": lambda: trader.place(new_order(quantity="1")),
        "find": lambda: trader.find(order),
        "fills": lambda: trader.fills("1"),
        "cancel": lambda: trader.cancel(order, "1"),
    }


@pytest.mark.parametrize("kind", FAULTS)
def test_no_key_outlives_a_call(rig: "Rig", trader: Trader, kind: str) -> None:
    run(trader.desk.rules([]))
    if kind:
        rig.fault(kind, slug=trader.slug)

    for act in acts(trader).values():
        with suppress(*OURS):
            act()

    assert keyed_objects() == []
    kept = repr(vars(trader.desk._lender._original)) + repr(vars(trader.desk._accounts)) + repr(vars(trader.desk))
    assert not [one for one in secrets_of(trader.credentials) if one in kept]


def test_no_key_outlives_a_call_that_is_cancelled(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.balances(trader.credentials))
    rig.fault("hang", slug=trader.slug)

    async def cancelled() -> None:
        task = asyncio.ensure_future(trader.desk.balances(trader.credentials))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=1)

    run(cancelled())

    assert keyed_objects() == []


def test_no_key_outlives_a_deadline(rig: "Rig", trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    run(trader.desk.balances(trader.credentials))
    monkeypatch.setattr("exchanges.desk.desk.SIGNED_SECONDS", 0.1)
    rig.fault("hang", slug=trader.slug)

    with pytest.raises(OrderUnknownError):
        trader.place(new_order())

    assert keyed_objects() == []


@pytest.mark.parametrize("kind", FAULTS[1:])
def test_no_error_says_a_secret_or_a_foreign_word(rig: "Rig", trader: Trader, kind: str) -> None:
    run(trader.desk.balances(trader.credentials))
    rig.fault(kind, slug=trader.slug)

    for name, act in acts(trader).items():
        with pytest.raises(OURS) as raised:
            act()

        error = raised.value
        text = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        assert (error.__cause__, error.__context__) == (None, None), name
        assert not [one for one in secrets_of(trader.credentials) if one in text]
        assert "ccxt" not in text.replace("ccxt_class", "")


def test_values_that_leave_a_desk_name_no_key(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)

    report = trader.place(order)
    told = repr([report, trader.fills(report.exchange_id), trader.found(order), order, trader.desk])

    assert not [one for one in secrets_of(trader.credentials) if one in told]


def test_an_order_is_signed_with_the_key_of_its_call_alone(traders: Any, trader: Trader) -> None:
    """What an earlier call left in ccxt must not lead the next one to another account."""
    other, order = traders(trader.slug, trader.kind), new_order()
    trader.place(new_order())

    run(trader.desk.place(other.credentials, order, not_after=time.monotonic() + 5))

    assert (len(other.journal(order)), trader.journal(order)) == (1, [])
