"""Find pairs while they are typed: the last word of the field is looked for in what the exchange lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from connections.models import Connection
from strategies import pairs
from strategies.market import wanted
from strategies.models import Instrument, PairList
from strategies.models.market import ListedPair
from strategies.words import numbers
from web.http import AuthenticatedRequest

SHOWN = 12
# What most bots are quoted in comes first.
FIRST_QUOTES = ("USDT", "USDC", "USD", "EUR")


@dataclass(frozen=True, kw_only=True)
class FoundPair:
    """`least` is the smallest order, in quote money where the exchange names it so; "" is not known.

    `volume` is what was traded in 24 hours, in quote money, as of the hour in which the list was read.
    """

    pair: str
    least: str
    price: str
    spread: str
    volume: str


@require_POST
def search(request: AuthenticatedRequest) -> HttpResponse:
    """Return the pairs that fit the last word; asks workers for the list of an exchange that nobody looked at yet."""
    home = _home(request)
    context: dict[str, Any] = {"found": [], "home": home, "is_listed": True}
    if home is not None:
        wanted.want(home.exchange, home.venue, [], now=timezone.now())
        listed = PairList.objects.filter(exchange=home.exchange, venue=home.venue).first()
        typed = pairs.BETWEEN.split(request.POST.get("pairs", "")[:1000])
        fitting = matches(listed.pairs if listed else [], typed)
        context |= {"found": _shown(home, fitting), "is_listed": listed is not None, "word": typed[-1]}
    return render(request, "strategies/bot_form/_pairs.html", context)


def matches(listed: Sequence[ListedPair], typed: Sequence[str]) -> list[ListedPair]:
    """Return the pairs that the last word fits, the likeliest first, without those that are there already.

    A bot's pairs have one quote: once one is there, only its quote counts.
    """
    squeeze = pairs.SEPARATORS
    word, there = squeeze.sub("", typed[-1].upper()), {squeeze.sub("", one.upper()) for one in typed[:-1]}
    known = {squeeze.sub("", one.pair): one for one in listed}
    quotes = {pairs.quote_of(known[name].pair) for name in there if name in known}
    fitting = [
        one
        for name, one in known.items()
        if word in name and name not in there and (not quotes or pairs.quote_of(one.pair) in quotes)
    ]

    def rank(one: ListedPair) -> tuple[bool, bool, int, str]:
        base, quote = one.pair.split("/", 1)
        place = FIRST_QUOTES.index(quote) if quote in FIRST_QUOTES else len(FIRST_QUOTES)
        return base != word, not base.startswith(word), place, one.pair

    return sorted(fitting, key=rank)[:SHOWN]


def _home(request: AuthenticatedRequest) -> Connection | None:
    try:
        wished = UUID(request.POST.get("connection", ""))
    except ValueError:
        return None
    return Connection.objects.owned_by(request.user).filter(public_id=wished).first()


def _shown(home: Connection, fitting: Sequence[ListedPair]) -> list[FoundPair]:
    known = Instrument.objects.at(home.exchange, home.venue).known(one.pair for one in fitting)
    found = []
    for one in fitting:
        base, quote = one.pair.split("/", 1)
        market = known.get(one.pair)
        least = f"{numbers.amount(one.min_amount)} {base}" if one.min_amount else ""
        ask, bid = (market.ask, market.bid) if market else (None, None)
        found.append(
            FoundPair(
                pair=one.pair,
                least=f"{numbers.money(one.min_cost)} {quote}" if one.min_cost else least,
                price=numbers.price(market.price) if market and market.price else "",
                volume=f"{numbers.brief(one.volume)} {quote}" if one.volume else "",
                spread=numbers.percent((ask - bid) / ask) if ask and bid else "",
            )
        )
    return found
