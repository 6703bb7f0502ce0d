"""Recount one connection: read our rows, ask the exchange, read our rows again, and tell what differs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from connections import desks
from connections.models import Connection
from exchanges.errors import Cause, ExchangeError
from exchanges.values import Balances
from recount import differences, questions, rows
from recount.differences import CoinLine
from recount.reckoning import Told
from recount.values import Discrepancy, OurGroup, OurOrder, Steps, ToldOrder

# What bots change while the exchange is asked is asked for again so often; what moves still then is told as not read.
ROUNDS = 4


@dataclass
class Recounted:
    """What a recount of a connection came to.

    `unread` is what could not be compared: it is neither right nor wrong. `notes` are no differences: coins that the
    trader moved, and what the exchange does not tell any more.
    """

    connection: str
    exchange: str
    venue: str
    groups: int = 0
    orders: int = 0
    fills: int = 0
    differences: list[Discrepancy] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    coins: list[CoinLine] = field(default_factory=list)


@dataclass
class Answers:
    """What the exchange told: of each order as our rows had it when we asked; `listed` are orders by ids of ours."""

    connection: Connection
    told: dict[OurOrder, ToldOrder | None] = field(default_factory=dict)
    steps: dict[str, Steps] = field(default_factory=dict)
    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    balances: Balances = field(default_factory=lambda: Balances(coins={}))
    unread: dict[object, str] = field(default_factory=dict)

    def ask(self, groups: Sequence[OurGroup]) -> None:
        """Ask for every order that stands otherwise than when it was asked for, then for all else.

        Raises ExchangeError or KeyClosedError when nothing more can be had.
        """
        for group in groups:
            for order in group.orders:
                if order.is_to_ask and order not in self.told:
                    with self._noted(order, f"{group.name}, order {order.client_id}"):
                        self.told[order] = questions.order(self.connection, group.pair, order)
        for pair in sorted({group.pair for group in groups}):
            with self._noted(pair, f"the orders of {pair} since yesterday"):
                self.listed[pair] = questions.listed(self.connection, pair)
        self.steps = questions.steps(self.connection, {group.pair for group in groups})
        self.balances = questions.balances(self.connection)

    @contextmanager
    def _noted(self, what: object, name: str) -> Iterator[None]:
        """Note an answer that cannot be read, and go on; what else goes wrong goes wrong for all questions."""
        self.unread.pop(what, None)
        try:
            yield
        except ExchangeError as error:
            if error.trouble.cause is not Cause.UNREADABLE:
                raise
            self.unread[what] = f"{name}: what the exchange tells cannot be read"


def recount(connection: Connection) -> Recounted:
    """Compare all groups of a connection with its exchange; nothing is written but the openings of the key."""
    found = Recounted(connection=connection.name, exchange=connection.exchange, venue=connection.venue)
    answers, groups, before = Answers(connection), rows.groups_of(connection), list[OurGroup]()
    try:
        for _ in range(ROUNDS):
            if groups == before:
                break
            answers.ask(before := groups)
            groups = rows.groups_of(connection)
    except ExchangeError as error:
        found.unread.append(f"the exchange: {error.trouble.cause.value}")
    except desks.KeyClosedError:
        found.unread.append("the key could not be opened")
    else:
        found.unread += answers.unread.values()
        _compare(found, connection, answers, groups, before)
    return found


def _compare(
    found: Recounted, connection: Connection, answers: Answers, groups: Sequence[OurGroup], before: Sequence[OurGroup]
) -> None:
    ours = [order for group in groups for order in group.orders]
    told: Told = {order.client_id: answers.told[order] for order in ours if order in answers.told}
    is_whole = {
        group.name: group in before and all(order.client_id in told for order in group.orders if order.is_to_ask)
        for group in groups
    }
    whole = [group for group in groups if is_whole[group.name]]
    found.unread += [f"{group.name}: not compared" for group in groups if not is_whole[group.name]]
    found.groups, found.orders = len(groups), len(told)
    found.fills = sum(len(order.trades) for order in told.values() if order)
    found.notes += [
        f"{pair}: not listed any more, steps not compared" for pair in answers.listed if pair not in answers.steps
    ]
    for group in whole:
        found.differences += differences.of_group(group, told, answers.steps)
    for pair, listed in answers.listed.items():
        found.differences += differences.of_list(pair, listed, ours)
    found.differences += kept_differences(connection)
    for limit in rows.limits_of(connection):
        mine = [group for group in groups if group.bot == limit.bot]
        if all(is_whole[group.name] for group in mine):
            found.differences += differences.of_limit(limit, mine, told)
    _compare_coins(found, answers, groups, told, {group.base for group in groups if not is_whole[group.name]})


def kept_differences(connection: Connection) -> list[Discrepancy]:
    """Return where the sums that pages show are not those of the groups; what a closing between two looks explains,
    the next look does not show again."""
    found: list[Discrepancy] | None = None
    for _ in range(ROUNDS):
        kept = rows.kept_of(connection)
        again = list(differences.of_kept(kept, rows.groups_of(connection)))
        found = again if found is None else [one for one in again if one in found]
        if not found:
            break
    return found or []


def _compare_coins(
    found: Recounted, answers: Answers, groups: Sequence[OurGroup], told: Told, unsure: set[str]
) -> None:
    """Compare what of the account could be read, and of which every group was compared."""
    odd = {row.coin for row in answers.balances.odd}
    account = {coin: balance.total for coin, balance in answers.balances.coins.items()}
    for line in differences.coin_lines(account, groups, told):
        if line.coin in odd | unsure or ("" in odd and line.coin not in account):
            found.unread.append(f"{line.coin}: what the account holds of it was not compared")
            continue
        found.coins.append(line)
        found.notes += [line.told()] if line.others else []
        found.differences += differences.of_coins(line)
