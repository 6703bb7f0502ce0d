"""What a run is asked for: the bot as its trader would enable it, and what its pairs cost to trade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategies.engine.position import Fees
from strategies.engine.sizing import RiskLevel
from strategies.engine.state import MarginLimit, OrderRules, Settings


class FeeWay(StrEnum):
    """What fees are really taken in; a published rate says only which coin an exchange takes of itself."""

    QUOTE = "quote"
    COIN = "coin"
    THIRD = "third"


@dataclass(frozen=True, kw_only=True)
class Terms(OrderRules):
    """What trading the pair costs: `fees` as published, `paid` the rate that is really taken, in what `way`.

    `half_spread` in price steps parts bid and ask from the price. A fill is worse by the share `slippage`; an order is
    for what its money buys at a price that is worse by the share `reach`.
    """

    fees: Fees
    paid: Decimal
    way: FeeWay
    half_spread: int = 0
    slippage: Decimal = Decimal("0.0005")
    reach: Decimal = Decimal("0.005")


@dataclass(frozen=True, kw_only=True)
class BotWish:
    """The bot as its trader would enable it. Ladder and fees in `settings` count nothing: each group has its own.

    `signals` are the spans of minutes in which a new group of a pair is asked for; a pair that is not named asks at all
    times. A span asks for one group, and for none where it finds one open. `frames` are the minutes of the candles of
    the trend rule, and of the higher ones that must agree: where they are given, it asks instead. `closings` are the
    minutes at whose start a pair's group is asked to be closed.
    """

    settings: Settings
    level: RiskLevel
    margin: MarginLimit
    equity: Decimal
    base: Decimal | None = None
    add_ons_off: bool = False
    loss_cap: Decimal = Decimal("0.2")
    signals: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    frames: tuple[int, int] | None = None
    closings: Mapping[str, Sequence[int]] = field(default_factory=dict)
    reason: str = "entry.immediate"
