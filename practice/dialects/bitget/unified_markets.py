"""Bitget: what everybody may see of its markets in version 3."""

from typing import Any

from practice.dialects.bitget.markets import asked_pair
from practice.dialects.bitget.names import BAND, PAIRS, TERMS, symbol_of
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE, MOST = 60_000, 1_000
MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "4H": 240, "6H": 360, "12H": 720, "1D": 1_440}
routes = Routes()


def _pairs(call: Call) -> list[Pair]:
    """Return the pairs of a spot category; the others have none here."""
    call.need("category")
    if call.params["category"] != "SPOT":
        return []
    return [asked_pair(call)] if call.params.get("symbol") else list(PAIRS.values())


@routes("GET", "/api/v3/market/instruments")
def instruments(call: Call) -> Any:
    return [_instrument(pair) for pair in _pairs(call)]


def _instrument(pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol_of(pair.name),
        "category": "SPOT",
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "buyLimitPriceRatio": BAND,
        "sellLimitPriceRatio": BAND,
        "minOrderQty": pair.min_amount,
        "maxOrderQty": "0",
        "pricePrecision": str(pair.price_places),
        "quantityPrecision": str(pair.amount_places),
        "quotePrecision": "8",
        "minOrderAmount": TERMS.min_cost,
        "maxSymbolOrderNum": "400",
        "maxProductOrderNum": "400",
        "status": "online",
        "maintainTime": "",
        "symbolType": "crypto",
        "launchTime": "1532454360000",
        "areaSymbol": "no",
    }


@routes("GET", "/api/v3/market/tickers")
def tickers(call: Call) -> Any:
    return [_ticker(call, pair) for pair in _pairs(call)]


def _ticker(call: Call, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "category": "SPOT",
        "symbol": symbol_of(pair.name),
        "ts": str(call.now),
        "lastPrice": day.close,
        "openPrice24h": day.open,
        "highPrice24h": day.high,
        "lowPrice24h": day.low,
        "ask1Price": ask,
        "bid1Price": bid,
        "bid1Size": depth,
        "ask1Size": depth,
        "price24hPcnt": day.change_rate,
        "volume24h": day.volume,
        "turnover24h": day.turnover,
    }


@routes("GET", "/api/v3/market/candles")
@routes("GET", "/api/v3/market/history-candles")
def candles(call: Call) -> Any:
    call.need("category")
    pair, minutes = asked_pair(call), MINUTES.get(call.params.get("interval", ""))
    if minutes is None or call.params["category"] != "SPOT":
        raise RefusedError(Reason.BAD_PARAMETER, "interval")
    limit, start, end = min(call.whole("limit") or 100, MOST), call.whole("startTime"), call.whole("endTime")
    found = quotes.candles(call.market, pair, minutes * MINUTE, call.now, start=start, end=end, limit=limit)
    kept = (c for c in found if end is None or c.start <= end)
    return [[str(c.start), c.open, c.high, c.low, c.close, c.volume, c.turnover] for c in kept]


@routes("GET", "/api/v3/market/orderbook")
def orderbook(call: Call) -> Any:
    pair, most = asked_pair(call), min(call.whole("limit") or 5, 200)
    asks, bids = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("ask", "bid"))
    return {"a": asks, "b": bids, "ts": str(call.now)}
