"""The list page: a table of hundreds or cards of a few, what of it is asked for, and how often it looks again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.by import By
from connections import flows, quotas
from connections.flows import Started
from connections.models import CheckRun, Connection, MarketKind, Venue
from connections.pages.mine import my_connections, told
from web import asked
from web.asked import ListQuery, StateFilter, come_back, states_of
from web.http import AuthenticatedRequest
from web.render import render_changes

# What a session keeps.
KEPT = "connections_asked"
STATES = (
    ("", _("All")),
    ("online", _("Online")),
    ("testing", _("Testing")),
    ("error", _("Error")),
    ("untested", _("Untested")),
)
CARDS, TABLE = "cards", "table"
# The columns that can be sorted by; "" is what needs its trader first.
COLUMNS: Mapping[str, Callable[[Connection], Any]] = {
    "name": lambda one: one.name.casefold(),
    "exchange": lambda one: (one.spec.name.casefold(), one.market),
    "state": lambda one: one.shown_status,
    "bots": lambda one: len(one.bots.all()),
    "checked": lambda one: one.shown_run.finished_at.timestamp() if one.shown_run and one.shown_run.finished_at else 0,
}
# A check lasts well under a second, so the first looks come quickly; one that takes longer is asked about less often.
PACE = ((timedelta(seconds=5), 250), (timedelta(seconds=30), 1000))
SLOWEST = 3000
# A page of many rows costs more to draw than to wait for, and more of them than this are a table.
MANY = 12
PACE_OF_MANY = 1000


def milliseconds_between_looks(runs: Sequence[CheckRun], *, rows: int = 1) -> int:
    """Return how soon a page should look again while these runs are under way; 0 when there is nothing to wait for."""
    if not runs:
        return 0
    age = timezone.now() - max(run.queued_at for run in runs)
    pace = next((every for limit, every in PACE if age < limit), SLOWEST)
    return max(pace, PACE_OF_MANY) if rows > MANY else pace


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the list page shows of a trader's connections; the counts are of all, whatever is asked for."""

    page: Page[Connection]
    asked: ListQuery
    counts: Counter[str]
    exchanges: Mapping[str, str]
    total: int
    every: int
    room: quotas.Allowance

    @property
    def states(self) -> list[StateFilter]:
        return states_of(STATES, self.counts, self.asked.filters["state"])

    @property
    def view(self) -> str:
        return self.asked.filters["view"] or (TABLE if self.total > MANY else CARDS)

    @property
    def is_filtered(self) -> bool:
        """Say whether something keeps connections away; how they are shown does not."""
        return self.page.paginator.count < self.total

    @property
    def told(self) -> str:
        count = self.page.paginator.count
        return ngettext("%(count)s connection", "%(count)s connections", count) % {"count": count}

    @property
    def nearly_full(self) -> int:
        """Return how many connections one account may have, once that is near; else 0."""
        most = settings.CONNECTIONS_PER_USER
        return most if quotas.is_told(self.total, most) else 0


def read(given: Mapping[str, str], exchanges: Mapping[str, str]) -> ListQuery:
    filters = {
        "state": dict(STATES).__contains__,
        "exchange": exchanges.__contains__,
        "venue": Venue.values.__contains__,
        "market": MarketKind.values.__contains__,
        "view": (CARDS, TABLE).__contains__,
    }
    return asked.read(given, filters=filters, columns=COLUMNS)


def _fits(connection: Connection, query: ListQuery) -> bool:
    haystack = f"{connection.name} {connection.spec.name} {connection.market} {connection.venue}".casefold()
    state = query.filters["state"]
    return (
        (not state or connection.shown_status == state)
        and all(getattr(connection, name) == query.filters[name] for name in FIELDS if query.filters[name])
        and all(word in haystack for word in query.words.casefold().split())
    )


FIELDS = ("exchange", "venue", "market")


def _count(connections: Sequence[Connection]) -> Counter[str]:
    counts = Counter(connection.shown_status for connection in connections)
    counts["action"] = sum(one.waits_for_trader for one in connections)
    counts["trouble"] = sum(1 for one in connections if one.is_in_trouble or (one.trouble and one.status == "online"))
    counts[""] = len(connections)
    return counts


def list_connections(
    connections: Sequence[Connection], query: ListQuery, exchanges: Mapping[str, str], room: quotas.Allowance
) -> Listing:
    """Arrange rows that are already loaded: filtering here keeps the counts true and costs no second query."""
    fitting = [one for one in connections if _fits(one, query)]
    if query.column:
        fitting.sort(key=COLUMNS[query.column], reverse=query.is_descending)
    shown = Paginator(fitting, query.size).get_page(query.page)
    runs = [one.testing_run for one in connections if one.testing_run]
    return Listing(
        page=shown,
        asked=query,
        counts=_count(connections),
        exchanges=exchanges,
        total=len(connections),
        every=milliseconds_between_looks(runs, rows=len(shown.object_list)),
        room=room,
    )


@require_GET
def connections(request: AuthenticatedRequest) -> HttpResponse:
    rows = list(my_connections(request))
    exchanges = dict(sorted({(one.exchange, one.spec.name) for one in rows}, key=lambda one: one[1].casefold()))
    wanted = read(request.GET.dict(), exchanges)
    if to_kept := come_back(request, wanted, KEPT):
        return to_kept
    listing = list_connections(rows, wanted, exchanges, quotas.room_of(request.user))
    context = {"listing": listing, "venues": Venue.choices, "markets": MarketKind.choices}
    return render_changes(request, "connections/list.html", "results", context)


@require_POST
def test_all(request: AuthenticatedRequest) -> HttpResponse:
    """Test all connections, or those that are ticked where the form says that it is about these."""
    chosen = Connection.objects.owned_by(request.user)
    if request.POST.get("only") == "ticked":
        ids = {one for text in request.POST.getlist("connection") if (one := _read_id(text))}
        if not ids:
            text = gettext("Nothing tested: tick the connections first.")
            return told(request, text, is_ok=False, to=reverse("connections"))
        chosen = chosen.filter(public_id__in=ids)
    started = flows.start_checks(chosen, by=By.of(request))
    return told(request, _sentence(started), is_ok=bool(started.count), to=reverse("connections"))


def _sentence(started: Started) -> str:
    """Say how many tests began, and of the others why not, with how many each reason kept."""
    text = ngettext("Testing %(count)s connection.", "Testing %(count)s connections.", started.count)
    parts = [text % {"count": started.count} if started.count else gettext("Nothing to test right now.")]
    for why, count in started.refused.items():
        other = ngettext("%(count)s not tested: %(why)s", "%(count)s not tested: %(why)s", count)
        parts.append(other % {"count": count, "why": why})
    return " ".join(parts)


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
