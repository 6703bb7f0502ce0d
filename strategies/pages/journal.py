"""The journal as a page shows it: each decision with its badge, its sentence and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_GET

from strategies.models import Bot, JournalLine
from strategies.pages import paging
from strategies.pages.mine import my_bot
from strategies.pages.paging import Slice
from strategies.words import badges
from strategies.words.badges import Badge
from strategies.words.numbers import numbers as shown_numbers
from strategies.words.reasons import beside_badge
from strategies.words.reasons import reason as sentence_of
from web.http import AuthenticatedRequest
from web.render import render_changes


@dataclass(frozen=True, kw_only=True)
class JournalRow:
    pk: int
    at: datetime
    pair: str
    look: Badge
    text: str
    numbers: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class FilterChoice:
    """One thing to filter by; `query` is the address part that asks for it."""

    value: str
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class JournalPage:
    """`newer` and `older` are address parts, "" at an end; `query` that of this page."""

    lines: list[JournalRow]
    actions: list[FilterChoice]
    reasons: list[FilterChoice]
    newer: str
    older: str
    query: str
    is_filtered: bool


def latest(bot: Bot, count: int) -> list[JournalRow]:
    return [line_of(row) for row in bot.journal.order_by("-pk")[:count]]


def page_of(bot: Bot, asked: Mapping[str, str]) -> JournalPage:
    """Return one page of the journal; `asked` is the address's query, of which nonsense is left out."""
    reasons = list(bot.journal.order_by("reason").values_list("reason", flat=True).distinct())
    chosen = _chosen(asked, reasons)
    found = paging.cut(bot.journal.filter(**chosen), asked)
    return JournalPage(
        lines=[line_of(row) for row in found.rows],
        actions=[_choice("action", code, look.label, chosen) for code, look in {"": _ALL, **badges.ACTIONS}.items()],
        reasons=[
            _choice("reason", code, sentence_of(code) or gettext("All reasons"), chosen) for code in ("", *reasons)
        ],
        newer=_edge(found, "newer", chosen),
        older=_edge(found, "older", chosen),
        query=urlencode(chosen),
        is_filtered=bool(chosen),
    )


_ALL = Badge(_("All"), "", "list-checks")


def line_of(row: JournalLine) -> JournalRow:
    return JournalRow(
        pk=row.pk,
        at=row.at,
        pair=row.pair,
        look=badges.action(row.action),
        text=beside_badge(row.reason),
        numbers=shown_numbers(row.numbers),
    )


def _chosen(asked: Mapping[str, str], reasons: list[str]) -> dict[str, str]:
    wanted = {"action": badges.ACTIONS, "reason": reasons}
    return {name: asked[name] for name, known in wanted.items() if asked.get(name) in known and asked[name]}


def _choice(name: str, value: str, label: str, chosen: Mapping[str, str]) -> FilterChoice:
    query = {**chosen, name: value}
    return FilterChoice(
        value=value,
        label=label,
        query=urlencode({key: text for key, text in query.items() if text}),
        is_current=chosen.get(name, "") == value,
    )


def _edge(found: Slice[JournalLine], end: str, chosen: Mapping[str, str]) -> str:
    edge: str = getattr(found, end)
    return "&".join(filter(None, (urlencode(chosen), edge))) if edge else ""


@require_GET
def journal(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": page_of(bot, request.GET.dict())}
    return render_changes(request, "strategies/bot/journal.html", "lines", context)
