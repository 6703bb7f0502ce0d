"""Adding a practice connection at one click: the product fetches the key and enters it, so that nobody copies one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.by import By
from accounts.freeze import FrozenError
from connections import errors
from connections.models import Connection, MarketKind, Venue
from connections.pages.add import spec_of
from connections.practice import door, keys
from web.http import AuthenticatedRequest


@require_http_methods(["GET", "POST"])
def use_key(request: AuthenticatedRequest, exchange: str) -> HttpResponse:
    """Add the connection; a GET does nothing and shows the form, as after a sign-in that was asked for on the way."""
    spec, case = spec_of(exchange), keys.BY_SLUG.get(request.POST.get("case", ""))
    market = request.POST.get("market", MarketKind.SPOT)
    form = f"{reverse('connection_add_exchange', args=[spec.slug])}?venue=practice"
    if request.method == "GET":
        return redirect(form)
    if not door.is_offered() or case is None or market not in spec.markets:
        raise Http404
    try:
        connection = keys.add_connection(request.user, exchange=spec.slug, market=market, case=case, by=By.of(request))
    except errors.DuplicateKeyError as error:
        messages.info(request, str(error))
        mine = Connection.objects.owned_by(request.user).filter(
            exchange=spec.slug, venue=Venue.PRACTICE, market=market, name__startswith=f"{spec.name} {case.name}"
        )
        if same := mine.order_by("pk").first():
            return redirect("connection_detail", public_id=same.public_id)
    except (errors.ConnectionsError, FrozenError) as error:
        messages.error(request, str(error))
    else:
        return redirect("connection_detail", public_id=connection.public_id)
    return redirect(form)
