"""Binance spot: what everybody may see of its markets."""

import json
from decimal import Decimal
from typing import Any

from practice.dialects.binance.names import BAND, PAIRS, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE = 60_000
HOURS = {"1h": 1, "2h": 2, "4h": 4, "6h": 6, "8h": 8, "12h": 12, "1d": 24, "3d": 72, "1w": 168, "1M": 720}
MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30}
LENGTHS = {name: n * MINUTE for name, n in MINUTES.items()} | {name: n * 60 * MINUTE for name, n in HOURS.items()}
PERCENT = Decimal(100)
routes = Routes()


@routes("GET", "/api/v3/exchangeInfo")
def exchange_info(call: Call) -> Any:
    symbols = [_symbol_row(f"{pair.base}{pair.quote}", pair) for pair in _asked_pairs(call)]
    return {"timezone": "UTC", "serverTime": call.now, "rateLimits": [], "exchangeFilters": [], "symbols": symbols}


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": pair.base,
        "baseAssetPrecision": 8,
        "quoteAsset": pair.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": True,
        "ocoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(pair, "NOTIONAL", "minNotional"),
        "permissions": [],
        "permissionSets": [["SPOT"]],
    }


def filters(pair: Pair, cost_filter: str, cost_name: str) -> list[dict[str, Any]]:
    price, amount = {"tickSize": pair.price_step}, {"minQty": pair.min_amount, "stepSize": pair.amount_step}
    return [
        {"filterType": "PRICE_FILTER", "minPrice": pair.price_step, "maxPrice": Decimal(1_000_000), **price},
        {"filterType": "LOT_SIZE", "maxQty": Decimal(9_000_000), **amount},
        {"filterType": "PERCENT_PRICE_BY_SIDE", **_band(), "avgPriceMins": 5},
        {"filterType": cost_filter, cost_name: TERMS.min_cost, "applyMinToMarket": True, "avgPriceMins": 5},
    ]


def _band() -> dict[str, str]:
    bounds = {"bidMultiplierUp": BAND.buy_most, "bidMultiplierDown": BAND.buy_least}
    bounds |= {"askMultiplierUp": BAND.sell_most, "askMultiplierDown": BAND.sell_least}
    return {name: str(bound) for name, bound in bounds.items()}


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


def _asked_pairs(call: Call) -> list[Pair]:
    """Return one pair, those of a JSON list, or all; one unknown name refuses the whole question."""
    if "symbols" not in call.params:
        return [_asked_pair(call)] if "symbol" in call.params else list(PAIRS.values())
    try:
        return [find_pair(str(symbol)) for symbol in json.loads(call.params["symbols"])]
    except (TypeError, ValueError):
        raise RefusedError(Reason.BAD_PARAMETER, "symbols") from None


def _one_or_all(call: Call, rows: list[dict[str, Any]]) -> Any:
    return rows[0] if "symbol" in call.params else rows


@routes("GET", "/api/v3/ticker/24hr")
def ticker_day(call: Call) -> Any:
    return _one_or_all(call, [_ticker_row(call, pair) for pair in _asked_pairs(call)])


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "symbol": f"{pair.base}{pair.quote}",
        "priceChange": day.change,
        "priceChangePercent": day.change_rate * PERCENT,
        "weightedAvgPrice": ((day.open + day.close) / 2).quantize(pair.price_step),
        "prevClosePrice": day.open,
        "lastPrice": day.close,
        "lastQty": depth,
        "bidPrice": bid,
        "bidQty": depth,
        "askPrice": ask,
        "askQty": depth,
        "openPrice": day.open,
        "highPrice": day.high,
        "lowPrice": day.low,
        "volume": day.volume,
        "quoteVolume": day.turnover,
        "openTime": day.start,
        "closeTime": call.now,
        "firstId": 1,
        "lastId": 2,
        "count": 2,
    }


@routes("GET", "/api/v3/ticker/price")
def ticker_price(call: Call) -> Any:
    rows = [{"symbol": f"{p.base}{p.quote}", "price": call.market.price(p, call.now)} for p in _asked_pairs(call)]
    return _one_or_all(call, rows)


@routes("GET", "/api/v3/ticker/bookTicker")
def book_ticker(call: Call) -> Any:
    names = ("symbol", "bidPrice", "bidQty", "askPrice", "askQty")
    rows = [_ticker_row(call, pair) for pair in _asked_pairs(call)]
    return _one_or_all(call, [{name: row[name] for name in names} for row in rows])


@routes("GET", "/api/v3/klines")
def klines(call: Call) -> Any:
    """Answer the oldest first; a candle ends a millisecond before the next begins."""
    pair, length = _asked_pair(call), LENGTHS.get(call.params.get("interval", ""))
    if length is None:
        raise RefusedError(Reason.BAD_WORD, "interval")
    limit = min(call.whole("limit") or 500, 1_000)
    start, end = call.whole("startTime"), call.whole("endTime")
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit)
    rows = ((c.start, c.open, c.high, c.low, c.close, c.volume, c.end - 1, c.turnover) for c in found)
    return [[*row, 20, row[5] / 2, row[7] / 2, "0"] for row in rows]


@routes("GET", "/api/v3/depth")
def depth(call: Call) -> Any:
    pair, most = _asked_pair(call), min(call.whole("limit") or 100, 100)
    bids, asks = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("bid", "ask"))
    return {"lastUpdateId": call.now, "bids": bids, "asks": asks}


@routes("GET", "/api/v3/avgPrice")
def average_price(call: Call) -> Any:
    pair = _asked_pair(call)
    last = quotes.candles(call.market, pair, 5 * MINUTE, call.now, start=None, end=None, limit=1)[0]
    return {"mins": 5, "price": ((last.open + last.close) / 2).quantize(pair.price_step), "closeTime": call.now}


def _trades(call: Call) -> list[quotes.Trade]:
    """Return the last public trades, the oldest first."""
    most = min(call.whole("limit") or 500, 1_000)
    return list(quotes.trades(call.market, _asked_pair(call), call.now, most))[::-1]


@routes("GET", "/api/v3/trades")
@routes("GET", "/api/v3/historicalTrades")
def trades(call: Call) -> Any:
    return [
        {
            "id": trade.id,
            "price": trade.price,
            "qty": trade.amount,
            "quoteQty": trade.price * trade.amount,
            "time": trade.time,
            "isBuyerMaker": not trade.is_buy,
            "isBestMatch": True,
        }
        for trade in _trades(call)
    ]


@routes("GET", "/api/v3/aggTrades")
def aggregated_trades(call: Call) -> Any:
    """Write each trade alone: no two are made at one moment here."""
    names = ("a", "p", "q", "f", "l", "T", "m", "M")
    rows = ((t.id, t.price, t.amount, t.id, t.id, t.time, not t.is_buy, True) for t in _trades(call))
    return [dict(zip(names, row, strict=True)) for row in rows]
