"""The groups that a bot closed or let go, with what each one brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from strategies.models import Bot, Group
from strategies.pages import paging
from strategies.pages.group_card import coins_adopted
from strategies.pages.mine import my_bot
from strategies.pairs import quote_of
from strategies.words import badges, numbers, reasons
from strategies.words.badges import Badge
from strategies.words.numbers import tone_of
from web.http import AuthenticatedRequest
from web.render import render_partial


@dataclass(frozen=True, kw_only=True)
class ClosedGroup:
    """`result` is net of fees; a released group has none, because nothing was sold."""

    group: Group
    look: Badge
    quote: str
    bought: str
    average: str
    sold_at: str
    result: str
    share: str
    tone: str
    why: str
    lacks: str
    adopted: str


@dataclass(frozen=True, kw_only=True)
class ClosedPage:
    groups: list[ClosedGroup]
    newer: str
    older: str


def page_of(bot: Bot, asked: Mapping[str, str]) -> ClosedPage:
    found = paging.cut(Group.objects.filter(bot=bot).closed(), asked)
    return ClosedPage(groups=[shown(group) for group in found.rows], newer=found.newer, older=found.older)


def shown(group: Group) -> ClosedGroup:
    result = group.result
    return ClosedGroup(
        group=group,
        look=badges.MODES[group.mode],
        quote=quote_of(group.pair),
        bought=numbers.money(group.cost),
        average=numbers.price(group.average),
        sold_at=numbers.price(group.proceeds / group.sold if group.sold else None),
        result=numbers.money(result, signed=True),
        share=numbers.percent(result / group.cost if result is not None and group.cost else None, signed=True),
        tone=tone_of(result),
        why=reasons.reason(group.close_reason) if group.close_reason else "",
        adopted=coins_adopted(group),
        lacks=gettext("The result leaves out a fee whose worth is not known.") if group.has_unvalued_fees else "",
    )


@require_GET
def closed(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": page_of(bot, request.GET.dict())}
    return render_partial(request, "strategies/bot/closed.html", "rows", context)
