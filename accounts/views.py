from typing import cast
from uuid import UUID

from allauth.account import views as allauth_views
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as mfa_views
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, wording
from accounts.by import By
from accounts.mails import notices
from accounts.mails import undo as undoing
from accounts.models import AuditEvent, WebSession
from accounts.person import factors, leaving, sessions
from web.http import AuthenticatedRequest

EVENTS_SHOWN = 20


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out; somebody who signs in or up at the moment is forgotten whole, so that nothing tells what was known."""
    if request.method == "POST" and not request.user.is_authenticated:
        request.session.flush()
    answer: HttpResponse = allauth_views.logout(request)
    return answer


@login_not_required
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a notice would undo; only the button does it."""
    link, outcome = undoing.find(token), undoing.Outcome.GONE
    if request.method == "POST" and link is not None:
        outcome = undoing.undo(token, by=By.at(request, link.user))
    # Django writes the address of what it answers with 4xx to the log: only of a link that works no more.
    is_dead = outcome == undoing.Outcome.GONE and (link is None or request.method == "POST")
    context = {"link": link, "outcome": outcome}
    return render(request, "accounts/undo.html", context, status=404 if is_dead else 200)


@require_GET
def page(request: AuthenticatedRequest) -> HttpResponse:
    events = AuditEvent.objects.concerning(request.user)[:EVENTS_SHOWN]
    return render(request, "accounts/page.html", {"events": events, "limit": EVENTS_SHOWN})


def addresses(request: AuthenticatedRequest) -> HttpResponse:
    """Add, remove or choose addresses. allauth calls it a change when the primary address is made primary once more."""
    chosen = request.POST.get("email", "")
    if "action_primary" in request.POST and EmailAddress.objects.filter(
        user=request.user, primary=True, verified=True, email__iexact=chosen
    ):
        messages.info(request, wording.PRIMARY_ALREADY % {"email": chosen})
        return redirect("account_email")
    answer: HttpResponse = allauth_views.email(request)
    return answer


def remove_passkey(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Remove a passkey, unless something that needs it is on: allauth asks that for codes only."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if told := factors.why_kept(passkey):
        messages.error(request, told)
        return redirect("mfa_list_webauthn")
    answer: HttpResponse = mfa_views.remove_webauthn(request, pk=pk)
    return answer


@require_GET
def session_list(request: AuthenticatedRequest) -> HttpResponse:
    """Show where somebody is signed in; ending it narrows, so that no page of it asks for the password."""
    rows = WebSession.objects.filter(user=request.user, expire_date__gt=timezone.now()).order_by("-last_seen_at")
    here = sessions.hash_of(request.session.session_key or "")
    return render(request, "accounts/sessions.html", {"rows": rows, "here": here})


@require_POST
def end_session(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    rows = WebSession.objects.filter(user=request.user, public_id=public_id)
    row = rows.first()
    if row is None:
        raise Http404
    rows.delete()
    audit.record("account.session_ended", by=By.of(request), target=request.user)
    messages.success(request, gettext("%(device)s is signed out.") % {"device": row.device})
    return redirect("account_sessions")


@require_POST
def end_other_sessions(request: AuthenticatedRequest) -> HttpResponse:
    sessions.end_others(request.user, but=request.session.session_key)
    audit.record("account.sessions_ended", by=By.of(request), target=request.user)
    messages.success(request, gettext("You are signed out everywhere but here."))
    return redirect("account_sessions")


@require_POST
def export(request: AuthenticatedRequest) -> HttpResponse:
    """Give all that is somebody's as one JSON file."""
    audit.record("account.exported", by=By.of(request), target=request.user)
    answer = StreamingHttpResponse(leaving.export(request.user), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="backfuture-account.json"'
    return cast(HttpResponse, answer)


@require_http_methods(["GET", "POST"])
def close(request: AuthenticatedRequest) -> HttpResponse:
    """Close the account, once the address has been typed; open groups are told, and hold nobody."""
    typed = request.POST.get("email", "").strip().lower()
    if request.method == "POST" and typed == request.user.email:
        notices.tell("closed", request.user, request=request, can_undo=False)
        leaving.close(request.user, by=By.of(request))
        request.session.flush()
        messages.success(request, wording.CLOSED)
        return redirect("account_login")
    context = {"left": leaving.left_behind(request.user), "is_wrong": request.method == "POST"}
    return render(request, "accounts/close.html", context, status=422 if request.method == "POST" else 200)
