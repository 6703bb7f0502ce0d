"""What a visitor without a session sees: what the product is, shown by the product's own engine."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from connections.practice import door
from strategies.engine.ladder import rungs
from strategies.engine.position import Fees, Side
from strategies.engine.sizing import LEVELS
from strategies.words import numbers

FIRST_ORDER, FIRST_PRICE, FEE = Decimal(50), Decimal(3000), Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class ExampleRow:
    """One order of the ladder, as text."""

    name: str
    price: str
    total: str
    break_even: str
    bounce: str


def example() -> list[ExampleRow]:
    """Return the ladder of the careful level for a coin at 3,000, reckoned as for every bot before it is enabled."""
    fees = Fees(entry=FEE, exit=FEE)
    return [
        ExampleRow(
            name=gettext("Add-on %(number)d") % {"number": rung.k} if rung.k else gettext("Entry"),
            price=numbers.price(rung.price, Decimal("0.01")),
            total=numbers.money(rung.total),
            break_even=numbers.price(rung.break_even, Decimal("0.01")),
            bounce=numbers.percent(rung.bounce, signed=True),
        )
        for rung in rungs(LEVELS["low"].ladder(FIRST_ORDER), first=FIRST_PRICE, side=Side.LONG, fees=fees)
    ]


def welcome(request: HttpRequest) -> HttpResponse:
    return render(
        request, "strategies/first_visit/welcome.html", {"rows": example(), "can_practise": door.is_offered()}
    )
