"""What the page about a bot's signals shows: an alert to paste for each pair and wish, and what came lately."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.by import By
from strategies import pairs
from strategies.choices import Direction, EntrySource, SignalState, SignalWish
from strategies.errors import BotGoneError, RefusedError
from strategies.models import Bot, RefusedAlert, Signal
from strategies.pages import paging
from strategies.pages.mine import my_bot
from strategies.signals import inbox
from strategies.words import signals as words
from web.http import AuthenticatedRequest
from web.render import render_changes

SHOWN = 20
WISHES = {
    Direction.LONG: (SignalWish.LONG, SignalWish.CLOSE),
    Direction.SHORT: (SignalWish.SHORT, SignalWish.CLOSE),
    Direction.BOTH: (SignalWish.LONG, SignalWish.SHORT, SignalWish.CLOSE),
}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The message of one alert, ready to paste."""

    wish: SignalWish
    text: str


@dataclass(frozen=True, kw_only=True)
class PairSnippets:
    pair: str
    snippets: Sequence[Snippet]


@dataclass(frozen=True, kw_only=True)
class SignalRow:
    """One signal that came, and what was done about it."""

    signal: Signal
    outcome: str


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """One alert that was refused, and one near to it that would have been taken; "" where there is none."""

    alert: RefusedAlert
    mended: str


@dataclass(frozen=True, kw_only=True)
class SignalPage:
    """`made` is the address, in the one answer that may show it; `command` sends a real signal from a terminal.

    `has_replaced`: the bot had one before, which ended. `newer` and `older` are what to ask for next, "" at an end.
    What was refused stands beside the newest.
    """

    made: str
    has_replaced: bool
    command: str
    pairs: Sequence[PairSnippets]
    lines: Sequence[SignalRow]
    newer: str
    older: str
    refused: Sequence[RefusedRow]
    per_minute: int = inbox.PER_MINUTE
    per_minute_of_all: int = 0


def page_of(bot: Bot, asked: Mapping[str, str], *, made: str, has_replaced: bool) -> SignalPage:
    came = paging.cut(Signal.objects.filter(bot=bot), asked, size=SHOWN)
    refused = [] if came.newer else bot.refused_alerts.order_by("-pk")[:SHOWN]
    command = ""
    if made and bot.pairs:
        alert = json.dumps({"pair": bot.pairs[0], "direction": _wishes(bot)[0].value})
        command = f"curl -X POST --data '{alert}' {made}"
    return SignalPage(
        made=made,
        has_replaced=has_replaced,
        command=command,
        pairs=[PairSnippets(pair=pair, snippets=[_snippet(pair, wish) for wish in _wishes(bot)]) for pair in bot.pairs],
        lines=[
            SignalRow(signal=one, outcome=words.outcome(one.outcome, is_waiting=one.state == SignalState.WAITING))
            for one in came.rows
        ],
        newer=came.newer,
        older=came.older,
        refused=[RefusedRow(alert=one, mended=_mended(bot, one.body)) for one in refused],
        per_minute_of_all=settings.SIGNALS_PER_USER,
    )


def _wishes(bot: Bot) -> tuple[SignalWish, ...]:
    if bot.entry_source != EntrySource.WEBHOOK:
        return (SignalWish.CLOSE,)
    return WISHES[Direction(bot.direction)]


def _snippet(pair: str, wish: SignalWish) -> Snippet:
    # {{timenow}} has whole seconds: pair and wish tell apart what comes in the same one.
    alert = {"pair": pair, "direction": wish.value, "time": "{{timenow}}", "id": f"{{{{timenow}}}} {pair} {wish.value}"}
    return Snippet(wish=wish, text=json.dumps(alert, indent=1))


def _mended(bot: Bot, told: str) -> str:
    """Return the message that comes nearest to what was told: its pair and its wish, where the bot takes them."""
    try:
        fields = json.loads(told)
    except (ValueError, RecursionError):
        fields = {}
    asked = fields if isinstance(fields, dict) else {}
    pair = pairs.named(str(asked.get("pair", "")), bot.pairs) or next(iter(bot.pairs), "")
    named = [wish for wish in _wishes(bot) if wish == str(asked.get("direction", "")).strip().lower()]
    return _snippet(pair, (named or _wishes(bot))[0]).text if pair else ""


@require_http_methods(["GET", "POST"])
def address(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show how alerts are set up; POST makes a new address and shows it in this one answer, nowhere else."""
    bot = my_bot(request, public_id)
    had_one = bot.signal_hash is not None
    if request.method == "GET":
        return _page(request, bot, "")
    try:
        made = inbox.address_of(inbox.make_address(bot, by=By.of(request)))
    except BotGoneError:
        raise Http404 from None
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("bot_signal_address", public_id=bot.public_id)
    bot.refresh_from_db(fields=["signal_hint", "signal_since", "signal_hash"])
    return _page(request, bot, made, has_replaced=had_one)


@require_POST
def end(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    inbox.end_address(bot, by=By.of(request))
    messages.success(request, _("The address of %(bot)s ended: no alert reaches this bot.") % {"bot": bot.name})
    return redirect("bot_signal_address", public_id=public_id)


def _page(request: AuthenticatedRequest, bot: Bot, made: str, *, has_replaced: bool = False) -> HttpResponse:
    page = page_of(bot, request.GET.dict(), made=made, has_replaced=has_replaced)
    return render_changes(request, "strategies/bot/signals.html", "came", {"bot": bot, "page": page})
