"""What the pages about stops show: what closing would bring, group by group, and what cannot be sold now and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from accounts.models import User
from connections import proof
from strategies.choices import StopLevel
from strategies.models import Bot, Group, Instrument, StopSwitch
from strategies.models.stops import Stops
from strategies.pairs import quote_of
from strategies.portfolio import standing
from strategies.portfolio.standing import ClosePreview
from strategies.words import numbers, stops

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class CloseRow:
    """One group on a page that closes: figures as text, and what there is to know before one says yes.

    `stays`: it would not be sold now, or what that brings cannot be told.
    """

    group: Group
    price: str
    held: str
    result: str
    quote: str
    is_loss: bool
    stays: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Total:
    """The expected result in one quote currency."""

    quote: str
    result: str
    is_loss: bool


@dataclass(frozen=True, kw_only=True)
class ClosePage:
    """`left_out` counts the groups that are not in the totals: without a price, too small, or not to be sold now."""

    rows: Sequence[CloseRow]
    totals: Sequence[Total]
    left_out: int


@dataclass(frozen=True, kw_only=True)
class PauseRow:
    bot: Bot
    groups: int


def close_page(groups: Iterable[Group], *, now: datetime) -> ClosePage:
    """Look at open groups with their bots and connections, in two queries more."""
    rows = list(groups)
    previews = standing.preview(rows, Instrument.objects.of_groups(rows), now=now)
    force = StopSwitch.objects.in_force(rows[0].connection.owner_id) if rows else None
    shown = [_row(one, force, now) for one in previews]
    sums: dict[str, Decimal] = {}
    for one, row in zip(previews, shown, strict=True):
        if not row.stays:
            sums[row.quote] = sums.get(row.quote, ZERO) + (one.result or ZERO)
    return ClosePage(
        rows=shown,
        totals=[
            Total(quote=quote, result=numbers.money(value, signed=True), is_loss=value < 0)
            for quote, value in sorted(sums.items())
        ],
        left_out=sum(row.stays and not row.group.is_empty for row in shown),
    )


def bot_rows(user: User) -> list[PauseRow]:
    """Return the trader's bots with their counts of open groups, in two queries."""
    open_groups = list(Group.objects.owned_by(user).open().values_list("bot_id", flat=True))
    return [PauseRow(bot=bot, groups=open_groups.count(bot.pk)) for bot in Bot.objects.owned_by(user).for_list()]


def _row(preview: ClosePreview, force: Stops | None, now: datetime) -> CloseRow:
    group = preview.group
    obstacle = "" if group.is_empty or preview.is_dust else _obstacle(group, force, now)
    counts = preview.result is not None and not group.is_empty and not preview.is_dust
    return CloseRow(
        group=group,
        price=numbers.price(preview.price),
        held=f"{numbers.amount(preview.held)} {group.pair.partition('/')[0]}",
        result=numbers.money(preview.result if counts else None, signed=True),
        quote=quote_of(group.pair),
        is_loss=counts and (preview.result or ZERO) < 0,
        stays=not counts or bool(obstacle),
        notes=tuple(note for note in (*_notes(preview), obstacle) if note),
    )


def _notes(preview: ClosePreview) -> Iterable[str]:
    group = preview.group
    exchange, quote = group.connection.spec.name, quote_of(group.pair)
    if group.close_asked_at:
        yield gettext("It is being closed already.")
    if group.is_empty:
        yield gettext("Nothing is bought yet: its first order is canceled, nothing is sold.")
    elif preview.price is None:
        yield gettext(
            "There is no fresh price now, so we cannot say what it would bring. It would be sold at the market’s."
        )
    elif preview.is_dust:
        yield gettext(
            "Too little to sell: %(exchange)s takes %(least)s at least. It stays as it is; release it to be done with "
            "it, and the coins stay in your account."
        ) % {"exchange": exchange, "least": f"{numbers.money(preview.least)} {quote}"}


def _obstacle(group: Group, force: Stops | None, now: datetime) -> str:
    """Return why it cannot be sold now and what to do; "" when it can."""
    if group.connection.deleted_at:
        return gettext(
            "We cannot sell it: its connection was deleted, and the key with it. Sell the coins at %(exchange)s "
            "yourself, then release the group here."
        ) % {"exchange": group.connection.spec.name}
    if not group.connection.has_proof(now):
        refusal = proof.refuse_bots(group.connection, now)
        return gettext(
            "It cannot be sold now. %(why)s We keep your wish: it is sold when the connection is Online again, at the "
            "price of that moment. In a hurry, sell at the exchange and release the group here."
        ) % {"why": refusal.text if refusal else ""}
    ours = force.ours_at(group.connection.exchange, group.connection.venue) if force else None
    if ours and ours.level == StopLevel.ORDERS:
        where = stops.reach_of(ours.place, is_one_person=ours.is_ours)
        text = gettext("It cannot be sold now: we have stopped all orders %(where)s. It is sold when that ends.")
        return text % {"where": where}
    return ""
