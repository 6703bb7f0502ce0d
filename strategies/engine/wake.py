"""Between which prices, and until when, a decision about a group stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from strategies.engine import gate, recovery
from strategies.engine.decide import doubt
from strategies.engine.decision import Action, Decision
from strategies.engine.position import ONE, ZERO
from strategies.engine.state import Case, MarketNow, Mode

# A rule divides where a bound multiplies: their last digits may differ, prices have far fewer.
MARGIN = Decimal("1e-15")


class QuoteOf(Enum):
    """Which of a pair's prices a rule looks at."""

    LAST = auto()
    ENTRY = auto()
    EXIT = auto()


# A price at which a rule answers otherwise, and which quote it looks at.
Level = tuple[Decimal, QuoteOf]


@dataclass(frozen=True, kw_only=True)
class Band:
    """The decision stays as it is while every price lies between `low` and `high` and it is before `at`.

    None: there is no bound on that side. Everything but prices and time must stay as it was.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    at: datetime | None = None

    def holds(self, market: MarketNow, now: datetime) -> bool:
        lowest, highest = extremes(market)
        is_inside = (self.low is None or self.low < lowest) and (self.high is None or highest < self.high)
        return is_inside and (self.at is None or now < self.at)


def extremes(market: MarketNow) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest of the pair's prices: each rule looks at another one."""
    prices = [price for price in (market.bid, market.price, market.ask) if price is not None]
    return min(prices), max(prices)


def wake(case: Case, decision: Decision) -> Band | None:
    """Return the band of what `decide` said of the case; None: the next look may decide something else."""
    group, market = case.group, case.market
    is_told = decision.action in {Action.WAIT, Action.BLOCK}
    has_changed = (decision.alarms, decision.best) != (group.alarms, group.best)
    # A stop loss that is reached or was at the last look: the next look counts, whatever its price.
    is_stopping = case.stop_since is not None or group.stop_since is not None
    is_asked = case.request is not None or group.to_sell > 0 or group.to_add is not None
    if is_asked or not is_told or not market.has_price or not market.is_fresh(case.now):
        return None
    if group.mode in {Mode.CLOSING, Mode.CLOSED} or group.position.held <= 0:
        return Band()
    if has_changed or is_stopping or gate.is_in_zone(case) or _stands_on_candles(case):
        return None
    at = min((moment for moment in _moments(case, decision) if moment > case.now), default=None)
    return _between([price for price, _ in levels(case) if price > 0], market, at)


def _stands_on_candles(case: Case) -> bool:
    """A candle that closes beyond break-even may end Recovery Mode, one below it a silence, with the price as it is.

    So the take profit of Recovery Mode, which comes nearer all the time but never to break-even, is in no band either.
    """
    is_beyond = case.sign * (case.market.price - case.group.position.break_even) > 0
    is_silenced = bool(case.market.closes) and bool(recovery.trouble(case))
    return is_beyond and (case.group.mode is Mode.RECOVERY or is_silenced)


def _moments(case: Case, decision: Decision) -> Iterator[datetime]:
    """Yield when time alone changes something."""
    yield case.group.opened_at + case.settings.recovery.enter_age
    if case.group.quiet_until is not None:
        yield case.group.quiet_until
    if decision.reason.startswith("exit.") or doubt(case):
        # Prices that have become old change what is said of an exit; of just that age they have not yet.
        yield case.market.at + case.market.max_age + recovery.MICROSECOND


def levels(case: Case) -> Iterator[Level]:
    """Yield where a rule answers otherwise, be it asked at this moment or not; inside a zone there are more."""
    settings, group, sign = case.settings, case.group, case.sign
    position, loss = group.position, settings.recovery.enter_loss
    yield position.break_even, QuoteOf.LAST
    yield from ((position.average * (ONE - sign * share), QuoteOf.LAST) for share in (loss, loss / 2))
    if settings.stop_loss is not None:
        yield position.average * (ONE - sign * settings.stop_loss), QuoteOf.EXIT
    yield recovery.take_profit_price(settings, group, case.now), QuoteOf.EXIT
    if settings.trailing is not None and group.best is not None:
        yield position.break_even, QuoteOf.EXIT
        yield group.best, QuoteOf.EXIT
        yield group.best * (ONE - sign * settings.trailing), QuoteOf.EXIT
    if case.add_on is not None:
        yield case.add_on.zone, QuoteOf.ENTRY
        yield gate.floor_price(case) or ZERO, QuoteOf.ENTRY
    amount = case.market.amount(position.sellable)
    if amount > 0:
        yield case.market.minimum_cost / amount, QuoteOf.EXIT


def _between(bounds: list[Decimal], market: MarketNow, at: datetime | None) -> Band | None:
    """Return the band between the nearest bounds; None where the prices stand on one, or on both sides of it."""
    lowest, highest = extremes(market)
    below = [bound * (ONE + MARGIN) for bound in bounds if bound < lowest]
    above = [bound * (ONE - MARGIN) for bound in bounds if bound > highest]
    if len(below) + len(above) < len(bounds):
        return None
    return Band(low=max(below, default=None), high=min(above, default=None), at=at)
