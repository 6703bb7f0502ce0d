"""The journal, the orders and their fills as CSV, row by row, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_GET

from exchanges.proven import plain
from strategies.execution import charges
from strategies.models import Bot, Order
from strategies.models.orders import OrderQuerySet, read_more
from strategies.pages.mine import my_bot
from strategies.words import reasons
from strategies.words.numbers import NUMBERS
from web.http import AuthenticatedRequest

Cell = str | int | Decimal | datetime | None
# A spreadsheet reads a cell that begins with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
AT_ONCE = 500

JOURNAL = ("time_utc", "pair", "action", "reason", "text", *NUMBERS)
FILLS = (
    "order_created_utc", "client_id", "exchange_id", "pair", "side", "purpose", "step", "state", "refusal",
    "order_quantity", "order_price", "order_filled", "fill_time_utc", "trade_id", "fill_price", "fill_quantity",
    "fill_cost", "fee", "fee_asset", "more_fees", "fee_note",
)  # fmt: skip
ALL_FILLS = ("bot", "connection", "exchange", "market", "venue", *FILLS)


class _Echo:
    """A file that hands back what is written, so that rows can be sent one by one."""

    def write(self, text: str) -> str:
        return text


def as_csv(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # So that spreadsheets read it as UTF-8.
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: Cell) -> str:
    """Write one value; a text that a spreadsheet would calculate gets an apostrophe before it.

    Numbers need none: a Decimal or an int is digits, whatever its sign.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return plain(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip(" ").startswith(FORMULA) else text


def journal_rows(bot: Bot) -> Iterator[list[Cell]]:
    for line in bot.journal.order_by("-pk").iterator(AT_ONCE):
        told: list[Cell] = [line.at, line.pair, line.action, line.reason, reasons.reason(line.reason)]
        numbers = line.numbers
        yield told + [numbers.get(name) for name in NUMBERS]


def fill_rows(orders: OrderQuerySet) -> Iterator[tuple[Order, list[Cell]]]:
    """Yield one row per fill, and one for each order that got none."""
    for order in orders.for_list().iterator(AT_ONCE):
        told: list[Cell] = [
            order.created_at, order.client_id, order.exchange_id, order.pair, order.side, order.purpose, order.step,
            order.state, reasons.reason(order.refusal), order.quantity, order.price, order.filled,
        ]  # fmt: skip
        fills = list(order.fills.all())
        for fill in fills:
            more = ", ".join(f"{plain(fee.amount)} {fee.asset}" for fee in read_more(fill.more_fees_json))
            note = ""
            if not fill.is_fee_known:
                note = f"fee not told yet, reckoned at {plain((100 * charges.rate_of(fill)).normalize())} %"
            traded = (fill.at, fill.trade_id, fill.price, fill.quantity, fill.cost, fill.fee, fill.fee_asset)
            yield order, [*told, *traded, more, note]
        if not fills:
            yield order, [*told, *[None] * (len(FILLS) - len(told))]


def all_fill_rows(orders: OrderQuerySet) -> Iterator[list[Cell]]:
    """Yield the rows of orders of several bots, each with its bot and connection before it."""
    for order, row in fill_rows(orders):
        home = order.connection
        yield [order.bot.name, home.name, home.spec.name, home.market, home.venue, *row]


@require_GET
def journal_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    bot = my_bot(request, public_id)
    return send_csv("journal", as_csv(JOURNAL, journal_rows(bot)))


@require_GET
def fills_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    bot = my_bot(request, public_id)
    rows = (row for _order, row in fill_rows(Order.objects.filter(bot=bot).order_by("-pk")))
    return send_csv("orders", as_csv(FILLS, rows))


def send_csv(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    """Send it as a file. Its name is ours: a bot's own could hold anything."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
