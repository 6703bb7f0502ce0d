"""MEXC spot: what everybody may see of its markets."""

from typing import Any

from practice.dialects.mexc.names import BAND, PAIRS, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE = 60_000
AVERAGED = 5
INTERVALS = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60, "4h": 240, "1d": 1_440, "1W": 10_080, "1M": 43_200}
routes = Routes()


@routes("GET", "/api/v3/exchangeInfo")
def exchange_info(call: Call) -> Any:
    """Answer all pairs, or those that are named in `symbol` or, separated by commas, in `symbols`."""
    named = call.params.get("symbol") or call.params.get("symbols") or ""
    chosen = {symbol: find_pair(symbol) for symbol in named.split(",")} if named else PAIRS
    symbols = [_symbol_row(symbol, pair) for symbol, pair in chosen.items()]
    return {"timezone": "CST", "serverTime": call.now, "rateLimits": [], "exchangeFilters": [], "symbols": symbols}


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "status": "1",
        "baseAsset": pair.base,
        "baseAssetPrecision": pair.amount_places,
        "quoteAsset": pair.quote,
        "quotePrecision": pair.price_places,
        "quoteAssetPrecision": pair.price_places,
        "baseCommissionPrecision": pair.amount_places,
        "quoteCommissionPrecision": pair.price_places,
        "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "quoteAmountPrecision": TERMS.min_cost,
        "baseSizePrecision": pair.min_amount,
        "permissions": ["SPOT"],
        "filters": [{"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": BAND, "askMultiplierDown": BAND}],
        "maxQuoteAmount": "4000000",
        "makerCommission": TERMS.maker,
        "takerCommission": TERMS.taker,
        "quoteAmountPrecisionMarket": TERMS.min_cost,
        "maxQuoteAmountMarket": "100000",
        "fullName": pair.base,
        "tradeSideType": 1,
        "contractAddress": "",
        "st": False,
    }


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


@routes("GET", "/api/v3/ticker/24hr")
def ticker_day(call: Call) -> Any:
    if "symbol" in call.params:
        return _ticker_row(call, _asked_pair(call))
    return [_ticker_row(call, pair) for pair in PAIRS.values()]


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    """Tell the change in percent as a fraction, as MEXC does: "0.0040" is 0.4 %."""
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "symbol": f"{pair.base}{pair.quote}",
        "priceChange": day.change,
        "priceChangePercent": day.change_rate,
        "prevClosePrice": day.open,
        "lastPrice": day.close,
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
        "count": None,
    }


@routes("GET", "/api/v3/ticker/price")
def ticker_price(call: Call) -> Any:
    wanted = [_asked_pair(call)] if "symbol" in call.params else list(PAIRS.values())
    rows = [{"symbol": f"{p.base}{p.quote}", "price": call.market.price(p, call.now)} for p in wanted]
    return rows[0] if "symbol" in call.params else rows


@routes("GET", "/api/v3/ticker/bookTicker")
def book_ticker(call: Call) -> Any:
    wanted = [_asked_pair(call)] if "symbol" in call.params else list(PAIRS.values())
    names = ("symbol", "bidPrice", "bidQty", "askPrice", "askQty")
    rows = [{name: _ticker_row(call, pair)[name] for name in names} for pair in wanted]
    return rows[0] if "symbol" in call.params else rows


@routes("GET", "/api/v3/trades")
def trades(call: Call) -> Any:
    """Answer the newest first, without ids, as MEXC does."""
    most = min(call.whole("limit") or 500, 1_000)
    return [_public_trade(trade) for trade in quotes.trades(call.market, _asked_pair(call), call.now, most)]


def _public_trade(trade: quotes.Trade) -> dict[str, Any]:
    what = {"id": None, "price": trade.price, "qty": trade.amount, "quoteQty": trade.price * trade.amount}
    taker = {"isBuyerMaker": not trade.is_buy, "isBestMatch": True, "tradeType": "BID" if trade.is_buy else "ASK"}
    return {**what, "time": trade.time, **taker}


@routes("GET", "/api/v3/aggTrades")
def aggregate_trades(call: Call) -> Any:
    most, pair = min(call.whole("limit") or 500, 1_000), _asked_pair(call)
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    found = (trade for trade in quotes.trades(call.market, pair, call.now, most) if start <= trade.time <= end)
    return [
        {"a": None, "f": None, "l": None, "p": t.price, "q": t.amount, "T": t.time, "m": not t.is_buy, "M": True}
        for t in found
    ]


@routes("GET", "/api/v3/avgPrice")
def average_price(call: Call) -> Any:
    pair, length = _asked_pair(call), AVERAGED * MINUTE
    found = quotes.candle(call.market, pair, call.now - length, length, call.now)
    return {"mins": AVERAGED, "price": ((found.high + found.low) / 2).quantize(pair.price_step)}


@routes("GET", "/api/v3/defaultSymbols")
def default_symbols(call: Call) -> Any:
    return {"data": list(PAIRS), "code": 0, "msg": "success", "timestamp": call.now}


@routes("GET", "/api/v3/klines")
def klines(call: Call) -> Any:
    pair, minutes = _asked_pair(call), INTERVALS.get(call.params.get("interval", ""))
    if minutes is None:
        raise RefusedError(Reason.BAD_PARAMETER, "interval")
    limit = min(call.whole("limit") or 500, 500)
    start, end = call.whole("startTime"), call.whole("endTime")
    found = quotes.candles(call.market, pair, minutes * MINUTE, call.now, start=start, end=end, limit=limit)
    return [[c.start, c.open, c.high, c.low, c.close, c.volume, c.end, c.turnover] for c in found]


@routes("GET", "/api/v3/depth")
def depth(call: Call) -> Any:
    pair, most = _asked_pair(call), min(call.whole("limit") or 100, 5_000)
    bids, asks = (list(quotes.levels(call.market, pair, call.now, side, min(most, 100))) for side in ("bid", "ask"))
    return {"lastUpdateId": call.now, "bids": bids, "asks": asks, "timestamp": call.now}
