"""From what a trader chose to what the engine reckons with: level, margin limit, fees, minimum, size."""

from dataclasses import dataclass, replace
from decimal import Decimal

from strategies.choices import AddOnBehaviour
from strategies.engine import margin, risk, sizing
from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees
from strategies.engine.side import Side
from strategies.models.market import Instrument

ZERO = Decimal(0)
# Until the exchange has told the account's rate: what most of them take from newcomers.
USUAL_FEE = Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much, as the trader chose it: the margin limit and the wished first order in quote money."""

    risk_level: str
    add_on_behaviour: str
    margin_limit: Decimal
    base_order: Decimal | None = None
    side: Side = Side.LONG

    @property
    def level(self) -> risk.RiskLevel:
        return risk.LEVELS[self.risk_level]

    @property
    def adds_on(self) -> bool:
        return self.add_on_behaviour != AddOnBehaviour.OFF

    @property
    def margin(self) -> margin.MarginLimit:
        """Without add-ons the whole ladder is the entry, and setting it aside is all there is."""
        first_come = self.add_on_behaviour == AddOnBehaviour.FIRST_COME
        mode = margin.Mode.FIRST_COME if first_come else margin.Mode.RESERVE
        return margin.MarginLimit(amount=self.margin_limit, soft=self.level.soft, hard=self.level.hard, mode=mode)

    def ladder(self, base: Decimal) -> Ladder:
        ladder = self.level.ladder(base)
        return ladder if self.adds_on else replace(ladder, add_ons=0)

    def size(self, pair: str, *, equity: Decimal | None, minimum: Decimal, fees: Fees) -> sizing.Sizing:
        return sizing.size(
            self.level,
            side=self.side,
            stress=risk.stress_of(pair.partition("/")[0]),
            equity=equity,
            margin=self.margin,
            add_ons_off=not self.adds_on,
            minimum_cost=minimum,
            wish=self.base_order,
            fees=fees,
        )


def fees_of(instrument: Instrument | None) -> Fees:
    """Return what market orders pay: the worse of the two rates."""
    rate = instrument.taker if instrument and instrument.taker is not None else USUAL_FEE
    return Fees(entry=rate, exit=rate)


def minimum_of(instrument: Instrument | None) -> Decimal:
    """Return the least that buying costs now, 0 while that is not known."""
    if instrument is None:
        return ZERO
    price = instrument.ask or instrument.price or ZERO
    return max(instrument.min_cost or ZERO, (instrument.min_amount or ZERO) * price)
