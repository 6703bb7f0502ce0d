"""Settings, groups and markets with sensible figures; each test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from hypothesis import strategies as st

from strategies.engine import entry
from strategies.engine.decide import decide
from strategies.engine.decision import Decision
from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees, Position, Side
from strategies.engine.state import (
    Case,
    Held,
    Limits,
    MarginLimit,
    MarketNow,
    Opening,
    RecoverySettings,
    Request,
    Settings,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=6)
FEES = Fees(entry=D("0.001"), exit=D("0.001"))
WORKED = Ladder(base=D(20), add_on=D(20), step=D("0.015"), step_scale=D("1.2"), volume_scale=D("1.2"), add_ons=5)

shares = st.decimals("0.001", "0.03", places=4)
scales = st.decimals("1", "1.5", places=2)
ladders = st.builds(
    Ladder,
    base=st.decimals("5", "500", places=2),
    add_on=st.decimals("5", "500", places=2),
    step=shares,
    step_scale=scales,
    volume_scale=scales,
    add_ons=st.integers(0, 7),
)


def make_settings(**changes: Any) -> Settings:
    settings = Settings(side=Side.LONG, ladder=WORKED, fees=FEES, take_profit=D("0.02"))
    return replace(settings, **changes)


def make_group(*fills: tuple[str, str], side: Side = Side.LONG, **changes: Any) -> Held:
    """Make a group from (price, quote cost) pairs, the entry first."""
    pairs = [(D(price), D(cost)) for price, cost in fills or (("100", "20"),)]
    position = Position(side=side, fees=FEES).with_fills(*((price, cost / price) for price, cost in pairs))
    group = Held(
        position=position,
        first_price=pairs[0][0],
        opened_at=LONG_AGO,
        last_fill_at=LONG_AGO,
        last_fill_price=pairs[-1][0],
        add_ons_done=len(pairs) - 1,
    )
    return replace(group, **changes)


def make_market(price: str, **changes: Any) -> MarketNow:
    return replace(MarketNow(price=D(price), at=NOW, minimum_cost=D(5)), **changes)


def make_limits(**changes: Any) -> Limits:
    limits = Limits(
        margin=MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8")),
        equity=D(1000),
        accepted_loss=D("0.05"),
        stress=D("0.25"),
    )
    return replace(limits, **changes)


def make_recovery(**changes: Any) -> RecoverySettings:
    return replace(RecoverySettings(), **changes)


def make_case(**changes: Any) -> Case:
    """Make the case of a quiet group."""
    case = Case(settings=make_settings(), group=make_group(), market=make_market("99.5"), limits=make_limits(), now=NOW)
    return replace(case, **changes)


def run(**changes: Any) -> Decision:
    """Decide about a quiet group, or about what the changes make of it."""
    return decide(make_case(**changes))


def enter(**changes: Any) -> Decision:
    """Decide about a new group for a request to enter."""
    opening = Opening(
        settings=make_settings(),
        market=make_market("99.5"),
        limits=make_limits(),
        now=NOW,
        request=Request(side=Side.LONG),
    )
    return entry.enter(replace(opening, **changes))
