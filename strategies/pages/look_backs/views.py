"""Ask for a look back at a bot, watch it, end it, and read what came of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.by import By
from strategies.choices import LookBackState
from strategies.look_backs import flows
from strategies.models import LookBack
from strategies.pages.exports import as_csv, send_csv
from strategies.pages.look_backs.beside import beside_of
from strategies.pages.look_backs.chart import charts_of
from strategies.pages.look_backs.files import GROUPS, MAP, MONTHS, group_rows, map_rows, month_rows
from strategies.pages.look_backs.maps import map_of
from strategies.pages.look_backs.past import past_of
from strategies.pages.look_backs.result import result_of
from strategies.pages.mine import my_bot
from strategies.words import look_backs as words
from web.http import AuthenticatedRequest
from web.render import render_changes

# While it is under way the page asks again so often.
EVERY_MS = 1000


@require_http_methods(["GET", "POST"])
def of_bot(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """List the looks back at a bot, and ask for another one."""
    bot = my_bot(request, public_id)
    if request.method == "POST":
        months = {str(one): one for one in flows.MONTHS}.get(request.POST.get("months", ""))
        if months is not None:
            made = flows.ask(bot, months, by=By.of(request))
            return redirect("look_back", made.public_id)
        messages.error(request, _("Choose how far to look back."))
    rows = list(LookBack.objects.filter(bot=bot).for_list())
    choices = [(one, ngettext("%(count)d month", "%(count)d months", one) % {"count": one}) for one in flows.MONTHS]
    context = {"bot": bot, "rows": rows, "choices": choices}
    return render(request, "strategies/look_backs/list.html", context)


def my_look_back(request: AuthenticatedRequest, public_id: UUID) -> LookBack:
    mine = LookBack.objects.owned_by(request.user).select_related("bot__connection")
    return get_object_or_404(mine, public_id=public_id)


@require_GET
def one(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Show one: how far it is, why it is not possible, or what came of it."""
    row = my_look_back(request, public_id)
    now = timezone.now()
    waits, map_waits = row.waits_for_more(now), row.waits_for_map(now)
    is_asking = row.is_under_way or waits or map_waits
    context: dict[str, Any] = {"bot": row.bot, "row": row, "every": EVERY_MS if is_asking else 0}
    if row.problem:
        context["problem"] = words.problem(row.problem)
    if row.state == LookBackState.DONE:
        beside = beside_of(row.answer, row.bot.quote)
        past = past_of(row.answer, row.bot.quote)
        charts = list(charts_of(row.answer))
        context |= {"result": result_of(row), "charts": charts, "beside": beside, "past": past, "waits": waits}
        # Asked for, and three workers died on it.
        problem = row.map.get("problem") or ("map.failed" if row.map_asked_at and not row.map and not map_waits else "")
        context |= {"map": map_of(row), "map_waits": map_waits, "map_offered": not waits}
        context["map_problem"] = words.no_map(problem) if problem else ""
    return render_changes(request, "strategies/look_backs/one.html", "rows", context)


@require_POST
def ask_map(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Ask for a map of settings around the bot's own; where it is there or under way, its page shows that."""
    row = done(request, public_id)
    flows.ask_map(row, by=By.of(request))
    return redirect(f"{reverse('look_back', args=[row.public_id])}#map")


@require_POST
def cancel(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    row = my_look_back(request, public_id)
    if not flows.cancel(row):
        messages.info(request, _("It had come to its end already."))
    return redirect("look_back", row.public_id)


def done(request: AuthenticatedRequest, public_id: UUID) -> LookBack:
    row = my_look_back(request, public_id)
    if row.state != LookBackState.DONE:
        raise Http404
    return row


@require_GET
def as_json(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    """Hand out the answer as it is kept: what ./run simulate prints, too, with what stands beside it, and the map."""
    row = done(request, public_id)
    headers = {"Content-Disposition": f'attachment; filename="look-back-{row.public_id}.json"'}
    told = {**row.answer, "map": row.map} if row.has_map else row.answer
    return JsonResponse(told, headers=headers, json_dumps_params={"indent": 1})


@require_GET
def groups_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    row = done(request, public_id)
    return send_csv(f"look-back-groups-{row.public_id}", as_csv(GROUPS, group_rows(row.answer)))


@require_GET
def months_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    row = done(request, public_id)
    return send_csv(f"look-back-months-{row.public_id}", as_csv(MONTHS, month_rows(row.answer)))


@require_GET
def map_csv(request: AuthenticatedRequest, public_id: UUID) -> StreamingHttpResponse:
    row = done(request, public_id)
    if not row.has_map:
        raise Http404
    return send_csv(f"look-back-map-{row.public_id}", as_csv(MAP, map_rows(row.map)))
