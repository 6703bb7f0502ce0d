"""What connections are worth at this moment, to be written down."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from strategies.choices import Grain
from strategies.models import Bot, EquityPoint, Funds, Group, Instrument
from strategies.models.equity import begins_at
from strategies.models.groups import key_of
from strategies.models.market import Key
from strategies.pairs import quote_of
from strategies.portfolio.rates import PRICED_FOR
from strategies.portfolio.standing import ZERO, exit_price


def measure(accounts: Sequence[Funds], now: datetime) -> list[EquityPoint]:
    """Return a point of the hour and one of the day for each currency that an account's bots trade in."""
    ids = [funds.connection_id for funds in accounts]
    opened: dict[tuple[int, str], list[Group]] = defaultdict(list)
    groups = list(Group.objects.open().filter(connection__in=ids).select_related("connection"))
    as_coins: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for group in groups:
        opened[group.connection_id, quote_of(group.pair)].append(group)
        as_coins[group.connection_id, group.pair.partition("/")[0]] += group.held
    for bot in Bot.objects.filter(connection__in=ids, deleted_at=None):
        if bot.quote:
            opened[bot.connection_id, bot.quote] += []
    known = Instrument.objects.of_groups(groups)
    by_connection = {funds.connection_id: funds for funds in accounts}
    found = []
    for (connection_id, currency), held in sorted(opened.items()):
        funds, (coins, unpriced) = by_connection[connection_id], _coins(held, known, now)
        money = None
        if funds.read_at and funds.tells(currency):
            # What bots hold of it as coins is counted among those.
            money = funds.total(currency) - as_coins[connection_id, currency]
        for grain in Grain:
            found.append(
                EquityPoint(
                    connection_id=connection_id,
                    currency=currency,
                    grain=grain,
                    begins_at=begins_at(now, grain),
                    noted_at=now,
                    money=money,
                    coins=coins,
                    unpriced=unpriced,
                    read_at=funds.read_at if money is not None else None,
                )
            )
    return found


def _coins(held: Sequence[Group], known: Mapping[Key, Instrument], now: datetime) -> tuple[Decimal, int]:
    """Return what groups hold by prices of the last hour, and how many have none."""
    coins, unpriced = ZERO, 0
    for group in held:
        instrument = known.get(key_of(group))
        is_priced = instrument and instrument.priced_at and now - instrument.priced_at <= PRICED_FOR
        price = exit_price(group, instrument) if is_priced else None
        coins += group.held * price if price else ZERO
        unpriced += price is None and not group.is_empty
    return coins, unpriced
