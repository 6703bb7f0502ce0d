"""The list page: one query of rows, its counts, the filter and the search, and how often it looks again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.by import By
from connections import flows, quotas
from connections.models import CheckRun, Connection
from connections.pages.mine import my_connections, told
from web.http import AuthenticatedRequest
from web.render import render_partial

PER_PAGE = 40
FILTERS = (("", "All"), ("online", "Online"), ("testing", "Testing"), ("error", "Error"), ("untested", "Untested"))
# A check lasts well under a second, so the first looks come quickly; one that takes longer is asked about less often.
PACE = ((timedelta(seconds=5), 250), (timedelta(seconds=30), 1000))
SLOWEST = 3000
# A page of many cards costs more to draw than to wait for.
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
class Filter:
    status: str
    label: str
    count: int
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the list page shows of a trader's connections."""

    page: Page[Connection]
    filters: list[Filter]
    counts: Counter[str]
    total: int
    status: str
    words: str
    every: int

    @property
    def nearly_full(self) -> int:
        """Return how many connections one account may have, once that is near; else 0."""
        most = settings.CONNECTIONS_PER_USER
        return most if quotas.is_told(self.total, most) else 0

    @property
    def is_filtered(self) -> bool:
        return bool(self.status or self.words)


def _fits(connection: Connection, status: str, words: str) -> bool:
    haystack = f"{connection.name} {connection.spec.name} {connection.market} {connection.venue}".lower()
    return (not status or connection.shown_status == status) and all(word in haystack for word in words.lower().split())


def _count(connections: Sequence[Connection]) -> Counter[str]:
    counts = Counter(connection.shown_status for connection in connections)
    counts["action"] = sum(one.waits_for_trader for one in connections)
    counts["trouble"] = sum(1 for one in connections if one.is_in_trouble or (one.trouble and one.status == "online"))
    return counts


def list_connections(connections: Sequence[Connection], *, status: str, words: str, page: str) -> Listing:
    """Arrange rows that are already loaded: filtering here keeps the counts true and costs no second query."""
    known = {value for value, _ in FILTERS}
    status = status if status in known else ""
    counts = _count(connections)
    counts[""] = len(connections)
    fitting = [one for one in connections if _fits(one, status, words)]
    shown = Paginator(fitting, PER_PAGE).get_page(page)
    runs = [one.testing_run for one in connections if one.testing_run]
    return Listing(
        page=shown,
        filters=[Filter(status=v, label=label, count=counts[v], is_current=v == status) for v, label in FILTERS],
        counts=counts,
        total=len(connections),
        status=status,
        words=words,
        every=milliseconds_between_looks(runs, rows=len(shown.object_list)),
    )


@require_GET
def connections(request: AuthenticatedRequest) -> HttpResponse:
    rows = list(my_connections(request))
    listing = list_connections(
        rows,
        status=request.GET.get("status", ""),
        words=request.GET.get("q", "")[:100],
        page=request.GET.get("page", ""),
    )
    return render_partial(request, "connections/list.html", "results", {"listing": listing})


@require_POST
def test_all(request: AuthenticatedRequest) -> HttpResponse:
    count = flows.start_all_checks(request.user, by=By.of(request))
    text = f"Testing {count} connection{'' if count == 1 else 's'}." if count else "Nothing to test right now."
    return told(request, text, is_ok=bool(count), to=reverse("connections"))
