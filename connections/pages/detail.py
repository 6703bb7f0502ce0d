"""The screens of connections; rows come through their owner, what happens is a flow's work."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.by import By
from accounts.freeze import FrozenError
from connections import errors, flows, hooks, locations
from connections.check import addresses
from connections.check.findings import CAN_WITHDRAW
from connections.models import Connection, MarketKind, Status, Trigger, Venue
from connections.pages.add import guide_of
from connections.pages.forms import CredentialsForm, RenameForm
from connections.pages.listing import milliseconds_between_looks
from connections.pages.mine import my_connection, my_connections, told
from connections.pages.thief import what_a_thief_could_do
from connections.practice import door, keys
from web.http import AuthenticatedRequest, gone_is_404, shown_again_when_too_large
from web.render import render_partial

HISTORY_SHOWN = 20


@require_GET
def detail(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    # What workers read of its money lives in a room above, as its bots do.
    connection = get_object_or_404(my_connections(request).select_related("funds"), public_id=public_id)
    return render_partial(request, "connections/detail.html", "live", _page(connection))


def _page(connection: Connection) -> dict[str, object]:
    run, ours = connection.shown_run, locations.our_ips(connection.venue)
    evidence = run.evidence if run else None
    # Of a replacement key that was refused because it can withdraw nothing else is left.
    newer = None if connection.candidate else connection.runs.history().filter(revision__gt=connection.revision).first()
    return {
        "withdraws": run is not None and any(one.code == CAN_WITHDRAW for one in run.findings),
        "refused": newer if newer and newer.worst and newer.worst.code == CAN_WITHDRAW else None,
        "connection": connection,
        "beside": Connection.objects.beside(connection).order_by("name"),
        "run": run,
        "wants_bot": connection.status == Status.ONLINE and not connection.bots.all(),
        # What a practice key was to show has been seen; the good one comes next.
        "next_key": keys.BY_SLUG["good"]
        if connection.status == Status.ERROR
        and not connection.is_testing
        and connection.is_practice
        and door.is_offered()
        else None,
        "evidence": evidence,
        "thief": what_a_thief_could_do(evidence, ours, run.findings)
        if run and evidence and evidence.is_told and connection.secret
        else None,
        "addresses": addresses.compare(evidence.ip_list or (), ours) if evidence else [],
        "our_ips": ours,
        "seen_ips": [evidence.seen_ip] if evidence and evidence.seen_ip else ours,
        "history": connection.runs.history()[:HISTORY_SHOWN],
        "every": milliseconds_between_looks([connection.testing_run]) if connection.testing_run else 0,
        "form": RenameForm(initial={"name": connection.name}),
    }


@require_POST
def test(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = my_connection(request, public_id)
    to = reverse("connection_detail", args=[public_id])
    try:
        flows.start_check(connection, trigger=Trigger.USER, by=By.of(request))
    except errors.ConnectionsError as error:
        return told(request, str(error), is_ok=False, to=to)
    return told(request, gettext("Testing %(name)s.") % {"name": connection.name}, is_ok=True, to=to)


@require_POST
def rename(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = my_connection(request, public_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        try:
            with gone_is_404(errors.ConnectionGoneError):
                flows.rename_connection(connection, name=form.cleaned_data["name"], by=By.of(request))
        except errors.DuplicateNameError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, gettext("Renamed."))
            return redirect("connection_detail", public_id=public_id)
    return render(request, "connections/detail.html", _page(connection) | {"form": form})


@shown_again_when_too_large
@require_http_methods(["GET", "POST"])
def replace(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = my_connection(request, public_id)
    form = CredentialsForm(request.POST or None, spec=connection.spec)
    if request.method == "POST" and form.is_valid():
        try:
            with gone_is_404(errors.ConnectionGoneError):
                flows.replace_secret(connection, credentials=form.credentials, by=By.of(request))
        except errors.DuplicateKeyError as error:
            form.add_error("api_key", str(error))
        except (errors.ConnectionsError, FrozenError) as error:
            form.add_error(None, str(error))
        else:
            return redirect("connection_detail", public_id=public_id)
    guide = guide_of(connection.spec, MarketKind(connection.market), Venue(connection.venue))
    context = guide | {"connection": connection, "form": form}
    return render(request, "connections/replace.html", context)


@require_POST
def discard(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = my_connection(request, public_id)
    with gone_is_404(errors.ConnectionGoneError):
        flows.discard_candidate(connection, by=By.of(request))
    to = reverse("connection_detail", args=[public_id])
    return told(request, gettext("The replacement key is destroyed. The key in use stays."), is_ok=True, to=to)


@require_http_methods(["GET", "POST"])
def delete(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    connection = my_connection(request, public_id)
    if request.method == "POST":
        with gone_is_404(errors.ConnectionGoneError):
            flows.delete_connection(connection, by=By.of(request))
        text = gettext("%(name)s is deleted and its key destroyed here.") % {"name": connection.name}
        # A practice key is nowhere to be deleted.
        if not connection.is_practice:
            there = gettext("Delete it at %(exchange)s too.") % {"exchange": connection.spec.name}
            text = f"{text} {there}"
        messages.success(request, text)
        return redirect("connections")
    context = {"connection": connection, "left": hooks.left_by_deleting(connection)}
    return render(request, "connections/delete.html", context)
