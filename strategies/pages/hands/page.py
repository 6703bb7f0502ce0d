"""What every page of an act by hand shows: the group as it stands beside how it would stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from strategies.hands.plans import ActPlan
from strategies.models import Group, Instrument
from strategies.pages.group_card import not_added
from strategies.pairs import quote_of
from strategies.portfolio.standing import Figures
from strategies.words import hands, numbers
from web.http import AuthenticatedRequest


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    label: str
    now: str
    then: str

    @property
    def changes(self) -> bool:
        return self.now != self.then


def show(
    request: AuthenticatedRequest,
    group: Group,
    *,
    act: str,
    form: forms.Form,
    instrument: Instrument | None,
    plan: ActPlan | None = None,
    seen: str = "",
) -> HttpResponse:
    """Show the form, and what it would come to where that is known; `seen` is what is confirmed then."""
    rows = list(rows_of(plan, group, instrument)) if plan and not plan.refusal else []
    context = {"group": group, "bot": group.bot, "act": act, "form": form, "rows": rows, "seen": seen}
    context["not_added"] = not_added(group, timezone.now())
    if plan:
        context["notes"] = [hands.note(code) for code in plan.notes]
        context["refusal"] = hands.refusal(plan.refusal) if plan.refusal else ""
        context["does"] = numbers.numbers(plan.does)
    is_refused = request.method == "POST" and (plan is None or bool(plan.refusal))
    return render(request, f"strategies/hands/{act}.html", context, status=422 if is_refused else 200)


def rows_of(plan: ActPlan, group: Group, instrument: Instrument | None) -> Iterator[FigureRow]:
    """Yield each figure that an act may change, as text."""
    before, after = (list(_figures(one, group, instrument)) for one in (plan.now, plan.then))
    for (label, now), (_label, then) in zip(before, after, strict=True):
        yield FigureRow(label=label, now=now, then=then)


def _figures(one: Figures, group: Group, instrument: Instrument | None) -> Iterator[tuple[str, str]]:
    step, quote = instrument.price_step if instrument else None, quote_of(group.pair)
    base, limit = group.pair.partition("/")[0], group.bot.margin_limit

    def money(value: Decimal | None) -> str:
        return numbers.NOTHING if value is None else f"{numbers.money(value)} {quote}"

    yield _("Held"), f"{numbers.amount(one.held)} {base}"
    yield _("Average"), numbers.price(one.average, step)
    yield _("Break-even"), numbers.price(one.break_even, step)
    yield _("Take profit"), numbers.price(one.take_profit, step)
    yield _("Stop loss"), _("none") if one.stop_loss is None else numbers.price(one.stop_loss, step)
    share = numbers.round_percent(one.at_work / limit) if limit else numbers.NOTHING
    yield _("At work"), f"{money(one.at_work)}, {share}"
    if one.stress_price is not None:
        loss = money(None if one.stress_loss is None else max(one.stress_loss, Decimal(0)))
        yield _("Loss at %(price)s") % {"price": numbers.price(one.stress_price, step)}, loss
    add_on = f"{numbers.price(one.next_price, step)} {_('for')} {money(one.next_cost)}"
    yield _("Next add-on"), add_on if one.next_price is not None else _("none")
