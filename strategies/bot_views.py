"""The pages of one bot: its groups and chart, its journal, its orders, what it closed, and both as CSV."""

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from strategies import bot_page, chart, chart_panel, closed_page, exports, journal_page, order_page, paging
from strategies.models import Bot
from strategies.pages.mine import my_bot
from web.http import AuthenticatedRequest
from web.render import render_partial


def _choice(request: AuthenticatedRequest, bot: Bot) -> chart.Choice:
    choice = chart.choose(bot, request.GET.dict())
    if choice is None:
        raise Http404
    return choice


@require_GET
def detail(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    choice, page = _choice(request, bot), bot_page.page_of(bot, now=timezone.now())
    context = {"bot": bot, "page": page, "chart": chart_panel.panel_of(bot, page.groups, choice)}
    return render_partial(request, "strategies/detail.html", "live", context)


@require_GET
def chart_data(request: AuthenticatedRequest, public_id: UUID) -> JsonResponse:
    """Answer with what the chart draws; looking at it keeps the candles coming."""
    bot = my_bot(request, public_id)
    choice, now = _choice(request, bot), timezone.now()
    if not choice.pair:
        raise Http404
    since = paging.read_id(request.GET.get("since")) or 0
    return JsonResponse(chart.data_of(choice, chart.series_of(bot, choice, now), now, since=since))


@require_GET
def journal(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": journal_page.page_of(bot, request.GET.dict())}
    return render_partial(request, "strategies/journal.html", "lines", context)


@require_GET
def orders(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": order_page.page_of(bot, request.GET.dict())}
    return render_partial(request, "strategies/orders.html", "rows", context)


@require_GET
def closed(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    context = {"bot": bot, "page": closed_page.page_of(bot, request.GET.dict())}
    return render_partial(request, "strategies/closed.html", "rows", context)


@require_GET
def journal_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    bot = my_bot(request, public_id)
    return _csv("journal", exports.as_csv(exports.JOURNAL, exports.journal_rows(bot)))


@require_GET
def fills_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    bot = my_bot(request, public_id)
    return _csv("orders", exports.as_csv(exports.FILLS, exports.fill_rows(bot)))


def _csv(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    """Send it as a file. Its name is ours: a bot's own could hold anything."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
