"""What a step decided about one group, or about one pair that may open one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from strategies import inputs
from strategies.engine.decision import Decision
from strategies.engine.state import MarketNow
from strategies.engine.wake import Band
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Group, Order, Signal
from strategies.models.market import Instrument
from strategies.runner.snapshot import Surroundings


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A decision about a group, or about a pair without one.

    `order` is the group's live order, `wanted` the order that the decision asks for, `intended` the one that was
    written down for it. Within the `band` the same is decided about the group again.
    """

    bot: Bot
    decision: Decision
    group: Group | None = None
    pair: str = ""
    wanted: Wanted | None = None
    signal: Signal | None = None
    order: Order | None = None
    intended: Order | None = None
    band: Band | None = None


@dataclass
class LookStep:
    """The claimed bots of one exchange, what surrounds them, and the signals that came for some of them."""

    bots: Sequence[Bot]
    instruments: Mapping[str, Instrument]
    around: Surroundings
    now: datetime
    signals: Mapping[int, Signal] = field(default_factory=dict)
    markets: dict[str, MarketNow | None] = field(default_factory=dict)

    def market(self, pair: str) -> MarketNow | None:
        if pair not in self.markets:
            instrument = self.instruments.get(pair)
            self.markets[pair] = inputs.market_of(instrument) if instrument else None
        return self.markets[pair]
