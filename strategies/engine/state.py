"""What the engine decides upon: settings, a group, the market and the limits, all values of one moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from strategies.engine.ladder import Ladder
from strategies.engine.margin import MarginLimit, Stake
from strategies.engine.position import Fees, Position
from strategies.engine.side import Side


class Mode(StrEnum):
    """CLOSING has an exit under way; no add-on may join it."""

    NORMAL = "normal"
    RECOVERY = "recovery"
    CLOSING = "closing"
    CLOSED = "closed"


class Stop(StrEnum):
    """What the trader (or an operator) has paused."""

    NONE = "none"
    ENTRIES = "entries"
    ADD_ONS = "add_ons"  # entries and add-ons
    CLOSE = "close"  # close at market


@dataclass(frozen=True, kw_only=True)
class RecoverySettings:
    """`enter_loss` is D_r, `enter_age` T_r, `decay` T_d, `leave_candles` m, `least_gain` g of product.md."""

    is_on: bool = True
    enter_loss: Decimal = Decimal("0.10")
    enter_usage: Decimal = Decimal("0.80")
    enter_age: timedelta = timedelta(days=7)
    leave_usage: Decimal = Decimal("0.65")
    leave_candles: int = 3
    decay: timedelta = timedelta(days=3)
    least_gain: Decimal = Decimal("0.001")
    improve_factor: Decimal = Decimal(3)
    spacing_factor: Decimal = Decimal("1.5")
    cool_down_factor: int = 2


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A bot's settings in figures; shares are shares (0.02 = 2 %). `floor` is Z_max, None for no floor."""

    side: Side
    ladder: Ladder
    fees: Fees
    take_profit: Decimal
    trailing: Decimal | None = None
    stop_loss: Decimal | None = None
    improve: Decimal = Decimal("0.001")
    floor: Decimal | None = None
    spacing: Decimal = Decimal("0.8")
    cool_down: timedelta = timedelta(minutes=5)
    max_groups: int = 1
    re_entry_pause: timedelta = timedelta(0)
    liquidation_gap: Decimal = Decimal("0.05")
    recovery: RecoverySettings = field(default_factory=RecoverySettings)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One position from first entry to exit. `alarms` counts evaluations in a row that called for Recovery Mode.

    `best` is the best price since the take profit was reached (trailing), None before.
    """

    position: Position
    first_price: Decimal
    opened_at: datetime
    last_fill_at: datetime
    last_fill_price: Decimal
    add_ons_done: int = 0
    mode: Mode = Mode.NORMAL
    alarms: int = 0
    recovery_since: datetime | None = None
    recovery_forced: bool = False
    has_unknown_order: bool = False
    has_open_order: bool = False
    ordered: Decimal = Decimal(0)
    best: Decimal | None = None

    def stake(self, ladder: Ladder) -> Stake:
        return Stake(held=self.position.cost, ordered=self.ordered, to_come=ladder.remaining(self.add_ons_done))


@dataclass(frozen=True, kw_only=True)
class Market:
    """`closes` are the last closed candles, oldest first; `minimum_cost` the exchange's least order in quote money."""

    price: Decimal
    at: datetime
    minimum_cost: Decimal = Decimal(0)
    closes: tuple[Decimal, ...] = ()
    max_age: timedelta = timedelta(seconds=15)

    def is_fresh(self, now: datetime) -> bool:
        return now - self.at <= self.max_age


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What surrounds the group: the bot's other groups, its margin limit, its risk and the right to trade.

    `pair_in_recovery` says that a group of this pair and direction is in Recovery Mode on this connection.
    """

    margin: MarginLimit
    equity: Decimal
    accepted_loss: Decimal
    stress: Decimal
    other_stakes: tuple[Stake, ...] = ()
    open_groups: int = 0
    pair_in_recovery: bool = False
    is_connection_proven: bool = True
    stop: Stop = Stop.NONE
    last_closed_at: datetime | None = None
    liquidation_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A request to enter or to close."""

    side: Side
    closes: bool = False
