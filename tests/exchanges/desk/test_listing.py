"""A pair that an exchange does not know any more, or does not trade at the moment, and what that costs the others."""

from typing import TYPE_CHECKING

import pytest

from exchanges.errors import ExchangeError
from tests.exchanges.trading import PAIR, Trader, run
from tests.practice.listing import LISTS, delist, halt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.practice.rig import Rig

OTHER = "XRP/USDT"


def test_a_pair_that_is_not_known_any_more_costs_itself_alone(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.quotes([PAIR, OTHER]))
    delist(rig, trader.slug, OTHER)

    assert set(run(trader.desk.quotes([PAIR, OTHER]))) == {PAIR}


def test_a_pair_that_is_alone_and_not_known_any_more_is_no_trouble_of_the_exchange(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.quotes([PAIR]))
    delist(rig, trader.slug, PAIR)

    assert run(trader.desk.quotes([PAIR])) == {}


@pytest.mark.parametrize("slug", [slug for slug, lists in LISTS.items() if lists.gone])
def test_a_name_that_was_refused_is_not_asked_for_at_the_next_look(
    rig: "Rig", traders: "Callable[..., Trader]", slug: str
) -> None:
    trader = traders(slug)
    pairs = [PAIR, OTHER, "ETH/USDT"]
    run(trader.desk.quotes(pairs))
    delist(rig, slug, OTHER)
    run(trader.desk.quotes(pairs))
    before = len(trader.requests())

    assert set(run(trader.desk.quotes(pairs))) == {PAIR, "ETH/USDT"}
    assert len(trader.requests()) == before + 1


def test_a_refusal_that_the_whole_list_does_not_explain_stays_a_refusal(
    rig: "Rig", traders: "Callable[..., Trader]"
) -> None:
    """Or each look would ask for the whole list, which weighs most of what Binance allows."""
    trader = traders("binance")
    run(trader.desk.quotes([PAIR, OTHER]))
    rig.fault("answer", slug="binance", path="*/ticker/24hr", query="*XRPUSDT*", **LISTS["binance"].gone)

    with pytest.raises(ExchangeError):
        run(trader.desk.quotes([PAIR, OTHER]))
    assert set(run(trader.desk.quotes([PAIR]))) == {PAIR}


def test_asked_anew_the_exchange_says_what_is_listed_and_what_is_traded(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.rules([PAIR, OTHER]))
    halt(rig, trader.slug, OTHER)

    rules, unlisted = run(trader.desk.look_again([PAIR, OTHER]))

    assert ({pair: one.is_active for pair, one in rules.items()}, unlisted) == ({PAIR: True, OTHER: False}, set())


def test_asked_anew_the_exchange_says_what_is_not_listed(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.rules([PAIR, OTHER]))
    delist(rig, trader.slug, OTHER)

    rules, unlisted = run(trader.desk.look_again([PAIR, OTHER]))

    assert (set(rules), unlisted) == ({PAIR}, {OTHER})


def test_what_is_in_doubt_is_asked_for_once_a_minute_and_no_oftener(rig: "Rig", trader: Trader) -> None:
    run(trader.desk.look_again([PAIR]))
    before = len(trader.requests())

    for _ in range(3):
        run(trader.desk.look_again([PAIR]))

    assert len(trader.requests()) == before


def test_binance_is_asked_anew_for_the_names_in_doubt_alone(rig: "Rig", traders: "Callable[..., Trader]") -> None:
    """All its rules are some ten million bytes."""
    trader = traders("binance")
    run(trader.desk.rules([PAIR]))
    rig.control("DELETE", "requests")

    run(trader.desk.look_again([PAIR]))

    assert len(trader.requests(path="/api/v3/exchangeInfo")) == 1
    assert set(run(trader.desk.rules(["ETH/USDT"]))) == {"ETH/USDT"}
