"""Adding a connection: which exchange, then the guide and the form."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.by import By
from accounts.freeze import FrozenError
from connections import errors, flows, locations
from connections.models import Connection, MarketKind, Venue
from connections.pages.forms import AddForm
from connections.practice import door, keys
from exchanges import registry
from exchanges.spec import ExchangeSpec, Market
from web.http import AuthenticatedRequest, shown_again_when_too_large


def spec_of(slug: str) -> ExchangeSpec:
    try:
        return registry.get(slug)
    except KeyError:
        raise Http404 from None


@require_GET
def pick(request: AuthenticatedRequest) -> HttpResponse:
    return render(request, "connections/pick.html", {"exchanges": registry.ALL, "can_practise": settings.PRACTICE_URL})


@shown_again_when_too_large
@require_http_methods(["GET", "POST"])
def add(request: AuthenticatedRequest, exchange: str) -> HttpResponse:
    spec = spec_of(exchange)
    asked = request.POST if request.method == "POST" else request.GET
    has_futures = Market.FUTURES in spec.markets
    market = MarketKind.FUTURES if has_futures and asked.get("market") == MarketKind.FUTURES else MarketKind.SPOT
    venue = Venue.PRACTICE if asked.get("venue") == Venue.PRACTICE else Venue.LIVE
    if request.method == "POST":
        form = AddForm(request.POST, spec=spec)
        if form.is_valid() and (connection := _add(request, form)):
            return redirect("connection_detail", public_id=connection.public_id)
    else:
        form = AddForm(spec=spec, initial={"market": market, "venue": venue, "name": asked.get("name", "")})
    context = guide_of(spec, market, venue) | {"form": form}
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
            by=By.of(request),
        )
    except errors.DuplicateNameError as error:
        form.add_error("name", str(error))
    except errors.ConnectionsError as error:
        form.add_error("api_key", str(error))
    except FrozenError as error:
        form.add_error(None, str(error))
    return None


def guide_of(spec: ExchangeSpec, market: MarketKind, venue: Venue) -> dict[str, object]:
    # "KuCoin Spot Main" is no name for a futures connection.
    others = [str(one.label) for one in MarketKind if one != market]
    return {
        "spec": spec,
        "market": market,
        "venue": venue,
        "is_practice": venue == Venue.PRACTICE,
        "markets": [(one.value, MarketKind(one.value).label) for one in spec.markets],
        "tick": spec.guide.tick.get(Market(market), ()),
        "names": [name for name in spec.guide.names if not any(other in name for other in others)],
        "our_ips": locations.our_ips(venue),
        "sites": registry.sites_of(spec),
        "practice_keys": keys.CASES if venue == Venue.PRACTICE and door.is_offered() else (),
    }
