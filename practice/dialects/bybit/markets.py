"""Bybit: what everybody may see of its markets."""

from typing import Any

from practice.dialects.bybit.names import INNER, OUTER, SPOT, SYMBOLS, TERMS, category_of, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE = 60_000
MINUTES = {str(n): n for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)} | {"D": 1_440, "W": 10_080, "M": 43_200}
routes = Routes()


def _category(call: Call) -> str:
    return category_of(call.params.get("category"))


def _asked(call: Call) -> dict[str, Pair]:
    """Return the symbols of the category, or the one that was asked for."""
    category, symbol = _category(call), call.params.get("symbol")
    return {symbol: find_pair(symbol, category)} if symbol else SYMBOLS[category]


@routes("GET", "/v5/market/instruments-info")
def instruments(call: Call) -> Any:
    category = _category(call)
    row = _spot_row if category == SPOT else _contract_row
    is_listed = call.params.get("status", "Trading") == "Trading"
    rows = [row(symbol, pair) for symbol, pair in _asked(call).items()] if is_listed else []
    return {"category": category, "list": rows, "nextPageCursor": ""}


def _spot_row(symbol: str, pair: Pair) -> dict[str, Any]:
    sizes = {"basePrecision": pair.amount_step, "quotePrecision": "0.0000001", "minOrderQty": pair.min_amount}
    limits = {"maxOrderQty": "9000000", "minOrderAmt": TERMS.min_cost, "maxOrderAmt": "8000000"}
    return {
        "symbol": symbol,
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {**sizes, **limits},
        "priceFilter": {"tickSize": pair.price_step},
        "riskParameters": {"priceLimitRatioX": INNER, "priceLimitRatioY": OUTER},
    }


def _contract_row(symbol: str, pair: Pair) -> dict[str, Any]:
    step = pair.contract_size
    lots = {"qtyStep": step, "minOrderQty": step, "maxOrderQty": "10000", "minNotionalValue": TERMS.min_cost}
    return {
        "symbol": symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "settleCoin": pair.quote,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(pair.price_places),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": pair.price_step, "maxPrice": "1999999", "tickSize": pair.price_step},
        "lotSizeFilter": lots,
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
    }


@routes("GET", "/v5/market/tickers")
def tickers(call: Call) -> Any:
    return {"category": _category(call), "list": [_ticker_row(call, name, pair) for name, pair in _asked(call).items()]}


def _ticker_row(call: Call, symbol: str, pair: Pair) -> dict[str, Any]:
    """Tell the change as a fraction: "0.0017" is 0.17 %."""
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    best = {"bid1Price": bid, "bid1Size": depth, "ask1Price": ask, "ask1Size": depth}
    moved = {"prevPrice24h": day.open, "price24hPcnt": day.change_rate, "highPrice24h": day.high}
    traded = {"lowPrice24h": day.low, "turnover24h": day.turnover, "volume24h": day.volume}
    return {"symbol": symbol, "lastPrice": day.close, "usdIndexPrice": day.close, **best, **moved, **traded}


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"], _category(call))


@routes("GET", "/v5/market/kline")
def kline(call: Call) -> Any:
    """Answer the newest first."""
    pair, minutes = _asked_pair(call), MINUTES.get(call.params.get("interval", ""))
    if minutes is None:
        raise RefusedError(Reason.BAD_PARAMETER, "interval")
    limit = min(call.whole("limit") or 200, 1_000)
    start, end = call.whole("start"), call.whole("end")
    found = quotes.candles(call.market, pair, minutes * MINUTE, call.now, start=start, end=end, limit=limit)
    rows = [(str(c.start), c.open, c.high, c.low, c.close, c.volume, c.turnover) for c in reversed(found)]
    return {"category": _category(call), "symbol": call.params["symbol"], "list": rows}


@routes("GET", "/v5/market/orderbook")
def orderbook(call: Call) -> Any:
    pair, most = _asked_pair(call), min(call.whole("limit") or 1, 100)
    bids, asks = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("bid", "ask"))
    turn = {"ts": call.now, "u": call.now, "seq": call.now, "cts": call.now}
    return {"s": call.params["symbol"], "b": bids, "a": asks, **turn}


@routes("GET", "/v5/market/recent-trade")
def recent_trades(call: Call) -> Any:
    """Answer the newest first."""
    most = min(call.whole("limit") or 60, 60)
    rows = [
        {
            "execId": str(2_290_000_000_000_000_000 + trade.id),
            "symbol": call.params["symbol"],
            "price": trade.price,
            "size": trade.amount,
            "side": "Buy" if trade.is_buy else "Sell",
            "time": str(trade.time),
            "isBlockTrade": False,
            "isRPITrade": False,
            "seq": str(trade.id),
        }
        for trade in quotes.trades(call.market, _asked_pair(call), call.now, most)
    ]
    return {"category": _category(call), "list": rows}
