"""What is asked of the list of orders: state, bot, connection, pair, days, words, an order, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from connections.models import Connection
from strategies.choices import LIVE_STATES, OrderState
from strategies.models import Bot, Order
from strategies.models.orders import OrderQuerySet
from web import asked
from web.asked import ListQuery

LIVE = "live"
STATES = (("", _("All")), (LIVE, _("Not over")), *OrderState.choices)
# The columns that can be sorted by, each with its field; "" is what is not over first, then the newest.
COLUMNS: Mapping[str, F | Lower] = {
    "created": F("pk"),
    "pair": F("pair"),
    "bot": Lower("bot__name"),
    "connection": Lower("connection__name"),
}
FIELDS = {"bot": "bot__public_id", "connection": "connection__public_id", "pair": "pair"}
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a trader's orders can be filtered by; `counts` are of all of them, by state, "" for all."""

    counts: Mapping[str, int]
    pairs: Sequence[str]
    bots: Sequence[Choice]
    connections: Sequence[Choice]
    is_working: bool


def known_of(user: User) -> Known:
    """Gather it in three queries; what is deleted is offered too, since its orders are still here."""
    counts: dict[str, int] = {}
    pairs = set()
    rows = Order.objects.owned_by(user).order_by()
    for state, pair, count in rows.values_list("state", "pair").annotate(count=Count("pk")):
        pairs.add(pair)
        for name in ("", state, *([LIVE] if state in LIVE_STATES else [])):
            counts[name] = counts.get(name, 0) + count
    bots = list(Bot.objects.filter(connection__owner=user).order_by("name", "pk"))
    return Known(
        counts=counts,
        pairs=sorted(pairs),
        bots=_choices(bots),
        connections=_choices(list(Connection.objects.filter(owner=user).order_by("name", "pk"))),
        is_working=any(bot.is_enabled for bot in bots),
    )


def _choices(rows: Sequence[Bot | Connection]) -> list[Choice]:
    """Return one for each, those that are deleted behind the others and named so."""
    gone = gettext("%(name)s (deleted)")
    return [
        Choice(value=str(one.public_id), label=gone % {"name": one.name} if one.deleted_at else one.name)
        for one in sorted(rows, key=lambda one: one.deleted_at is not None)
    ]


def read(given: Mapping[str, str], known: Known) -> ListQuery:
    filters = {
        "state": dict(STATES).__contains__,
        "bot": {one.value for one in known.bots}.__contains__,
        "connection": {one.value for one in known.connections}.__contains__,
        "pair": known.pairs.__contains__,
        "since": _is_day,
        "until": _is_day,
    }
    return asked.read(given, filters=filters, columns=COLUMNS)


def matching(user: User, query: ListQuery) -> OrderQuerySet:
    """Return the orders that are asked for, in the order that is; days are those of the trader's zone."""
    rows, filters = Order.objects.owned_by(user), query.filters
    rows = rows.filter(**{FIELDS[name]: value for name, value in filters.items() if value and name in FIELDS})
    if filters["state"]:
        rows = rows.live() if filters["state"] == LIVE else rows.filter(state=filters["state"])
    if filters["since"]:
        rows = rows.filter(created_at__gte=_midnight(user, filters["since"]))
    if filters["until"]:
        rows = rows.filter(created_at__lt=_midnight(user, filters["until"], days=1))
    for word in query.words.split():
        rows = rows.told(word)
    if not query.column:
        return rows.live_first()
    field = COLUMNS[query.column]
    return rows.order_by(field.desc() if query.is_descending else field.asc(), "-pk")


def _midnight(user: User, day: str, *, days: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), tzinfo=user.zone)


def _is_day(text: str) -> bool:
    try:
        return EARLIEST <= date.fromisoformat(text) <= LATEST
    except ValueError:
        return False
