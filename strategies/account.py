"""What all open groups of some connections claim together, read in one statement, counted on as orders are decided."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from connections.models import Connection
from database.prepared import PreparedModels, PreparedRows, moment, numbers
from strategies.choices import LIVE_STATES, AddOnBehaviour, GroupMode, OrderState
from strategies.engine.account import NO_STAKE, Grounds, Pool, Stake
from strategies.engine.ladder import Ladder, stress_of
from strategies.engine.position import ONE, ZERO, Side
from strategies.models import Bot, Group, Order
from strategies.models.funds import READ_FOR, Funds
from strategies.models.groups import read_ladder
from strategies.pairs import quote_of

# An order that was sent so long before the balances were read, and is open still, is locked in them.
LOCKED_AFTER = timedelta(seconds=10)
# Buys that ended longer ago are in any balances that still count.
LATELY = READ_FOR + LOCKED_AFTER
# That a buy which made way for its group's exit ended with nothing filled is believed at once: exits wait for nobody.
# Where what is read lags it was filled after all, which the first look after its end shows
# (strategies/execution/books.py); until then its money may be gone.
MADE_WAY_FOR = timedelta(seconds=10)
# Stands in for a ladder that is not ours: nothing is to come, and all that is held may be lost.
NO_LADDER = Ladder(base=ONE, add_on=ONE, step=ONE, step_scale=ONE, volume_scale=ONE, add_ons=0)
# A connection and a quote coin.
Key = tuple[int, str]
# Of a row; the rest is its buy.
GROUP_COLUMNS = 16
GROUP_SUMS = ("ladder_json", "first_price", "add_ons_done", "at_work", "cost", "quantity", "sold", "fee_coin")


class Buy(NamedTuple):
    """A buy that is under way, or that began or ended of late."""

    state: str
    step: int
    quantity: Decimal
    price: Decimal
    filled: Decimal
    sent_at: datetime | None
    ended_at: datetime | None

    @property
    def left(self) -> Decimal:
        """Return the money that it may still take."""
        return (self.quantity - self.filled) * self.price if self.state in LIVE_STATES else ZERO

    def is_in(self, read_at: datetime | None) -> bool:
        """Say whether balances of that moment show it: it was over by then, or so old that its money was locked."""
        if read_at is None:
            return False
        if self.ended_at is not None:
            return self.ended_at < read_at
        return self.sent_at is not None and self.sent_at < read_at - LOCKED_AFTER


class Claim(NamedTuple):
    """An open group and one of its buys, if any: a row for each."""

    group: int
    bot: int
    connection: int
    owner: int
    pair: str
    side: str
    mode: str
    behaviour: str
    ladder_json: Any
    first_price: Decimal | None
    add_ons_done: int
    at_work: Decimal
    cost: Decimal
    quantity: Decimal
    sold: Decimal
    fee_coin: Decimal
    buy: Buy | None

    @property
    def holding(self) -> Grounds:
        """Return the group without what is under way."""
        try:
            ladder, stress = read_ladder(self.ladder_json), stress_of(self.pair.partition("/")[0])
        except (ArithmeticError, LookupError, TypeError, ValueError):
            ladder, stress = NO_LADDER, ONE
        return Grounds(
            ladder=ladder,
            side=Side(self.side),
            stress=stress,
            is_reserved=self.behaviour != AddOnBehaviour.FIRST_COME,
            first=self.first_price or ZERO,
            at_work=self.at_work,
            cost=self.cost,
            held=self.quantity - self.fee_coin - self.sold,
            done=min(self.add_ons_done, ladder.add_ons),
        )


@dataclass(frozen=True, kw_only=True)
class Buying:
    """A buy that is asked for: the stake of its group as it is, and the group with the buy under way."""

    key: Key
    bot: int
    group: int
    before: Stake
    holding: Grounds


@dataclass
class Pools:
    """Open groups: `holdings` by their numbers, of which each of the `bots` has some.

    Of the connections that are `whole` all are known; of the others only some bots', until somebody asks for all. New
    groups that are only asked for have numbers below 0.
    """

    funds: Mapping[int, Funds]
    now: datetime
    whole: set[int]
    keys: dict[int, Key] = field(default_factory=dict)
    holdings: dict[int, Grounds] = field(default_factory=dict)
    bots: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    at: dict[Key, Pool] = field(default_factory=dict)

    def of(self, key: Key) -> Pool:
        """Return all groups of a connection in a quote coin together, with what was counted since."""
        connection, quote = key
        if connection not in self.whole and connection in self.funds:
            self.whole.add(connection)
            self.add(_claim(row) for row in _HERE.run(connections={connection}, since=self.now - LATELY))
        if key not in self.at:
            funds = self.funds.get(connection)
            if funds is None or not funds.is_known(self.now) or not funds.tells(quote):
                return Pool()
            cap = Decimal(funds.loss_cap) / 100
            self.at[key] = Pool(equity=funds.total(quote), free=funds.free(quote), loss_cap=cap)
        return self.at[key]

    def stakes_of(self, bot: Bot, *, without: int = 0) -> tuple[Stake, ...]:
        return tuple(self.holdings[pk].stake for pk in sorted(self.bots[bot.pk]) if pk != without)

    def asked(self, bot: Bot, pair: str, ladder: Ladder, *, cost: Decimal, step: int, group: int = 0) -> Buying:
        """Return what a buy of this cost would make of a group, or of a new one.

        Rungs of add-ons that are switched off later count, too.
        """
        known = self.holdings.get(group)
        is_reserved, stress = bot.add_on_behaviour != AddOnBehaviour.FIRST_COME, stress_of(pair.partition("/")[0])
        new = Grounds(ladder=ladder, side=Side.LONG, stress=stress, is_reserved=is_reserved)
        return Buying(
            key=(bot.connection_id, quote_of(pair)),
            bot=bot.pk,
            group=group or -1 - len(self.holdings),
            before=known.stake if known else NO_STAKE,
            holding=(known or new).ordering(cost, step),
        )

    def count(self, asked: Buying) -> None:
        """Let a buy count for whatever is asked after it, as if it had been ordered."""
        self.at[asked.key] = self.of(asked.key).counting(asked.before, asked.holding.stake)
        self.holdings[asked.group] = asked.holding
        self.bots[asked.bot].add(asked.group)

    def add(self, claims: Iterable[Claim]) -> None:
        """Take rows of open groups in; sum up those of whole connections, beside what the balances said last."""
        worth, free = defaultdict[Key, Decimal](Decimal), defaultdict[Key, Decimal](Decimal)
        added = dict[int, Key]()
        for one in claims:
            group, key = one.group, (one.connection, quote_of(one.pair))
            if group not in added:
                added[group], self.holdings[group] = key, one.holding
                self.bots[one.bot].add(group)
                worth[key] += self.holdings[group].at_work
            if one.buy and one.buy.left:
                self.holdings[group] = self.holdings[group].ordering(one.buy.left, one.buy.step)
            funds = self.funds.get(one.connection)
            if one.buy and not one.buy.is_in(funds.read_at if funds else None):
                paid = one.buy.filled * one.buy.price
                worth[key] -= paid
                free[key] -= paid + one.buy.left
        self.keys |= added
        at_risk, set_aside = defaultdict[Key, Decimal](Decimal), defaultdict[Key, Decimal](Decimal)
        for group, key in added.items():
            if key[0] in self.whole:
                stake = self.holdings[group].stake
                at_risk[key] += stake.at_risk
                set_aside[key] += stake.to_come
        for key in at_risk:
            sums = {"free": free[key], "at_risk": at_risk[key], "set_aside": set_aside[key]}
            self.at[key] = self.of(key).plus(equity=worth[key], **sums)


def around(
    bots: Collection[int],
    connections: Collection[int],
    owners: Collection[int],
    funds: Mapping[int, Funds],
    *,
    now: datetime,
) -> tuple[Pools, dict[tuple[int, str], set[int]]]:
    """Return the open groups of these bots and connections, and where groups are in Recovery Mode.

    The latter by owner and pair, on all connections of these owners. Connections that are not named are read where
    somebody asks for them: a look must not read all groups beside those that have something to do.
    """
    these = {"bots": bots, "connections": connections, "owners": owners}
    claims = [_claim(row) for row in _AROUND.run(**these, since=now - LATELY)]
    recovering = defaultdict[tuple[int, str], set[int]](set)
    for one in claims:
        if one.mode == GroupMode.RECOVERY:
            recovering[one.owner, one.pair].add(one.connection)
    found, known = Pools(funds=funds, now=now, whole=set(connections)), set(bots)
    found.add(one for one in claims if one.connection in found.whole or one.bot in known)
    return found, recovering


def read(funds: Mapping[int, Funds], *, now: datetime) -> Pools:
    """Sum up all groups of the connections whose money this is."""
    found = Pools(funds=funds, now=now, whole=set(funds))
    found.add(_claim(row) for row in _HERE.run(connections=funds, since=now - LATELY))
    return found


def hold(connections: Collection[int], *, now: datetime) -> Pools:
    """Hold the rows of these connections' money until the transaction ends, and sum up their groups as they are now.

    Who writes a buy down holds them, before any other row but the connection's: no two workers admit at once what
    passes a limit together. A buy that made way counts with them as if it were under way, whatever became of its group.
    """
    found = read({row.connection_id: row for row in _HELD.run(connections=connections)}, now=now)
    for connection, bot, pair, quantity, price in _MADE_WAY.run(connections=connections, since=now - MADE_WAY_FOR):
        stress, number = stress_of(pair.partition("/")[0]), -1 - len(found.holdings)
        alone = Grounds(ladder=NO_LADDER, side=Side.LONG, stress=stress, is_reserved=False, ordered=quantity * price)
        key = connection, quote_of(pair)
        found.count(Buying(key=key, bot=bot, group=number, before=NO_STAKE, holding=alone))
    return found


def stake_of(group: Group) -> Stake:
    """Return what an open group claims by its fills; an order of it that is under way is not in it yet."""
    told = group.pk, group.bot_id, group.connection_id, 0, group.pair, group.side, group.mode
    return Claim._make((*told, group.bot.add_on_behaviour, *attrgetter(*GROUP_SUMS)(group), None)).holding.stake


def _claim(row: Sequence[Any]) -> Claim:
    buy = row[GROUP_COLUMNS:]
    values = *row[:GROUP_COLUMNS], None if buy[0] is None else Buy(*buy)
    return Claim(*values)


def _claims(groups: QuerySet[Group]) -> QuerySet[Group, Any]:
    buys = Q(orders__state__in=LIVE_STATES) | Q(orders__created_at__gt=moment("since"))
    buys |= Q(orders__ended_at__gt=moment("since"))
    joined = groups.annotate(buy=FilteredRelation("orders", condition=buys & Q(orders__side="buy")))
    return joined.values_list(
        *("pk", "bot_id", "connection_id", "connection__owner", "pair", "side", "mode", "bot__add_on_behaviour"),
        *GROUP_SUMS,
        *("buy__state", "buy__step", "buy__quantity", "buy__price", "buy__filled", "buy__sent_at", "buy__ended_at"),
    )


def _around() -> QuerySet[Group, Any]:
    owned = Connection.objects.filter(owner__in=numbers("owners")).values("pk")
    wanted = (
        Group.objects.open().filter(connection__in=numbers("connections")),
        Group.objects.open().filter(bot__in=numbers("bots")),
        Group.objects.filter(mode=GroupMode.RECOVERY, connection__in=owned),
    )
    # Each found by its index: PostgreSQL answers one question with "or" between such lists by reading every group.
    first, *others = (groups.order_by().values("pk") for groups in wanted)
    return _claims(Group.objects.filter(pk__in=first.union(*others)))


_AROUND = PreparedRows(_around)
_HERE = PreparedRows(lambda: _claims(Group.objects.open().filter(connection__in=numbers("connections"))))
_MADE_WAY = PreparedRows(
    lambda: Order.objects.filter(
        connection__in=numbers("connections"),
        side="buy",
        state=OrderState.CANCELED,
        filled=0,
        cancel_asked_at__isnull=False,
        ended_at__gt=moment("since"),
    ).values_list("connection", "bot", "pair", "quantity", "price")
)
_HELD = PreparedModels(
    lambda: Funds.objects.filter(connection__in=numbers("connections")).order_by("pk").select_for_update(no_key=True)
)
