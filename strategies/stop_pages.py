"""What the pages about stops show: what closing would bring, group by group, and what cannot be sold now and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from connections import proof
from strategies import showing, stopping, switches
from strategies.choices import StopLevel
from strategies.models import Bot, Group
from strategies.pairs import quote_of
from strategies.stopping import ClosePreview

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class CloseRow:
    """One group on a page that closes: figures as text, and what there is to know before one says yes."""

    group: Group
    price: str
    held: str
    result: str
    quote: str
    is_loss: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Total:
    """The expected result in one quote currency."""

    quote: str
    result: str
    is_loss: bool


@dataclass(frozen=True, kw_only=True)
class ClosePage:
    """`unknown` counts the groups whose result cannot be told now."""

    rows: Sequence[CloseRow]
    totals: Sequence[Total]
    unknown: int


@dataclass(frozen=True, kw_only=True)
class BotRow:
    bot: Bot
    groups: int


def close_page(groups: Iterable[Group], *, now: datetime) -> ClosePage:
    """Look at open groups with their bots and connections, in two queries more."""
    rows = list(groups)
    previews = stopping.preview(rows, stopping.prices_of(rows) if rows else {}, now=now)
    halt = switches.level_of(None) if rows else StopLevel.NONE
    return ClosePage(
        rows=[_row(one, halt, now) for one in previews],
        totals=_totals(previews),
        unknown=sum(not _is_told(one) for one in previews),
    )


def bot_rows(user: User) -> list[BotRow]:
    """Return the trader's bots with their counts of open groups, in two queries."""
    open_groups = list(Group.objects.owned_by(user).open().values_list("bot_id", flat=True))
    return [BotRow(bot=bot, groups=open_groups.count(bot.pk)) for bot in Bot.objects.owned_by(user).for_list()]


def _is_told(preview: ClosePreview) -> bool:
    return preview.group.is_empty or preview.result is not None


def _row(preview: ClosePreview, halt: StopLevel, now: datetime) -> CloseRow:
    group = preview.group
    return CloseRow(
        group=group,
        price=showing.price(preview.price),
        held=f"{showing.amount(preview.held)} {group.pair.partition('/')[0]}",
        result=showing.NOTHING if group.is_empty else showing.money(preview.result, signed=True),
        quote=quote_of(group.pair),
        is_loss=not group.is_empty and (preview.result or ZERO) < 0,
        notes=tuple(_notes(preview, halt, now)),
    )


def _notes(preview: ClosePreview, halt: StopLevel, now: datetime) -> Iterable[str]:
    group = preview.group
    exchange, quote = group.connection.spec.name, quote_of(group.pair)
    if group.close_asked_at:
        yield "It is being closed already."
    if group.is_empty:
        yield "Nothing is bought yet: its first order is canceled, nothing is sold."
    elif preview.price is None:
        yield "There is no fresh price now, so we cannot say what it would bring. It would be sold at the market’s."
    elif preview.is_dust:
        yield (
            f"Too little to sell: {exchange} takes {showing.money(preview.least)} {quote} at least. It stays as it is; "
            "release it to be done with it, and the coins stay in your account."
        )
    yield from _obstacles(group, halt, now)


def _obstacles(group: Group, halt: StopLevel, now: datetime) -> Iterable[str]:
    if halt == StopLevel.ORDERS:
        yield "It cannot be sold now: we have stopped all orders for everybody. It is sold when that ends."
    if group.connection.deleted_at:
        yield (
            f"We cannot sell it: its connection was deleted, and the key with it. Sell the coins at "
            f"{group.connection.spec.name} yourself, then release the group here."
        )
    elif not group.connection.is_proven(now):
        refusal = proof.refuse_bots(group.connection, now)
        yield (
            f"It cannot be sold now. {refusal.text if refusal else ''} We keep your wish: it is sold when the "
            "connection is Online again, at the price of that moment. In a hurry, sell at the exchange and release "
            "the group here."
        )


def _totals(previews: Iterable[ClosePreview]) -> list[Total]:
    sums: dict[str, Decimal] = {}
    for one in previews:
        if one.result is not None and not one.group.is_empty:
            quote = quote_of(one.group.pair)
            sums[quote] = sums.get(quote, ZERO) + one.result
    return [
        Total(quote=quote, result=showing.money(value, signed=True), is_loss=value < 0)
        for quote, value in sorted(sums.items())
    ]
