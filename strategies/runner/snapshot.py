"""What a step of many bots stands on: loaded in a fixed number of queries, candles where a decision needs them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from connections import desks
from connections.models import ExchangePause
from database.prepared import PreparedModels, PreparedRows, moment, number, numbers, text
from exchanges.values import FRAMES
from strategies import account, inputs
from strategies.account import Pools
from strategies.choices import (
    AddOnBehaviour,
    EntrySource,
    OrderState,
    Purpose,
    StopLevel,
)
from strategies.engine import gate
from strategies.engine.decision import Action, Decision
from strategies.engine.state import Limits, MarketNow, Stake, Stop
from strategies.models import Bot, Group, Order, Signal, StopSwitch
from strategies.models.funds import Funds
from strategies.models.market import RECOVERY_FRAME, CandleSeries, Instrument
from strategies.models.stops import hardest
from strategies.pairs import quote_of
from workers.backoff import backoff

MOST_CLOSES = 10
# Longer ago than a pause can last, it does not matter when a group ended.
PAST = timedelta(days=8)
REFUSALS_FOR = timedelta(hours=1)
# After an entry that bought nothing a pair rests; twice as long after each that the exchange refused.
REST, LONGEST_REST = timedelta(seconds=60), timedelta(minutes=15)
Key = tuple[int, str]
# Closing prices and when their candles closed, the newest last.
Candles = tuple[tuple[Decimal, ...], tuple[datetime, ...]]


@dataclass(frozen=True)
class Past:
    """When groups of a bot's pair last opened, last ended, and last ended without having bought anything.

    `refusals` counts entries that the exchange refused within an hour.
    """

    opened_at: datetime | None = None
    closed_at: datetime | None = None
    refused_at: datetime | None = None
    refusals: int = 0


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The bot's other open groups at this moment of the step: what they claim, and how many they are."""

    stakes: tuple[Stake, ...]
    count: int


@dataclass(kw_only=True)
class Snapshot:
    """The claimed bots of one exchange, the signals that came for some of them, and what surrounds them.

    `groups` are the open ones by bot, `live` their live orders by group, `past` by bot and pair. `last` are the last
    orders of those groups that rest after one, or of which the exchange has refused one and taken none since. `read`
    are the candles that were needed so far, by pair and frame. `pause`: the exchange wants to be left alone.
    `accounts` grow with what is decided.
    """

    bots: Sequence[Bot]
    instruments: Mapping[str, Instrument]
    signals: Mapping[int, Signal]
    now: datetime
    funds: Mapping[int, Funds]
    accounts: Pools
    in_recovery: Mapping[Key, set[int]]
    pause: ExchangePause | None = None
    groups: dict[int, list[Group]] = field(default_factory=lambda: defaultdict(list))
    live: dict[int, Order] = field(default_factory=dict)
    last: dict[int, Order] = field(default_factory=dict)
    past: dict[Key, Past] = field(default_factory=dict)
    read: dict[tuple[str, str], Candles] = field(default_factory=dict)
    everybody: StopLevel = StopLevel.NONE
    traders: dict[int, StopLevel] = field(default_factory=dict)
    markets: dict[str, MarketNow | None] = field(default_factory=dict)

    def market(self, pair: str) -> MarketNow | None:
        """Return the pair as the engine sees it; None until it has a price and the exchange's rules."""
        if pair not in self.markets:
            instrument = self.instruments.get(pair)
            self.markets[pair] = inputs.market_of(instrument) if instrument else None
        return self.markets[pair]

    def market_since(self, group: Group, market: MarketNow) -> MarketNow:
        """Return the market with the candles that speak of the group as it is, not of before its trouble or last fill.

        They decide about the way out of recovery, and that there is no way in while they hold break-even.
        """
        moments = (group.opened_at, group.last_fill_at, group.recovery_since)
        closes, ends = self.candles(group.pair, RECOVERY_FRAME)
        first = max(bisect_right(ends, max(at for at in moments if at)), len(ends) - MOST_CLOSES)
        return replace(market, closes=closes[first:])

    def candles(self, pair: str, frame: str) -> Candles:
        """Return when the pair's closed candles closed and at what; candles that stopped coming say nothing."""
        if (key := (pair, frame)) not in self.read:
            self.read[key] = (), ()
            for series in _SERIES.run(instrument=self.instruments[pair].pk, frame=frame):
                closed, length = series.closed(), FRAMES[frame]
                if closed and self.now - (closed[-1].start + length) <= 2 * length:
                    self.read[key] = tuple(one.close for one in closed), tuple(one.start + length for one in closed)
        return self.read[key]

    def stop_of(self, bot: Bot) -> StopLevel:
        own = self.traders.get(bot.connection.owner_id, StopLevel.NONE)
        winding_down = StopLevel.ENTRIES if bot.is_winding_down else StopLevel.NONE
        return hardest(self.everybody, own, bot.paused, winding_down)

    def refusal_to_add(self, group: Group) -> Decision | None:
        """Return that of what its trader asked to buy where no price and no limit matters; None: there is none."""
        asked_at = group.to_add_at or self.now
        reason = gate.too_late(asked_at, self.now, is_running=group.bot.is_enabled)
        if not reason and self.stop_of(group.bot) == StopLevel.ORDERS:
            reason = "stop.orders"
        return Decision(action=Action.BLOCK, reason=reason) if reason else None

    def are_coins_told(self, bot: Bot, pair: str, *, is_held: bool) -> bool:
        """Say whether the last reading told of both coins of a pair; `is_held`: the bot holds the pair's base coin."""
        if (funds := self.funds.get(bot.connection_id)) is None:
            return True
        base, _, quote = pair.partition("/")
        return funds.tells(quote) and (funds.tells(base) if is_held else base not in funds.odd.coins)

    def free_coins(self, group: Group) -> Decimal | None:
        """Return how many of a group's coins can be sold after a sale that lacked some, None: all, or not known.

        Only a reading after that refusal tells: one before it may not know yet what was bought.
        """
        last, funds, base = self.last.get(group.pk), self.funds.get(group.connection_id), group.pair.partition("/")[0]
        if last is None or last.refusal != "order.refused_coins" or funds is None or not funds.tells(base):
            return None
        if not funds.is_known(self.now) or not last.ended_at or not funds.read_at or funds.read_at <= last.ended_at:
            return None
        free = funds.free(base)
        return free if free < group.held else None

    def rest_of(self, group: Group, decision: Decision) -> str:
        """Return why an order has to wait a moment after the one before, "" when it need not.

        A buy that was refused, or found nobody, must not keep the group from being sold.
        """
        last = self.last.get(group.pk)
        if last is None or group.retry_at is None or group.retry_at <= self.now:
            return ""
        if decision.action is Action.CLOSE and last.purpose != Purpose.EXIT:
            return ""
        return "order.resting" if last.state == OrderState.REFUSED else "order.found_nobody"

    def lack_of_books(self, bot: Bot, leaving: Group | None = None) -> str:
        """Return why books allow no buy, or not to sell the group that is `leaving`; "" when they do.

        After a restore from a backup a pair's groups wait until it is caught up, and buys until all pairs are.
        """
        funds = self.funds.get(bot.connection_id)
        if leaving.is_behind if leaving else funds is not None and funds.restored_from is not None:
            has_no_end = leaving is not None and funds is not None and funds.has_no_end(leaving.pair)
            return "books.no_end" if has_no_end else "books.behind"
        # In a pause those that were fresh when it began are enough to sell by.
        is_fresh = funds is not None and funds.is_reconciled(desks.compared_as_of(self.pause, self.now))
        return "" if is_fresh else "books.not_compared"

    def keeps_out(self, bot: Bot, pair: str) -> str:
        """Return why no new group of the pair is thought of at this moment, "" when the engine must be asked."""
        if self.stop_of(bot) == StopLevel.ORDERS:
            return "stop.orders"
        if self.pause:
            return "exchange.away" if self.pause.is_away else "exchange.paused"
        if self.market(pair) is None:
            return "market.unknown"
        if lack := self.lack_of_books(bot):
            return lack
        if not self.are_coins_told(bot, pair, is_held=False):
            return "coin.unreadable"
        past = self.past.get((bot.pk, pair), Past())
        if past.refused_at and self.now - past.refused_at < backoff(past.refusals, REST, LONGEST_REST):
            return "order.resting"
        return ""

    def limits_of(self, bot: Bot, pair: str, beside: Beside, group: Group | None = None) -> Limits:
        """Return what surrounds a group, or a new one of the pair. Add-ons switched off later are paused too."""
        stop = inputs.STOPS.get(self.stop_of(bot), Stop.ADD_ONS)
        if group is not None and group.close_asked_at:
            stop = Stop.CLOSE
        elif group is not None and bot.add_on_behaviour == AddOnBehaviour.OFF:
            stop = Stop.ADD_ONS
        recovering = self.in_recovery.get((bot.connection.owner_id, pair), set())
        return inputs.limits_of(
            bot,
            self.instruments[pair],
            equity=None,
            other_stakes=beside.stakes,
            open_groups=beside.count,
            pair_in_recovery=bot.connection_id in recovering,
            # A bot that waits for trouble to end buys nothing, whatever its connection is a moment later.
            is_connection_proven=bot.is_enabled and bot.connection.is_proven(self.now),
            has_proof=bot.connection.has_proof(self.now),
            stop=stop,
            last_closed_at=self.past.get((bot.pk, pair), Past()).closed_at,
            recovery_elsewhere=bool(recovering - {bot.connection_id}),
        )

    def with_money(self, limits: Limits, bot: Bot, pair: str) -> Limits:
        """Return the limits with what all groups of the connection share: only what may buy is bounded by it."""
        pool = self.accounts.of((bot.connection_id, quote_of(pair)))
        return replace(limits, equity=pool.equity, free_quote=pool.free, pool=pool)


def load(
    bots: Sequence[Bot],
    instruments: Mapping[str, Instrument],
    *,
    exchange: str,
    venue: str,
    now: datetime,
    signals: Mapping[int, Signal],
    funds: Mapping[int, Funds] | None = None,
) -> Snapshot:
    """Load what decisions about these bots need; `funds` by connection, if somebody has just read them."""
    owners = {bot.connection.owner_id for bot in bots}
    funds = funds or funds_of({bot.connection_id for bot in bots})
    entering = [bot for bot in bots if bot.pk in signals or enters_by_rule(bot)]
    homes = {bot.connection_id: bot.connection.owner_id for bot in entering}
    accounts, in_recovery = account.around([bot.pk for bot in bots], homes, set(homes.values()), funds, now=now)
    found = Snapshot(
        bots=bots,
        instruments=instruments,
        signals=signals,
        now=now,
        funds=funds,
        accounts=accounts,
        in_recovery=in_recovery,
    )
    _load_groups(found)
    for switch in _SWITCHES.run():
        if switch.owner_id is None and switch.holds_at(exchange, venue):
            found.everybody = hardest(found.everybody, switch.level)
        elif switch.owner_id in owners:
            own = found.traders.get(switch.owner_id, StopLevel.NONE)
            found.traders[switch.owner_id] = hardest(own, switch.level)
    found.pause = desks.pause_of(exchange, venue, now)
    if entering:
        ids = [bot.pk for bot in entering]
        for bot_id, pair, *past in _PAST.run(bots=ids, since=now - PAST, refused_since=now - REFUSALS_FOR):
            found.past[bot_id, pair] = Past(*past)
    return found


def enters_by_rule(bot: Bot) -> bool:
    return bot.entry_source != EntrySource.WEBHOOK and bot.opens_groups


def funds_of(connections: Collection[int]) -> dict[int, Funds]:
    return {row.connection_id: row for row in _FUNDS.run(connections=connections)}


def _load_groups(found: Snapshot) -> None:
    known = {bot.pk: bot for bot in found.bots}
    for group in _GROUPS.run(bots=known):
        bot = known[group.bot_id]
        # What lies in another account than the bot's is not the bot's to sell here.
        if bot.connection_id == group.connection_id:
            group.bot, group.connection = bot, bot.connection
            found.groups[bot.pk].append(group)
    if found.groups:
        found.live = {order.group_id: order for order in _LIVE.run(bots=known)}
    mine = [group for some in found.groups.values() for group in some]
    if refused := [group.pk for group in mine if group.refusals or (group.retry_at and group.retry_at > found.now)]:
        last = Order.objects.filter(group=OuterRef("group")).order_by("-number").values("pk")[:1]
        found.last = {one.group_id: one for one in Order.objects.filter(group__in=refused, pk=Subquery(last))}


_FUNDS = PreparedModels(lambda: Funds.objects.filter(connection__in=numbers("connections")))
_GROUPS = PreparedModels(lambda: Group.objects.open().filter(bot__in=numbers("bots")).order_by("pk"))
_LIVE = PreparedModels(lambda: Order.objects.live().filter(bot__in=numbers("bots")))
_SERIES = PreparedModels(lambda: CandleSeries.objects.filter(instrument=number("instrument"), frame=text("frame")))
_SWITCHES = PreparedModels(lambda: StopSwitch.objects.exclude(level=StopLevel.NONE))


def _past_groups() -> QuerySet[Group, Any]:
    lately = Group.objects.filter(bot__in=numbers("bots"), opened_at__gt=moment("since"))
    refused = Q(close_reason__in=("entry.refused", "entry.not_filled", "entry.too_little"))
    in_a_row = Q(close_reason="entry.refused", closed_at__gt=moment("refused_since"))
    return lately.values_list("bot_id", "pair").annotate(
        opened=Max("opened_at", filter=~refused),
        closed=Max("closed_at", filter=~refused),
        failed=Max("closed_at", filter=refused),
        refusals=Count("pk", filter=in_a_row),
    )


_PAST = PreparedRows(_past_groups)
