"""Which edits let a bot do more: each setting by itself, and nothing that puts more at work passes for harmless."""

from dataclasses import fields, replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connections.models import Connection
from strategies.bots import raising
from strategies.engine.worst_case import Exposure
from strategies.inputs import Plan
from strategies.models import BotSettings, Instrument
from strategies.portfolio import exposure
from tests.strategies.factories import make_settings

LIVE, OTHER = Connection(pk=1, venue="live"), Connection(pk=2, venue="live")
PRACTICE = Connection(pk=3, venue="practice")
BEFORE = replace(
    make_settings(connection=LIVE),
    pairs=("BTC/USDT", "ETH/USDT"),
    risk_level="medium",
    entry_source="trend",
    base_order=D(10),
    trailing=D("0.5"),
    stop_loss=D(10),
    stop_timeout_seconds=60,
    cool_down_minutes=5,
    floor=D(30),
    least_improvement=D("0.5"),
    accepted_loss=D(4),
    max_groups=1,
    add_ons=4,
)


def after(**changes: Any) -> frozenset[str]:
    return raising.raised(BEFORE, replace(BEFORE, **changes))


def test_every_setting_has_its_rule() -> None:
    judged = {*raising.RULES, *raising.OF_LEVEL, *raising.HARMLESS}

    assert judged == {field.name for field in fields(BotSettings)}


def test_the_same_settings_raise_nothing() -> None:
    assert after() == frozenset()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("risk_level", "high"),
        ("margin_limit", D("500.01")),
        ("base_order", D(11)),
        ("base_order", None),
        ("pairs", ("BTC/USDT", "SOL/USDT")),
        ("pairs", ("BTC/USDT", "ETH/USDT", "SOL/USDT")),
        ("direction", "both"),
        ("add_on_behaviour", "off"),
        ("add_on_behaviour", "first_come"),
        ("entry_source", "immediate"),
        ("trend_frame", "5m"),
        ("order_kind", None),
        ("take_profit", D(2)),
        ("trailing", D(1)),
        ("stop_loss", D(20)),
        ("stop_loss", None),
        ("stop_timeout_seconds", 61),
        ("recovery_mode", False),
        ("cool_down_minutes", 0),
        ("re_entry_minutes", 1),
        ("add_ons", 5),
        ("add_ons", 3),
        ("first_add_on", D(10)),
        ("add_on_ratio", D("0.5")),
        ("first_step", D(1)),
        ("step_scale", D("0.9")),
        ("volume_scale", D(2)),
        ("floor", D(40)),
        ("floor", None),
        ("least_improvement", D("0.4")),
        ("accepted_loss", D(5)),
        ("max_groups", 2),
        ("max_groups", None),
        ("connection", OTHER),
    ],
)
def test_it_raises(name: str, value: Any) -> None:
    if name == "order_kind":
        assert raising.raised(replace(BEFORE, order_kind="limit"), BEFORE) == {"order_kind"}
    else:
        assert after(**{name: value}) == {name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Another"),
        ("risk_level", "low"),
        ("margin_limit", D(499)),
        ("base_order", D(9)),
        ("pairs", ("ETH/USDT",)),
        ("pairs", ("ETH/USDT", "BTC/USDT")),
        ("entry_source", "webhook"),
        ("order_kind", "limit"),
        ("take_profit", D(1)),
        ("trailing", None),
        ("trailing", D("0.2")),
        ("stop_loss", D(5)),
        ("stop_timeout_seconds", 0),
        ("cool_down_minutes", 60),
        ("re_entry_minutes", 60),
        ("floor", D(20)),
        ("least_improvement", D(1)),
        ("accepted_loss", D(1)),
        ("connection", PRACTICE),
    ],
)
def test_it_narrows(name: str, value: Any) -> None:
    assert after(**{name: value}) == frozenset()


def test_coming_from_practice_to_live_money_raises_whatever_else_changes() -> None:
    there = replace(BEFORE, connection=PRACTICE)

    assert raising.raised(there, replace(there, connection=LIVE, margin_limit=D(1))) == {"connection"}


def test_more_groups_than_pairs_raise_nothing() -> None:
    one = replace(BEFORE, pairs=("BTC/USDT",))

    assert raising.raised(one, replace(one, max_groups=9)) == frozenset()


def test_candles_that_no_entry_uses_raise_nothing() -> None:
    by_alert = replace(BEFORE, entry_source="webhook")

    assert raising.raised(by_alert, replace(by_alert, trend_frame="5m")) == frozenset()


PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "ADA/USDT")
KNOWN = {
    pair: Instrument(pair=pair, price=D(100), ruled_at="now", taker=D(0), min_cost=D("0.01"), is_tradable=True)
    for pair in PAIRS
}


def amounts(least: int, most: int) -> st.SearchStrategy[D]:
    return st.integers(least, most).map(D)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "risk_level": st.sampled_from(["low", "medium", "high"]),
    "margin_limit": amounts(50, 20_000),
    "base_order": maybe(amounts(1, 40)),
    "pairs": st.lists(st.sampled_from(PAIRS), min_size=1, unique=True).map(tuple),
    # Not first come, first served: there smaller groups leave room for more of them, and no limit is passed.
    "add_on_behaviour": st.sampled_from(["off", "reserve"]),
    "add_ons": maybe(st.integers(0, 8)),
    "first_step": maybe(amounts(1, 6)),
    "volume_scale": maybe(st.sampled_from([D(1), D("1.2")])),
    "accepted_loss": maybe(amounts(1, 20)),
    "max_groups": maybe(st.integers(1, 6)),
}


def worst_of(one: BotSettings, equity: D) -> Exposure | None:
    return exposure.exposure_of(Plan.of(vars(one)), KNOWN, equity)


@settings(derandomize=True)
@given(st.fixed_dictionaries(CHOICES), st.data(), amounts(500, 50_000))
def test_what_puts_more_at_work_never_passes_for_harmless(old: dict[str, Any], data: st.DataObject, equity: D) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(CHOICES)), min_size=1, max_size=3))
    new = old | {name: data.draw(CHOICES[name]) for name in names}
    before, then = (make_settings(connection=LIVE, **values) for values in (old, new))
    most = [worst.at_work for one in (before, then) if (worst := worst_of(one, equity))]
    assume(len(most) == 2)

    # A lower level may buy more at once and less in all: what counts is the whole of it.
    is_wider = most[1] > most[0] + D("0.01")

    assert not is_wider or raising.raised(before, then)
