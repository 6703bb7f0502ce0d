"""The pages of messages: what was told, where it is sent, and when not."""

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.by import By
from accounts.mails import notices
from accounts.person.sessions import device_of
from messaging import flows, words
from messaging.choices import DeliveryState, MessageLevel, Via
from messaging.forms import ChannelForm, LabelForm, QuietForm
from messaging.kinds import KINDS
from messaging.models import Channel, Delivery, Message, Preferences
from messaging.services import BY_VIA, SERVICES, push_key
from web.http import AuthenticatedRequest

A_PAGE = 50
LONGEST_ID = 18


@require_GET
def inbox(request: AuthenticatedRequest) -> HttpResponse:
    """Show a page of messages before one of them; what is asked for wrongly counts as not asked."""
    rows = Message.objects.filter(user=request.user).order_by("-pk").exclude(kind="test")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= LONGEST_ID:
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.prefetch_related("deliveries__channel")[: A_PAGE + 1])
    context = {
        "shown": shown[:A_PAGE],
        "newest": shown[0].pk if shown else None,
        "has_unread": any(one.read_at is None for one in shown[:A_PAGE]),
        "older": shown[A_PAGE - 1].pk if len(shown) > A_PAGE else None,
        "is_later_page": before,
        "SENT": DeliveryState.SENT,
        "NEEDS_YOU": MessageLevel.NEEDS_YOU,
    }
    return render(request, "messaging/inbox.html", context)


@require_POST
def read(request: AuthenticatedRequest) -> HttpResponse:
    until = request.POST.get("until", "")
    if until.isdecimal() and len(until) <= LONGEST_ID:
        flows.read(request.user, until=int(until))
    return redirect("messages")


@require_GET
def channels(request: AuthenticatedRequest) -> HttpResponse:
    return _channels(request, _quiet_form(request))


def _channels(request: AuthenticatedRequest, quiet: QuietForm, *, status: int = 200) -> HttpResponse:
    found = Channel.objects.of(request.user)
    waiting = Delivery.objects.filter(channel__in=found, state=DeliveryState.WAITING, due_at__lte=timezone.now())
    busy = set(waiting.values_list("channel", flat=True))
    context = {
        "kinds": len(KINDS),
        "channels": [(one, words.TROUBLES.get(one.trouble, ""), one.pk in busy) for one in found],
        "services": SERVICES,
        "PUSH": Via.PUSH,
        "quiet": quiet,
        "can_add": len(found) <= flows.MOST_CHANNELS,
    }
    return render(request, "messaging/channels.html", context, status=status)


def _quiet_form(request: AuthenticatedRequest) -> QuietForm:
    kept = Preferences.objects.filter(user=request.user).first() or Preferences()
    hours = {name: getattr(kept, name) for name in ("quiet_from", "quiet_until", "wakes")}
    return QuietForm(initial=hours)


@require_POST
def quiet(request: AuthenticatedRequest) -> HttpResponse:
    form = QuietForm(request.POST)
    if not form.is_valid():
        return _channels(request, form, status=422)
    begin, end = form.cleaned_data["quiet_from"], form.cleaned_data["quiet_until"]
    hours = None if begin is None or end is None else (begin, end)
    flows.set_quiet(request.user, quiet=hours, wakes=form.cleaned_data["wakes"])
    notes.success(request, words.SAVED)
    return redirect("channels")


@require_http_methods(["GET", "POST"])
def add(request: AuthenticatedRequest, via: str) -> HttpResponse:
    """Ask for what opens a channel of this service; a refused form shows none of it again."""
    if via not in BY_VIA:
        raise Http404
    service = BY_VIA[Via(via)]
    form = ChannelForm(service, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                label = device_of(request.headers.get("User-Agent", "")) if service.via == Via.PUSH else ""
                flows.add_channel(request.user, service.via, form.told, by=By.of(request), label=label)
                notices.tell("channel_added", request.user, request=request, can_undo=False)
        except flows.TooManyError:
            form.add_error(None, str(words.TOO_MANY))
        else:
            notes.success(request, words.ADDED)
            return redirect("channels")
    status = 422 if request.method == "POST" else 200
    if service.via == Via.PUSH:
        context = {"service": service, "form": form, "push_key": push_key()}
        return render(request, "messaging/add_browser.html", context, status=status)
    return render(request, "messaging/add.html", {"service": service, "form": form}, status=status)


@login_not_required
@require_GET
def push_worker(request: HttpRequest) -> HttpResponse:
    """Give the script by which a browser shows messages: at the root, since it is in charge of what is below it."""
    script = (settings.BASE_DIR / "static" / "js" / "push-worker.js").read_text()
    # A worker has no page that could give it its sentences, and may have to say this one long after the last was open.
    lost = {"title": str(words.LOST_TITLE), "body": str(words.LOST_TEXT), "url": reverse("channels")}
    return HttpResponse(f"const LOST = {json.dumps(lost)};\n{script}", content_type="text/javascript; charset=utf-8")


def _mine(request: AuthenticatedRequest, public_id: UUID) -> Channel:
    return get_object_or_404(Channel.objects.select_related("user"), public_id=public_id, user=request.user)


@require_http_methods(["GET", "POST"])
def channel(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Choose what a channel carries; a kind that there is not is left out."""
    found = _mine(request, public_id)
    is_sent, is_browser = request.method == "POST", found.via == Via.PUSH
    form = LabelForm(request.POST if is_sent else None, initial={"label": found.label}) if is_browser else None
    if is_sent and (form is None or form.is_valid()):
        label = form.cleaned_data["label"] if form else ""
        flows.choose(found, request.POST.getlist("kinds"), by=By.of(request), label=label)
        notes.success(request, words.SAVED)
        return redirect("channels")
    levels = [(one.label, [kind for kind in KINDS if kind.level == one]) for one in MessageLevel]
    context = {"channel": found, "levels": [(label, kinds) for label, kinds in levels if kinds], "form": form}
    return render(request, "messaging/channel.html", context, status=422 if is_sent else 200)


@require_POST
def test(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    found = _mine(request, public_id)
    if found.is_ended:
        raise Http404
    try:
        flows.test(found, by=By.of(request))
    except flows.TooManyError:
        notes.error(request, words.ENOUGH_TESTS)
    else:
        notes.success(request, words.TESTED)
    return redirect("channels")


@require_POST
def remove(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    found = _mine(request, public_id)
    if found.via == Via.MAIL:
        raise Http404
    flows.remove(found, by=By.of(request))
    notes.success(request, words.REMOVED)
    return redirect("channels")
