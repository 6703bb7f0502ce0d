"""What a step of many bots stands on, loaded in a fixed number of queries and then only looked at."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from connections import waits
from connections.models import ExchangePause
from database.prepared import PreparedModels, PreparedRows, moment, numbers
from exchanges.values import FRAMES
from strategies.choices import AddOnBehaviour, EntryRule, EntrySource, GroupMode, OrderState, Purpose, StopLevel
from strategies.engine.decision import Action, Decision
from strategies.engine.margin import Stake
from strategies.engine.risk import stress_of
from strategies.engine.state import Limits, MarketNow, Stop
from strategies.inputs import level_of, margin_of
from strategies.models import Bot, Group, Order, StopSwitch
from strategies.models.funds import Funds
from strategies.models.market import HIGHER, RECOVERY_FRAME, CandleSeries, Instrument
from strategies.models.stops import hardest
from strategies.pairs import quote_of

ZERO = Decimal(0)
MOST_CLOSES = 10
# Longer ago than a pause can last, it does not matter when a group ended.
PAST = timedelta(days=8)
REFUSALS_FOR = timedelta(hours=1)
Key = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Past:
    """When groups of a bot's pair last opened, last ended, and last ended without having bought anything.

    `refusals` counts entries that the exchange refused within an hour.
    """

    opened_at: datetime | None = None
    closed_at: datetime | None = None
    refused_at: datetime | None = None
    refusals: int = 0


@dataclass
class Surroundings:
    """`groups` are the open ones by bot, `live` their live orders by group, `past` by bot and pair.

    `closes` and `ends` are those of closed candles by pair and frame, the newest last; `refused` is what the exchange
    refused last, of those groups that rest after it. `pause`: the exchange wants to be left alone.
    """

    groups: dict[int, list[Group]] = field(default_factory=lambda: defaultdict(list))
    live: dict[int, Order] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    funds: dict[int, Funds] = field(default_factory=dict)
    at_work: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    in_recovery: dict[Key, set[int]] = field(default_factory=lambda: defaultdict(set))
    past: dict[Key, Past] = field(default_factory=dict)
    closes: dict[tuple[str, str], tuple[Decimal, ...]] = field(default_factory=dict)
    ends: dict[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)
    everybody: StopLevel = StopLevel.NONE
    traders: dict[int, StopLevel] = field(default_factory=dict)
    pause: ExchangePause | None = None

    def closed_until(self, pair: str, frame: str) -> datetime | None:
        """Return when the last of the candles closed."""
        ends = self.ends.get((pair, frame))
        return ends[-1] if ends else None

    def closes_since(self, pair: str, moment: datetime) -> tuple[Decimal, ...]:
        """Return the newest closes of the way out of recovery, none that is older than the moment."""
        key = pair, RECOVERY_FRAME
        ends = self.ends.get(key, ())
        return self.closes.get(key, ())[max(bisect_right(ends, moment), len(ends) - MOST_CLOSES) :]

    def stop_of(self, bot: Bot) -> StopLevel:
        own = self.traders.get(bot.connection.owner_id, StopLevel.NONE)
        return hardest(self.everybody, own, bot.paused)

    def equity(self, bot: Bot, now: datetime) -> Decimal | None:
        """Return the connection's quote money and what its groups have at work, None when it is not known."""
        funds = self.funds.get(bot.connection_id)
        if funds is None or not funds.is_known(now) or not funds.tells(bot.quote):
            return None
        return funds.total(bot.quote) + self.at_work[bot.connection_id, bot.quote]

    def free(self, bot: Bot, now: datetime) -> Decimal | None:
        funds = self.funds.get(bot.connection_id)
        is_told = funds is not None and funds.is_known(now) and funds.tells(bot.quote)
        return funds.free(bot.quote) if funds is not None and is_told else None

    def are_coins_told(self, bot: Bot, pair: str, *, is_held: bool) -> bool:
        """Say whether the last reading told of both coins of a pair; `is_held`: the bot holds the pair's base coin."""
        if (funds := self.funds.get(bot.connection_id)) is None:
            return True
        base, _, quote = pair.partition("/")
        return funds.tells(quote) and (funds.tells(base) if is_held else base not in funds.odd.coins)

    def is_resting(self, group: Group, decision: Decision, now: datetime) -> bool:
        """After a refusal a group rests; a refused buy must not keep it from being sold."""
        if group.retry_at is None or group.retry_at <= now:
            return False
        return decision.action is not Action.CLOSE or self.refused.get(group.pk) == Purpose.EXIT

    def is_reconciled(self, bot: Bot, now: datetime) -> bool:
        """Say whether its books are fresh; in a pause those that were when it began are enough to sell by."""
        funds, now = self.funds.get(bot.connection_id), waits.compared_as_of(self.pause, now)
        return funds is not None and funds.is_reconciled(now)


def load(
    bots: Sequence[Bot],
    *,
    exchange: str,
    venue: str,
    entering: Iterable[Bot],
    now: datetime,
    funds: Mapping[int, Funds] | None = None,
) -> Surroundings:
    """Load what decisions about these bots need; `entering` are those that may open a group now."""
    found = Surroundings()
    connections = {bot.connection_id for bot in bots}
    owners = {bot.connection.owner_id for bot in bots}
    _load_groups(found, bots, connections, now)
    _load_others(found, bots, connections, owners)
    _load_stops(found, owners)
    found.pause = waits.current(exchange, venue, now)
    found.funds = dict(funds or funds_of(connections))
    _load_past(found, [bot.pk for bot in entering], now)
    _load_candles(found, exchange, venue, bots, now)
    return found


def funds_of(connections: Collection[int]) -> dict[int, Funds]:
    return {row.connection_id: row for row in _FUNDS.run(connections=connections)}


_FUNDS = PreparedModels(lambda: Funds.objects.filter(connection__in=numbers("connections")))


def _load_groups(found: Surroundings, bots: Sequence[Bot], connections: set[int], now: datetime) -> None:
    known = {bot.pk: bot for bot in bots}
    for group in _GROUPS.run(bots=known):
        bot = known[group.bot_id]
        if group.mode == GroupMode.RECOVERY:
            found.in_recovery[bot.connection.owner_id, group.pair].add(group.connection_id)
        if group.connection_id in connections:
            found.at_work[group.connection_id, quote_of(group.pair)] += at_work(group.cost, group.quantity, group.sold)
        # What lies in another account than the bot's is not the bot's to sell here.
        if bot.connection_id == group.connection_id:
            group.bot, group.connection = bot, bot.connection
            found.groups[bot.pk].append(group)
    if found.groups:
        found.live = {order.group_id: order for order in _LIVE.run(bots=known)}
    mine = [group for some in found.groups.values() for group in some]
    if resting := [group.pk for group in mine if group.retry_at and group.retry_at > now]:
        refused = Order.objects.filter(group__in=resting, state=OrderState.REFUSED).order_by("number")
        found.refused = dict(refused.values_list("group", "purpose"))


_GROUPS = PreparedModels(lambda: Group.objects.open().filter(bot__in=numbers("bots")).order_by("pk"))
_LIVE = PreparedModels(lambda: Order.objects.live().filter(bot__in=numbers("bots")))


def _load_others(found: Surroundings, bots: Sequence[Bot], connections: set[int], owners: set[int]) -> None:
    """Of other bots' groups only their money counts, and which of the owner's pairs are in recovery where."""
    here = _OTHERS.run(connections=connections, owners=owners, bots=[bot.pk for bot in bots])
    for owner, connection, pair, mode, *sums in here:
        if mode == GroupMode.RECOVERY:
            found.in_recovery[owner, pair].add(connection)
        if connection in connections:
            found.at_work[connection, quote_of(pair)] += at_work(*sums)


def _other_groups() -> QuerySet[Group, Any]:
    here = Q(connection__in=numbers("connections"))
    recovering = Q(mode=GroupMode.RECOVERY, connection__owner__in=numbers("owners"))
    others = Group.objects.open().filter(here | recovering).exclude(bot__in=numbers("bots"))
    return others.values_list("connection__owner", "connection_id", "pair", "mode", "cost", "quantity", "sold")


_OTHERS = PreparedRows(_other_groups)


def at_work(cost: Decimal, quantity: Decimal, sold: Decimal) -> Decimal:
    """Return the quote money still in a group: what is not sold, at its average."""
    return cost * (1 - sold / quantity) if quantity else cost


def _load_stops(found: Surroundings, owners: set[int]) -> None:
    for switch in _SWITCHES.run():
        if switch.is_global:
            found.everybody = StopLevel(switch.level)
        elif switch.owner_id in owners:
            found.traders[switch.owner_id] = StopLevel(switch.level)


_SWITCHES = PreparedModels(lambda: StopSwitch.objects.exclude(level=StopLevel.NONE))


def _load_past(found: Surroundings, bots: list[int], now: datetime) -> None:
    if not bots:
        return
    rows = _PAST.run(bots=bots, since=now - PAST, refused_since=now - REFUSALS_FOR)
    for bot, pair, opened, closed, failed, refusals in rows:
        found.past[bot, pair] = Past(opened_at=opened, closed_at=closed, refused_at=failed, refusals=refusals)


def _past_groups() -> QuerySet[Group, Any]:
    lately = Group.objects.filter(bot__in=numbers("bots"), opened_at__gt=moment("since"))
    refused = Q(close_reason__in=("entry.refused", "entry.not_filled"))
    in_a_row = Q(close_reason="entry.refused", closed_at__gt=moment("refused_since"))
    return lately.values_list("bot_id", "pair").annotate(
        opened=Max("opened_at", filter=~refused),
        closed=Max("closed_at", filter=~refused),
        failed=Max("closed_at", filter=refused),
        refusals=Count("pk", filter=in_a_row),
    )


_PAST = PreparedRows(_past_groups)


def _load_candles(found: Surroundings, exchange: str, venue: str, bots: Sequence[Bot], now: datetime) -> None:
    """Load closes where something stands on them: the way out of recovery, and the trend rule."""
    groups = (group for some in found.groups.values() for group in some)
    wanted = {(group.pair, RECOVERY_FRAME) for group in groups if group.mode == GroupMode.RECOVERY}
    for bot in bots:
        if bot.entry_source == EntrySource.TREND:
            wanted |= {(pair, frame) for pair in bot.pairs for frame in (bot.trend_frame, HIGHER[bot.trend_frame])}
    if not wanted:
        return
    here = CandleSeries.objects.filter(instrument__exchange=exchange, instrument__venue=venue)
    pairs, frames = {pair for pair, _ in wanted}, {frame for _, frame in wanted}
    series = here.filter(instrument__pair__in=pairs, frame__in=frames).select_related("instrument")
    for one in series:
        closed = one.closed()
        # Candles that stopped coming say nothing about now.
        if closed and now - (closed[-1].start + FRAMES[one.frame]) <= 2 * FRAMES[one.frame]:
            key = one.instrument.pair, one.frame
            found.closes[key] = tuple(candle.close for candle in closed)
            found.ends[key] = tuple(candle.start + FRAMES[one.frame] for candle in closed)


def is_absent(order: Order | None) -> bool:
    return order is not None and order.state == OrderState.ABSENT


STOPS = {StopLevel.NONE: Stop.NONE, StopLevel.ENTRIES: Stop.ENTRIES}


def market_since(group: Group, market: MarketNow, around: Surroundings) -> MarketNow:
    """Return the market with the candles that speak of the group as it is, not of before its trouble or last fill.

    They decide about nothing but the way out of recovery.
    """
    if group.mode != GroupMode.RECOVERY:
        return market
    moments = (group.opened_at, group.last_fill_at, group.recovery_since)
    return replace(market, closes=around.closes_since(group.pair, max(moment for moment in moments if moment)))


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The bot's other open groups at this moment of the step: what they claim, and how many they are."""

    stakes: tuple[Stake, ...]
    count: int


def limits_of(
    bot: Bot, pair: str, instrument: Instrument, beside: Beside, around: Surroundings, *, stop: Stop, now: datetime
) -> Limits:
    owner = bot.connection.owner_id
    recovering = around.in_recovery.get((owner, pair), set())
    past = around.past.get((bot.pk, pair))
    return Limits(
        margin=margin_of(bot),
        equity=around.equity(bot, now),
        accepted_loss=level_of(bot).accepted_loss,
        stress=stress_of(pair.partition("/")[0]),
        other_stakes=beside.stakes,
        open_groups=beside.count,
        pair_in_recovery=bot.connection_id in recovering,
        # A bot that waits for trouble to end buys nothing, whatever its connection is a moment later.
        is_connection_proven=bot.is_enabled and bot.connection.is_proven(now),
        has_proof=bot.connection.has_proof(now),
        stop=stop,
        last_closed_at=past.closed_at if past else None,
        free_quote=around.free(bot, now),
        is_pair_open=instrument.is_tradable,
        needs_recovery_elsewhere=bot.entry_rule == EntryRule.BESIDE_RECOVERY,
        recovery_elsewhere=bool(recovering - {bot.connection_id}),
    )


def stop_for(bot: Bot, group: Group | None, level: StopLevel) -> Stop:
    """Return the stop as the engine knows it; add-ons that the trader switched off later are paused too."""
    if group is not None and group.close_asked_at:
        return Stop.CLOSE
    if group is not None and bot.add_on_behaviour == AddOnBehaviour.OFF:
        return Stop.ADD_ONS
    return STOPS.get(level, Stop.ADD_ONS)
