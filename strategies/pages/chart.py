"""What the chart of a bot's pair draws: candles, and of one group its fills, levels, zone and take profit.

Prices are floats here and only here: they are for drawing. Times are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from exchanges.values import FRAMES, Candle
from strategies.choices import GroupMode, Purpose
from strategies.engine import recovery
from strategies.market.wanted import want, want_candles
from strategies.models import Bot, Fill, Group, Instrument
from strategies.models.market import WANTED_FOR, CandleSeries
from strategies.pages import paging
from strategies.pages.group_card import levels_of
from strategies.pages.mine import my_bot
from strategies.portfolio.standing import Figures, stand, values_of
from web.http import AuthenticatedRequest

SHOWN_FRAMES = ("1m", "5m", "15m", "1h")
USUAL_FRAME = "15m"
# How many bars of the falling take profit lie beyond the last candle.
BARS_AHEAD = 24
# Somebody who keeps looking renews the wish this long before it lapses, not with every look.
RENEWED_BEFORE = WANTED_FOR / 2


@dataclass(frozen=True, kw_only=True)
class ChartChoice:
    """What the chart shows: a pair, one of its groups if there is one, and how long a candle lasts."""

    pair: str
    group: Group | None
    frame: str


def choice_asked(request: AuthenticatedRequest, bot: Bot) -> ChartChoice:
    """Return what the address asks for, by itself the group in most trouble; raise Http404 for another bot's group.

    Asked for a pair, the chart shows its open group; asked for a group, that one, even when it has closed.
    """
    frame = request.GET.get("frame", "")
    frame = frame if frame in SHOWN_FRAMES else USUAL_FRAME
    rows = Group.objects.filter(bot=bot).for_cards()
    if asked := request.GET.get("group"):
        try:
            chosen = rows.get(public_id=UUID(asked))
        except (ValueError, Group.DoesNotExist):
            raise Http404 from None
        return ChartChoice(pair=chosen.pair, group=chosen, frame=frame)
    pair = request.GET.get("pair", "")
    opened = rows.open().filter(pair=pair) if pair in bot.pairs else rows.open()
    group = opened.first()
    pair = pair if pair in bot.pairs else group.pair if group else next(iter(bot.pairs), "")
    return ChartChoice(pair=pair, group=group, frame=frame)


def series_of(bot: Bot, choice: ChartChoice, now: datetime) -> CandleSeries:
    """Return the candles as they are known now, and keep them coming while somebody looks."""
    home = choice.group.connection if choice.group else bot.connection
    found = CandleSeries.objects.select_related("instrument").filter(
        instrument__exchange=home.exchange,
        instrument__venue=home.venue,
        instrument__pair=choice.pair,
        frame=choice.frame,
    )
    if (series := found.first()) is not None:
        wishes = (series.wanted_until, series.instrument.wanted_until)
        if all(until is not None and until - now > RENEWED_BEFORE for until in wishes):
            return series
    instrument = want(home.exchange, home.venue, [choice.pair], now=now)[choice.pair]
    return want_candles(instrument, choice.frame, now=now)


def _of_group(choice: ChartChoice, instrument: Instrument, candles: list[Candle], now: datetime) -> dict[str, Any]:
    group = choice.group
    if group is None:
        return {"group": None, "side": "", "markers": [], "levels": [], "zone": None, "decay": []}
    standing = stand(group, instrument, now) if group.is_open else None
    return {
        "group": str(group.public_id),
        "side": group.side,
        "markers": list(_markers(group, FRAMES[choice.frame])),
        "levels": _levels(standing) if standing else [],
        "zone": _zone(standing) if standing else None,
        "decay": list(_decay(group, instrument, candles, FRAMES[choice.frame], now)),
    }


def _candle(candle: Candle) -> dict[str, float | int]:
    return {
        "time": int(candle.start.timestamp()),
        "open": float(candle.open),
        "high": float(candle.high),
        "low": float(candle.low),
        "close": float(candle.close),
    }


def _digits(instrument: Instrument) -> int:
    """Return the decimals of the price axis: those of the price step, else enough for the price itself."""
    if instrument.price_step:
        return max(0, -int(instrument.price_step.normalize().as_tuple().exponent))
    return max(2, 5 - instrument.price.adjusted()) if instrument.price else 2


def _markers(group: Group, length: timedelta) -> Iterator[dict[str, Any]]:
    """Tell each fill at the candle it happened in, the oldest first; fills of one order in one candle are one.

    Before them the coins that the group adopted.
    """
    if adoption := group.adoption:
        mark = {"time": _bar(adoption.at, length), "kind": Purpose.ENTRY, "side": "buy", "text": "Adopted"}
        yield mark | {"price": float(adoption.price)}
    found: dict[tuple[int, int], dict[str, Any]] = {}
    fills = Fill.objects.filter(order__group=group).select_related("order").order_by("at", "pk")
    for fill in fills:
        order, at = fill.order, _bar(fill.at, length)
        text = order.get_purpose_display()
        if order.purpose == Purpose.ADD_ON:
            text = gettext("Add-on %(number)d") % {"number": order.step}
        mark = {"time": at, "kind": order.purpose, "side": order.side, "text": text, "price": float(fill.price)}
        found.setdefault((order.pk, at), mark)
    yield from found.values()


def _levels(standing: Figures) -> list[dict[str, Any]]:
    levels = levels_of(standing, None)
    return [{"kind": one.kind, "label": one.label, "price": float(one.price)} for one in levels]


def _zone(standing: Figures) -> dict[str, float | None] | None:
    """Return the next add-on's zone; "to" is null where nothing bounds it."""
    if standing.next_price is None:
        return None
    end = standing.zone_end
    return {"from": float(standing.next_price), "to": None if end is None else float(end)}


def _decay(
    group: Group, instrument: Instrument, candles: list[Candle], length: timedelta, now: datetime
) -> Iterator[dict[str, Any]]:
    """Draw how Recovery Mode's take profit falls, from when it began to some bars ahead."""
    if group.mode != GroupMode.RECOVERY or group.recovery_since is None or group.is_empty:
        return
    settings, held = values_of(group, instrument)
    first = max(group.recovery_since, candles[0].start if candles else now)
    for moment in _moments(_bar(first, length), now + BARS_AHEAD * length, length):
        at = max(moment, group.recovery_since)
        price = recovery.take_profit_price(settings, held, at)
        yield {"time": _bar(moment, length), "value": float(price)}


def _moments(start: int, until: datetime, length: timedelta) -> Iterable[datetime]:
    moment = datetime.fromtimestamp(start, tz=until.tzinfo)
    while moment <= until:
        yield moment
        moment += length


def _bar(at: datetime, length: timedelta) -> int:
    """Return the start of the candle that a moment lies in."""
    seconds = int(length.total_seconds())
    return int(at.timestamp()) // seconds * seconds


@require_GET
def chart_data(request: AuthenticatedRequest, public_id: UUID) -> JsonResponse:
    """Answer with what the chart draws, of candles only those from `since` on; looking keeps them coming."""
    bot = my_bot(request, public_id)
    choice, now = choice_asked(request, bot), timezone.now()
    if not choice.pair:
        raise Http404
    since = paging.read_id(request.GET.get("since")) or 0
    series = series_of(bot, choice, now)
    candles, instrument = series.candles, series.instrument
    drawn = {
        "pair": choice.pair,
        "frame": choice.frame,
        "candles": [_candle(one) for one in candles if one.start.timestamp() >= since],
        "digits": _digits(instrument),
    }
    return JsonResponse(drawn | _of_group(choice, instrument, candles, now))
