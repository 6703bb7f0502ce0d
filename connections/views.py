"""The screens of connections; rows come through their owner, what happens is a flow's work."""

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.recent import fresh_sign_in_required
from connections import flows, leaving, places, showing
from connections.forms import AddForm, CredentialsForm, RenameForm
from connections.listing import list_connections, milliseconds_between_looks
from connections.models import Connection, ConnectionQuerySet, Market, Trigger, Venue
from exchanges import registry
from exchanges.spec import ExchangeSpec
from exchanges.spec import Market as SpecMarket
from web.http import AuthenticatedRequest, gone_is_404, shown_again_when_too_large
from web.render import render_partial

CHANGED = "connection-changed"
HISTORY_SHOWN = 20


def _all_mine(request: AuthenticatedRequest) -> ConnectionQuerySet:
    # Bots live in a room above; their relation is only named here, to load them with the cards that show them.
    return Connection.objects.owned_by(request.user).for_list().prefetch_related("bots")


def _mine(request: AuthenticatedRequest, public_id: UUID) -> Connection:
    # What workers read of its money lives there too.
    return get_object_or_404(_all_mine(request).select_related("funds"), public_id=public_id)


def _spec(slug: str) -> ExchangeSpec:
    try:
        return registry.get(slug)
    except KeyError:
        raise Http404 from None


def _told(request: AuthenticatedRequest, text: str, *, is_ok: bool, to: str) -> HttpResponse:
    """Answer an action: htmx gets the news and the page refreshes itself; everybody else goes back with a message."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"say": {"value": text}, CHANGED: {}})})
    (messages.success if is_ok else messages.warning)(request, text)
    back = request.POST.get("next", "")
    return HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else to)


@require_GET
def connections(request: AuthenticatedRequest) -> HttpResponse:
    rows = list(_all_mine(request))
    listing = list_connections(
        rows,
        status=request.GET.get("status", ""),
        words=request.GET.get("q", "")[:100],
        page=request.GET.get("page", ""),
    )
    return render_partial(request, "connections/list.html", "results", {"listing": listing})


@require_GET
def pick(request: AuthenticatedRequest) -> HttpResponse:
    return render(request, "connections/pick.html", {"exchanges": registry.ALL, "can_practise": settings.PRACTICE_URL})


@shown_again_when_too_large
@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def add(request: AuthenticatedRequest, exchange: str) -> HttpResponse:
    spec = _spec(exchange)
    asked = request.POST if request.method == "POST" else request.GET
    has_futures = SpecMarket.FUTURES in spec.markets
    market = Market.FUTURES if has_futures and asked.get("market") == Market.FUTURES else Market.SPOT
    venue = Venue.PRACTICE if asked.get("venue") == Venue.PRACTICE else Venue.LIVE
    if request.method == "POST":
        form = AddForm(request.POST, spec=spec)
        if form.is_valid() and (connection := _add(request, form)):
            return redirect("connection_detail", public_id=connection.public_id)
    else:
        form = AddForm(spec=spec, initial={"market": market, "venue": venue})
    context = _guide(spec, market, venue) | {"form": form}
    return render(request, "connections/add.html", context)


def _add(request: AuthenticatedRequest, form: AddForm) -> Connection | None:
    cleaned = form.cleaned_data
    try:
        return flows.add_connection(
            request.user,
            exchange=form.spec.slug,
            venue=cleaned["venue"],
            market=cleaned["market"],
            name=cleaned["name"],
            credentials=form.credentials,
            request=request,
        )
    except flows.DuplicateNameError as error:
        form.add_error("name", str(error))
    except flows.ConnectionsError as error:
        form.add_error("api_key", str(error))
    return None


def _guide(spec: ExchangeSpec, market: Market, venue: Venue) -> dict[str, object]:
    # "KuCoin Spot Main" is no name for a futures connection.
    others = [one.label for one in Market if one != market]
    return {
        "spec": spec,
        "market": market,
        "venue": venue,
        "is_practice": venue == Venue.PRACTICE,
        "markets": [(one.value, Market(one.value).label) for one in spec.markets],
        "tick": spec.guide.tick.get(SpecMarket(market), ()),
        "names": [name for name in spec.guide.names if not any(other in name for other in others)],
        "our_ips": places.our_ips(venue),
        "sites": registry.sites_of(spec),
    }


@require_GET
def detail(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    return render_partial(request, "connections/detail.html", "live", _page(connection))


def _page(connection: Connection) -> dict[str, object]:
    run, ours = connection.last_run, places.our_ips(connection.venue)
    return {
        "connection": connection,
        "run": run,
        "evidence": run.evidence if run else None,
        "addresses": showing.compare_addresses(run.evidence, ours) if run else [],
        "our_ips": ours,
        "seen_ips": [run.evidence.seen_ip] if run and run.evidence.seen_ip else ours,
        "history": connection.runs.history()[:HISTORY_SHOWN],
        "every": milliseconds_between_looks([connection.testing_run] if connection.testing_run else []),
        "form": RenameForm(initial={"name": connection.name}),
    }


@require_POST
def test(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    to = reverse("connection_detail", args=[public_id])
    try:
        flows.start_check(connection, trigger=Trigger.USER, request=request)
    except flows.ConnectionsError as error:
        return _told(request, str(error), is_ok=False, to=to)
    return _told(request, f"Testing {connection.name}.", is_ok=True, to=to)


@require_POST
def test_all(request: AuthenticatedRequest) -> HttpResponse:
    count = flows.start_all_checks(request.user, request=request)
    text = f"Testing {count} connection{'' if count == 1 else 's'}." if count else "Nothing to test right now."
    return _told(request, text, is_ok=bool(count), to=reverse("connections"))


@require_POST
def rename(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        try:
            with gone_is_404(flows.GoneError):
                flows.rename_connection(connection, name=form.cleaned_data["name"], request=request)
        except flows.DuplicateNameError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, "Renamed.")
            return redirect("connection_detail", public_id=public_id)
    return render(request, "connections/detail.html", _page(connection) | {"form": form})


@shown_again_when_too_large
@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def replace(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    form = CredentialsForm(request.POST or None, spec=connection.spec)
    if request.method == "POST" and form.is_valid():
        try:
            with gone_is_404(flows.GoneError):
                flows.replace_secret(connection, credentials=form.credentials, request=request)
        except flows.DuplicateKeyError as error:
            form.add_error("api_key", str(error))
        except flows.ConnectionsError as error:
            form.add_error(None, str(error))
        else:
            return redirect("connection_detail", public_id=public_id)
    guide = _guide(connection.spec, Market(connection.market), Venue(connection.venue))
    context = guide | {"connection": connection, "form": form}
    return render(request, "connections/replace.html", context)


@require_POST
def discard(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    with gone_is_404(flows.GoneError):
        flows.discard_candidate(connection, request=request)
    to = reverse("connection_detail", args=[public_id])
    return _told(request, "The replacement key is destroyed. The key in use stays.", is_ok=True, to=to)


@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def delete(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = _mine(request, public_id)
    if request.method == "POST":
        with gone_is_404(flows.GoneError):
            flows.delete_connection(connection, request=request)
        messages.success(
            request,
            f"{connection.name} is deleted and its key destroyed here. Delete it at {connection.spec.name} too.",
        )
        return redirect("connections")
    context = {"connection": connection, "left": leaving.left_by_deleting(connection)}
    return render(request, "connections/delete.html", context)
