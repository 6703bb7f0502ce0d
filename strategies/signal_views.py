"""Where alerts arrive (machines, JSON), and the page that shows a trader how to send them."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.recent import fresh_sign_in_required
from strategies import signalling
from strategies.alerts import SignalError
from strategies.errors import GoneError
from strategies.models import Bot
from strategies.pages.mine import my_bot
from strategies.signal_page import page_of
from web.http import AuthenticatedRequest


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one alert in JSON; called by SignalMiddleware, which holds the token."""
    try:
        _refuse_unread(request)
        return _receive(request)
    except SignalError as error:
        headers = {"Allow": "POST"} if error.status == 405 else {}
        return JsonResponse({"error": str(error)}, status=error.status, headers=headers)
    except (OperationalError, InterfaceError):
        return JsonResponse({"error": "Our database is not answering. Send it again."}, status=503)


def _refuse_unread(request: HttpRequest) -> None:
    """Look at all that needs no body; raises SignalError."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise SignalError(400, "Content-Length is no number.")
    if len(length) > 9 or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise SignalError(413, "The body is larger than 64 KiB.")
    try:
        request.get_host()
    except DisallowedHost:
        raise SignalError(400, "There is no such host here.") from None
    if request.method != "POST":
        raise SignalError(405, "Alerts are sent by POST.")
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise SignalError(403, "Send alerts to https:// only. This address was readable on its way: make a new one.")


def _receive(request: HttpRequest) -> HttpResponse:
    try:
        body = request.body
    except UnreadablePostError:
        raise SignalError(400, "The body did not arrive.") from None
    signal = signalling.receive(getattr(request, "signal_token", ""), body, now=timezone.now())
    if signal is None:
        return JsonResponse({"state": "duplicate"})
    return JsonResponse({"state": "accepted", "id": signal.pk}, status=202)


@login_not_required
def signal(request: HttpRequest, token: str) -> HttpResponse:
    """Name the address for reverse(); SignalMiddleware has answered before anything gets here."""
    raise Http404


@require_http_methods(["GET", "POST"])
def address(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show how alerts are set up; POST makes a new address and shows it in this one answer, nowhere else."""
    bot = my_bot(request, public_id)
    if request.method == "GET":
        return _page(request, bot, "")
    return _make(request, bot) if bot.connection.is_practice else _make_live(request, bot)


def _make(request: AuthenticatedRequest, bot: Bot) -> HttpResponse:
    try:
        made = signalling.address_of(signalling.make_address(bot, request=request))
    except GoneError:
        raise Http404 from None
    bot.refresh_from_db(fields=["signal_hint", "signal_since", "signal_hash"])
    return _page(request, bot, made)


_make_live = fresh_sign_in_required(_make)


def _page(request: AuthenticatedRequest, bot: Bot, made: str) -> HttpResponse:
    return render(request, "strategies/signals.html", {"bot": bot, "page": page_of(bot, made=made)})
