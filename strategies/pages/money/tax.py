"""A year of closed groups and of fills of the whole account as CSV, row by row.

Fills have the columns of Koinly's universal template (support.koinly.io, “How to create a custom CSV file with your
data”), which other tax tools read as well. Practice money is in no file.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.models import User
from connections.models import Venue
from strategies.models import Fill, Group, orders
from strategies.pages.exports import AT_ONCE, Cell, as_csv, send_csv
from strategies.pairs import quote_of
from web.http import AuthenticatedRequest

FILLS = (
    "Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency", "Fee Amount", "Fee Currency",
    "Net Worth Amount", "Net Worth Currency", "Label", "Description", "TxHash",
)  # fmt: skip
GROUPS = (
    "opened_utc", "closed_utc", "exchange", "connection", "bot", "pair", "side", "bought", "cost", "sold", "proceeds",
    "fees", "result", "currency", "result_lacks_fees_of_unknown_worth", "how_it_ended", "group",
    "adopted", "adopted_at_price",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2009, 9998


def year_of(year: int) -> tuple[datetime, datetime]:
    """Return where a year of UTC begins and ends; tax tools ask for UTC."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def trade_rows(user: User, year: int) -> Iterator[list[Cell]]:
    """Yield a row per fill, the oldest first, and one for each further fee that it paid in another coin."""
    since, until = year_of(year)
    fills = Fill.objects.filter(connection__owner=user, at__gte=since, at__lt=until)
    fills = fills.exclude(connection__venue=Venue.PRACTICE).select_related("order", "connection")
    for fill in fills.order_by("at", "pk").iterator(AT_ONCE):
        base, _, quote = fill.pair.partition("/")
        coins, money = (fill.quantity, base), (fill.cost, quote)
        sent, received = (money, coins) if fill.order.side == "buy" else (coins, money)
        fees = [one for one in orders.all_of(fill) if one.amount]
        first = fees.pop(0) if fees and fees[0].amount > 0 else None
        paid: tuple[Cell, Cell] = (first.amount, first.asset) if first else (None, None)
        told = f"{fill.connection.exchange} {fill.pair} {fill.order.purpose}, order {fill.order.client_id}"
        told += "" if fill.is_fee_known else ", fee reckoned"
        yield [fill.at, *sent, *received, *paid, None, None, "", told, fill.trade_id]
        for other in fees:
            yield _fee_row(fill, other.asset, other.amount, told)


def _fee_row(fill: Fill, coin: str, amount: Decimal, told: str) -> list[Cell]:
    """Return a fee of its own: money that left, or, of one that the exchange paid out, money that came."""
    sides: list[Cell] = [amount, coin, None, None] if amount > 0 else [None, None, -amount, coin]
    label = "cost" if amount > 0 else "reward"
    return [fill.at, *sides, None, None, None, None, label, f"fee of {told}", f"{fill.trade_id}-fee-{coin}"]


def group_rows(user: User, year: int) -> Iterator[list[Cell]]:
    """Yield a row per group that ended in the year, those that were let go too; they have no result.

    Of what was `bought` so many coins were adopted: they are in no file of trades, and their cost is what their trader
    named.
    """
    since, until = year_of(year)
    groups = Group.objects.closed().filter(connection__owner=user, closed_at__gte=since, closed_at__lt=until)
    groups = groups.exclude(connection__venue=Venue.PRACTICE).exclude(counted_on=None)
    for group in groups.select_related("bot", "connection").order_by("closed_at", "pk").iterator(AT_ONCE):
        where = group.connection.exchange, group.connection.name, group.bot.name
        sums = group.quantity, group.cost, group.sold, group.proceeds, group.fees, group.result
        lacks = "yes" if group.has_unvalued_fees else ""
        ended = group.close_reason, str(group.public_id)
        times = group.opened_at, group.closed_at
        adopted = group.adopted, group.adopted_price
        yield [*times, *where, group.pair, group.side, *sums, quote_of(group.pair), lacks, *ended, *adopted]


@require_GET
def trades_csv(request: AuthenticatedRequest, year: int) -> StreamingHttpResponse:
    year_of(year)
    return send_csv(f"trades-{year}", as_csv(FILLS, trade_rows(request.user, year)))


@require_GET
def groups_csv(request: AuthenticatedRequest, year: int) -> StreamingHttpResponse:
    year_of(year)
    return send_csv(f"closed-groups-{year}", as_csv(GROUPS, group_rows(request.user, year)))
