"""What a look back needs to know of a bot: its settings, its money, and what its pairs cost to trade."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from exchanges import registry
from exchanges.values import FRAMES
from strategies import inputs
from strategies.choices import AddOnBehaviour, EntrySource, SignalWish
from strategies.engine.position import ONE
from strategies.engine.trend import CLOSES
from strategies.lookback.candles import Candles
from strategies.lookback.minutes import minute_of
from strategies.lookback.wishes import BotWish, FeeWay, Terms
from strategies.models import Bot, Funds, Instrument, Signal
from strategies.models.market import HIGHER
from strategies.models.signals import SIGNAL_LIFETIME

HUNDRED = Decimal(100)
MINUTE = timedelta(minutes=1)
# Where nobody has told the spread.
USUAL_HALF_SPREAD = 1


def warm_up_of(bot: Bot) -> timedelta:
    """Return how much time before the beginning the bot's averages stand on; the first candle may be a part of one."""
    is_trend = bot.entry_source == EntrySource.TREND
    return (CLOSES + 1) * FRAMES[HIGHER[bot.trend_frame]] if is_trend else timedelta(0)


def wish_of(bot: Bot, first: Instrument, pairs: Mapping[str, tuple[Candles, Terms]], start: datetime) -> BotWish:
    """Return the bot as if it were enabled at `start`; it begins with what its connection has, or its limit."""
    funds = Funds.objects.filter(connection=bot.connection_id).first() or Funds()
    level = inputs.level_of(bot)
    return BotWish(
        settings=inputs.settings_of(bot, level.ladder(ONE), first),
        level=level,
        margin=inputs.margin_of(bot),
        equity=funds.total(bot.quote) or bot.margin_limit,
        base=bot.base_order,
        add_ons_off=bot.add_on_behaviour == AddOnBehaviour.OFF,
        loss_cap=Decimal(funds.loss_cap) / HUNDRED,
        # None came for one that is not saved yet.
        **_entries(bot, pairs, list(Signal.objects.filter(bot=bot).since(start).alerts()) if bot.pk else []),
    )


def _entries(bot: Bot, pairs: Mapping[str, tuple[Candles, Terms]], alerts: list[Signal]) -> dict[str, Any]:
    """Return what asks for groups, and what asks to close them.

    Of a bot that waits for alerts, and to whose time none belongs that asks for a group, nothing is known: it asks at
    all times.
    """
    told = {
        pair: list(decided_at((one for one in alerts if one.pair == pair), candles))
        for pair, (candles, _) in pairs.items()
    }
    closings = {pair: [at for at, wish in found if wish == SignalWish.CLOSE] for pair, found in told.items()}
    entries: dict[str, Any] = {"closings": closings}
    if bot.entry_source == EntrySource.TREND:
        frames = bot.trend_frame, HIGHER[bot.trend_frame]
        entries |= {"frames": tuple(FRAMES[one] // MINUTE for one in frames), "reason": "entry.trend"}
    elif bot.entry_source == EntrySource.WEBHOOK:
        asked = {pair: [(at, at + 1) for at, wish in found if wish == SignalWish.LONG] for pair, found in told.items()}
        if any(asked.values()):
            entries |= {"signals": asked, "reason": "entry.signal"}
    return entries


def decided_at(alerts: Iterable[Signal], candles: Candles) -> Iterator[tuple[int, str]]:
    """Yield at the open of which minute each alert of a pair is decided upon, and what it asks for.

    That is the first one after it came, and after the one before it: what comes first is decided first. Where no
    minute begins as long as an alert counts, it is left out.
    """
    free = 0
    for alert in alerts:
        place = candles.at(max(minute_of(alert.received_at), free))
        if place < len(candles) and (minute := int(candles.minute[place])) <= minute_of(
            alert.received_at + SIGNAL_LIFETIME
        ):
            yield minute, alert.wish
            free = minute + 1


def terms_of(instrument: Instrument, step: Decimal) -> Terms:
    """Return what trading the pair costs by the exchange's rules, fees and spread of today; `step` is the candles'."""
    fees, rules = inputs.fees_of(instrument), inputs.rules_of(instrument)
    spec = registry.BY_SLUG[instrument.exchange]
    reach = {} if spec.trading.reach is None else {"reach": spec.trading.reach}
    half_spread = USUAL_HALF_SPREAD
    if instrument.bid is not None and instrument.ask is not None:
        # A part of a step is paid as a whole one.
        half = (instrument.ask - instrument.bid) / (2 * step)
        half_spread = max(0, int(half.to_integral_value(ROUND_CEILING)))
    return Terms(
        minimum_cost=rules.minimum_cost,
        min_amount=rules.min_amount,
        amount_step=rules.amount_step,
        fees=fees,
        paid=fees.entry,
        way=FeeWay.COIN if fees.entry_in_coin else FeeWay.QUOTE,
        half_spread=half_spread,
        **reach,
    )
