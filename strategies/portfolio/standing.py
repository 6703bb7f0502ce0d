"""The figures of a group that follow from its fills, its settings and the price at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from strategies import inputs
from strategies.choices import AddOnBehaviour
from strategies.engine import recovery
from strategies.engine.ladder import Ladder, stress_of, stress_price
from strategies.engine.position import Position, Side
from strategies.engine.state import Held, Mode, Settings
from strategies.models import Group, Instrument
from strategies.models.groups import key_of

# How far all prices fall at once in the figure of what is at risk.
ZERO = Decimal(0)
FALL = Decimal("0.25")
NO_LADDER = Ladder(
    base=Decimal(1),
    add_on=Decimal(1),
    step=Decimal("0.01"),
    step_scale=Decimal(1),
    volume_scale=Decimal(1),
    add_ons=0,
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How a group stands. `price` is what closing would get now and `result` what it would bring, fees paid.

    None: not known (no price), or there is none (no add-on to come, no stop loss, nothing bought yet).
    `zone_end` is where the zone of the next add-on ends: at the one after it. `fallen` is the result after a further
    FALL of the price, `stress_loss` what the group would lose at the `stress_price`, before the fees of what is held.
    Shares are shares (0.02 = 2 %).
    """

    held: Decimal
    cost: Decimal
    at_work: Decimal
    add_ons: int
    average: Decimal | None = None
    break_even: Decimal | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    next_price: Decimal | None = None
    next_cost: Decimal | None = None
    zone_end: Decimal | None = None
    price: Decimal | None = None
    result: Decimal | None = None
    result_share: Decimal | None = None
    to_break_even: Decimal | None = None
    fallen: Decimal | None = None
    stress_price: Decimal | None = None
    stress_loss: Decimal | None = None


def stand(group: Group, instrument: Instrument | None, now: datetime) -> Figures:
    """Return an open group's figures by the engine's formulas."""
    return figures_of(*values_of(group, instrument), group=group, price=exit_price(group, instrument), now=now)


def figures_of(settings: Settings, held: Held, *, group: Group, price: Decimal | None, now: datetime) -> Figures:
    """Return the figures of a group as it is, or as an act would make it."""
    position = held.position
    known: dict[str, Any] = {"held": position.held, "cost": position.cost, "at_work": position.at_work}
    known["add_ons"] = settings.ladder.add_ons
    if position.quantity:
        known |= _levels(settings, held, now) | _next(group, settings, held) | _at(position, price)
        known |= _stressed(group, settings, held)
    return Figures(**known)


def values_of(group: Group, instrument: Instrument | None) -> tuple[Settings, Held]:
    """Return what the engine decides upon; without an instrument the fees are those of one that tells none."""
    instrument = instrument or Instrument(pair=group.pair)
    settings = inputs.settings_of(group.bot, ladder_of(group), instrument, group)
    held = inputs.held_of(group, None, instrument)
    return replace(settings, side=held.position.side), held


def _levels(settings: Settings, held: Held, now: datetime) -> dict[str, Decimal | None]:
    position, stop = held.position, settings.stop_loss
    return {
        "average": position.average,
        "break_even": position.break_even,
        "take_profit": recovery.take_profit_price(settings, held, now),
        "stop_loss": None if stop is None else position.average * (1 - settings.side.sign * stop),
    }


def _next(group: Group, settings: Settings, held: Held) -> dict[str, Decimal | None]:
    ladder, k = settings.ladder, held.add_ons_done + 1
    is_over = k > ladder.add_ons or held.mode is Mode.CLOSING
    if is_over or group.bot.add_on_behaviour == AddOnBehaviour.OFF:
        return {}
    after = ladder.price(k + 1, held.first_price, settings.side) if k < ladder.add_ons else None
    return {
        "next_price": ladder.price(k, held.first_price, settings.side),
        # With what the rungs before it lack, and without what was bought of it.
        "next_cost": max(ZERO, ladder.totals[k] - held.position.cost),
        "zone_end": after,
    }


def _stressed(group: Group, settings: Settings, held: Held) -> dict[str, Decimal | None]:
    stress = stress_of(group.pair.partition("/")[0])
    price = stress_price(settings.ladder, first=held.first_price, side=settings.side, stress=stress)
    return {"stress_price": price, "stress_loss": held.position.stress_loss(price)}


def _at(position: Position, price: Decimal | None) -> dict[str, Decimal | None]:
    if not price:
        return {}
    result = position.result_at(price)
    return {
        "price": price,
        "result": result,
        "result_share": result / position.cost if position.cost else None,
        "fallen": position.result_at(price * (1 - FALL)),
        "to_break_even": position.side.sign * (position.break_even - price) / price,
    }


def exit_price(group: Group, instrument: Instrument | None) -> Decimal | None:
    """Return what closing would get: a long sells at the bid, a short buys back at the ask."""
    if instrument is None:
        return None
    found: Decimal | None = (instrument.bid if group.side == Side.LONG else instrument.ask) or instrument.price
    return found


def ladder_of(group: Group) -> Ladder:
    """Read the ladder that a group keeps; one that cannot be read has no add-ons, and the page still shows the rest."""
    try:
        return group.ladder
    except (KeyError, ArithmeticError, TypeError, ValueError):
        return NO_LADDER


@dataclass(frozen=True, kw_only=True)
class ClosePreview:
    """What closing a group at market would bring now: `result` in quote money after fees.

    `price` and `result` are None without a price of the last seconds; `least` is what the exchange takes at least.
    """

    group: Group
    price: Decimal | None
    held: Decimal
    result: Decimal | None
    is_dust: bool
    least: Decimal


def preview(
    groups: Iterable[Group], prices: dict[tuple[str, str, str], Instrument], *, now: datetime
) -> list[ClosePreview]:
    """Say what closing would bring; `prices` are keyed by exchange, venue and pair."""
    return [_preview(group, prices.get(key_of(group)), now) for group in groups]


def _preview(group: Group, instrument: Instrument | None, now: datetime) -> ClosePreview:
    price = (instrument.bid or instrument.price) if instrument and instrument.is_fresh(now) else None
    if instrument is None or price is None:
        return ClosePreview(group=group, price=None, held=group.held, result=None, is_dust=False, least=ZERO)
    position = inputs.held_of(group, None, instrument).position
    least = max(instrument.min_cost or ZERO, (instrument.min_amount or ZERO) * price)
    return ClosePreview(
        group=group,
        price=price,
        held=group.held,
        result=position.result_at(price),
        is_dust=instrument.is_dust(group.held),
        least=least,
    )


def standings_of(user: User, now: datetime) -> list[Stood]:
    """Return them in two queries, those in trouble first."""
    groups = list(Group.objects.owned_by(user).open().for_cards())
    known = Instrument.objects.of_groups(groups)
    return [(group, stand(group, known.get(key_of(group)), now)) for group in groups]


# A group with its figures of this moment.
Stood = tuple[Group, Figures]
