"""BingX spot: what everybody may see of its markets."""

from typing import Any

from practice.dialects.bingx.names import PAIRS, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE = 60_000
HOURS = {"1h": 1, "2h": 2, "4h": 4, "6h": 6, "8h": 8, "12h": 12, "1d": 24, "3d": 72, "1w": 168, "1M": 720}
MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30}
LENGTHS = {name: n * MINUTE for name, n in MINUTES.items()} | {name: n * 60 * MINUTE for name, n in HOURS.items()}
routes = Routes()


@routes("GET", "/openApi/spot/v1/common/symbols")
def symbols(call: Call) -> Any:
    wanted = call.params.get("symbol")
    chosen = {wanted: find_pair(wanted)} if wanted else PAIRS
    return {"symbols": [_symbol_row(symbol, pair) for symbol, pair in chosen.items()]}


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    """Write numbers as numbers here: BingX does, elsewhere it writes texts."""
    return {
        "symbol": symbol,
        "minQty": float(pair.min_amount),
        "maxQty": 9_000_000,
        "minNotional": float(TERMS.min_cost),
        "maxNotional": 1_000_000,
        "status": 1,
        "tickSize": float(pair.price_step),
        "stepSize": float(pair.amount_step),
        "apiStateSell": True,
        "apiStateBuy": True,
        "timeOnline": 0,
        "offTime": 0,
        "maintainTime": 0,
        "displayName": symbol,
    }


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


@routes("GET", "/openApi/spot/v1/ticker/24hr")
def ticker_day(call: Call) -> Any:
    """Answer a list, also for one symbol."""
    wanted = [_asked_pair(call)] if "symbol" in call.params else list(PAIRS.values())
    return [_ticker_row(call, pair) for pair in wanted]


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "symbol": f"{pair.base}-{pair.quote}",
        "openPrice": day.open,
        "highPrice": day.high,
        "lowPrice": day.low,
        "lastPrice": day.close,
        "priceChange": day.change,
        "priceChangePercent": f"{day.change_rate * 100:.2f}%",
        "volume": day.volume,
        "quoteVolume": day.turnover,
        "openTime": day.start,
        "closeTime": call.now,
        "askPrice": ask,
        "askQty": depth,
        "bidPrice": bid,
        "bidQty": depth,
    }


@routes("GET", "/openApi/spot/v1/ticker/price")
def ticker_price(call: Call) -> Any:
    """Answer the last trade of a symbol, which may be spelt with _ here."""
    call.need("symbol")
    symbol = call.params["symbol"].replace("_", "-")
    last = next(quotes.trades(call.market, find_pair(symbol), call.now, 1))
    trade = {"timestamp": last.time, "tradeId": str(last.id), "price": last.price, "amount": ""}
    return [{"symbol": symbol.replace("-", "_"), "trades": [{**trade, "type": 1, "volume": last.amount}]}]


@routes("GET", "/openApi/spot/v1/ticker/bookTicker")
def book_ticker(call: Call) -> Any:
    call.need("symbol")
    symbol = call.params["symbol"].replace("_", "-")
    pair = find_pair(symbol)
    (bid, ask), depth = call.market.spread(pair, call.now), call.market.depth(pair, call.now)
    book = {"bidPrice": bid, "bidVolume": depth, "askPrice": ask, "askVolume": depth}
    return [{"eventType": "bookTicker", "time": call.now, "symbol": symbol, **book}]


@routes("GET", "/openApi/spot/v1/market/trades")
def trades(call: Call) -> Any:
    """Answer the newest first, in numbers."""
    most = min(call.whole("limit") or 100, 500)
    return [_public_trade(trade) for trade in quotes.trades(call.market, _asked_pair(call), call.now, most)]


def _public_trade(trade: quotes.Trade) -> dict[str, Any]:
    size = {"price": float(trade.price), "qty": float(trade.amount)}
    return {"id": trade.id, **size, "time": trade.time, "buyerMaker": not trade.is_buy}


@routes("GET", "/openApi/spot/v1/market/kline")
@routes("GET", "/openApi/spot/v2/market/kline")
def kline(call: Call) -> Any:
    """Answer the newest first, in numbers."""
    pair, length = _asked_pair(call), LENGTHS.get(call.params.get("interval", ""))
    if length is None:
        raise RefusedError(Reason.BAD_PARAMETER, "interval")
    limit = min(call.whole("limit") or 500, 1_440)
    start, end = call.whole("startTime"), call.whole("endTime")
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit)
    rows = [(c.open, c.high, c.low, c.close, c.volume, c.end - 1, c.turnover) for c in found]
    return [[c.start, *map(float, row[:5]), row[5], float(row[6])] for c, row in zip(found, rows, strict=True)][::-1]


@routes("GET", "/openApi/spot/v1/market/depth")
@routes("GET", "/openApi/spot/v2/market/depth")
def depth(call: Call) -> Any:
    """Answer asks from the highest down, as BingX does; version 2 spells symbols with _ and calls the limit depth."""
    call.need("symbol")
    pair = find_pair(call.params["symbol"].replace("_", "-"))
    most = min(call.whole("limit") or call.whole("depth") or 20, 100)
    bids, asks = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("bid", "ask"))
    return {"bids": bids, "asks": asks[::-1], "ts": call.now}
