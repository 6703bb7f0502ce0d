"""What a trader's connections are worth and what is at risk, per quote currency; live and practice money apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connections.models import Connection
from strategies.engine.position import Side
from strategies.models import Bot, Group
from strategies.models.funds import Funds
from strategies.pairs import quote_of
from strategies.portfolio.standing import Figures, Stood

ZERO = Decimal(0)
# venue and quote currency: practice money is never added to real money
Purse = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Worth:
    """One purse, in quote money. `equity` is the money in the accounts and the coins that bots hold, valued at the bid.

    `money` and `equity` are None, as `read_at`, while no account was read; `read_at` is the oldest reading. `fallen` is
    the open result after a fall of 25 %.
    """

    venue: str
    quote: str
    equity: Decimal | None
    money: Decimal | None
    coins: Decimal
    read_at: datetime | None
    unread: int
    groups: int
    cost: Decimal
    result: Decimal
    fallen: Decimal
    unpriced: int


def worth_of(connections: Sequence[Connection], bots: Sequence[Bot], stood: Sequence[Stood]) -> list[Worth]:
    """Sum up per purse; every quote currency that a bot trades in is there.

    The connections come with their funds. One that was deleted is none of them: nobody reads its account any more.
    """
    funds = {one.pk: one.funds for one in connections if hasattr(one, "funds")}
    accounts: dict[Purse, set[int]] = defaultdict(set)
    for bot in bots:
        if bot.quote:
            accounts[bot.connection.venue, bot.quote].add(bot.connection_id)
    opened: dict[Purse, list[Stood]] = defaultdict(list)
    as_coins: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for group, standing in stood:
        purse = group.connection.venue, quote_of(group.pair)
        opened[purse].append((group, standing))
        accounts[purse].add(group.connection_id)
        as_coins[group.connection_id, group.pair.partition("/")[0]] += group.held
    return [
        _worth(purse, _read(accounts[purse], funds, purse[1]), opened[purse], as_coins) for purse in sorted(accounts)
    ]


def _read(accounts: set[int], funds: dict[int, Funds], quote: str) -> list[Funds | None]:
    """Return each account's money, None where it was not read yet or could not be."""
    found = [funds.get(account) for account in sorted(accounts)]
    return [one if one is not None and one.read_at is not None and one.tells(quote) else None for one in found]


def _worth(
    purse: Purse,
    accounts: Sequence[Funds | None],
    opened: Sequence[Stood],
    as_coins: Mapping[tuple[int, str], Decimal],
) -> Worth:
    venue, quote = purse
    known = [one for one in accounts if one is not None]
    # What bots hold of it as coins is counted among those.
    money = sum((one.total(quote) - as_coins.get((one.connection_id, quote), ZERO) for one in known), ZERO)
    coins = sum((_value(group, standing) for group, standing in opened), ZERO)
    result = sum((standing.result or ZERO for _, standing in opened), ZERO)
    return Worth(
        venue=venue,
        quote=quote,
        equity=money + coins if known else None,
        money=money if known else None,
        coins=coins,
        read_at=min((one.read_at for one in known if one.read_at), default=None),
        unread=len(accounts) - len(known),
        groups=len(opened),
        cost=sum((standing.at_work for _, standing in opened), ZERO),
        result=result,
        fallen=sum((standing.fallen or ZERO for _, standing in opened), ZERO),
        unpriced=sum(standing.result is None and not group.is_empty for group, standing in opened),
    )


def _value(group: Group, standing: Figures) -> Decimal:
    """Return what a long's coins are worth; a short holds none, its result is what it adds."""
    if standing.price is None:
        return ZERO
    return standing.held * standing.price if group.side == Side.LONG else standing.result or ZERO
