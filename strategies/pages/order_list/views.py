"""The page of all orders, which comes back to what was asked for last, and what it shows as a file."""

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from strategies.pages import exports
from strategies.pages.order_list import asked
from strategies.pages.order_list.rows import list_of
from web.asked import come_back
from web.http import AuthenticatedRequest
from web.render import render_changes

# What a session keeps.
KEPT = "orders_asked"


@require_GET
def all_orders(request: AuthenticatedRequest) -> HttpResponse:
    known = asked.known_of(request.user)
    wanted = asked.read(request.GET.dict(), known)
    if to_kept := come_back(request, wanted, KEPT):
        return to_kept
    context = {"page": list_of(request.user, wanted, known)}
    return render_changes(request, "strategies/orders.html", "rows", context)


@require_GET
def all_orders_csv(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """Send every order that fits, not only those of a page."""
    wanted = asked.read(request.GET.dict(), asked.known_of(request.user))
    lines = exports.as_csv(exports.ALL_FILLS, exports.all_fill_rows(asked.matching(request.user, wanted)))
    return exports.send_csv("orders", lines)
