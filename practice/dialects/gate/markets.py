"""Gate.io spot: what everybody may see of its markets."""

from typing import Any

from practice.dialects.gate.names import BAND, PAIRS, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import ASSETS, Pair

SECOND = 1_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
LENGTHS = {
    "10s": 10 * SECOND,
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "4h": 4 * HOUR,
    "8h": 8 * HOUR,
    "1d": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
}
routes = Routes()


@routes("GET", "/api/v4/spot/currency_pairs")
def currency_pairs(call: Call) -> Any:
    return [_pair_row(symbol, pair) for symbol, pair in PAIRS.items()]


@routes("GET", "/api/v4/spot/currency_pairs/{symbol}")
def currency_pair(call: Call) -> Any:
    return _pair_row(call.args["symbol"], find_pair(call.args["symbol"]))


def _pair_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "id": symbol,
        "base": pair.base,
        "quote": pair.quote,
        "fee": "0.2",
        "min_base_amount": pair.min_amount,
        "min_quote_amount": TERMS.min_cost,
        "amount_precision": pair.amount_places,
        "precision": pair.price_places,
        "trade_status": "tradable",
        "up_rate": BAND,
        "down_rate": BAND,
        "sell_start": 0,
        "buy_start": 0,
    }


@routes("GET", "/api/v4/spot/currencies")
def currencies(call: Call) -> Any:
    return [_currency_row(asset) for asset in ASSETS]


@routes("GET", "/api/v4/spot/currencies/{currency}")
def currency(call: Call) -> Any:
    if call.args["currency"] not in ASSETS:
        raise RefusedError(Reason.UNKNOWN_CURRENCY, call.args["currency"])
    return _currency_row(call.args["currency"])


def _currency_row(asset: str) -> dict[str, Any]:
    switches = {"withdraw_disabled": False, "withdraw_delayed": False, "deposit_disabled": False}
    chain = {"name": asset, "addr": "", **switches}
    return {
        "currency": asset,
        "name": asset,
        "delisted": False,
        **switches,
        "trade_disabled": False,
        "chain": asset,
        "chains": [chain],
    }


@routes("GET", "/api/v4/margin/currency_pairs")
@routes("GET", "/api/v4/options/underlyings")
def nothing(call: Call) -> Any:
    return []


def _asked_pair(call: Call) -> Pair:
    call.need("currency_pair")
    return find_pair(call.params["currency_pair"])


@routes("GET", "/api/v4/spot/tickers")
def tickers(call: Call) -> Any:
    wanted = [_asked_pair(call)] if "currency_pair" in call.params else list(PAIRS.values())
    return [_ticker_row(call, pair) for pair in wanted]


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "currency_pair": f"{pair.base}_{pair.quote}",
        "last": day.close,
        "lowest_ask": ask,
        "lowest_size": depth,
        "highest_bid": bid,
        "highest_size": depth,
        "change_percentage": day.change_rate * 100,
        "base_volume": day.volume,
        "quote_volume": day.turnover,
        "high_24h": day.high,
        "low_24h": day.low,
    }


@routes("GET", "/api/v4/spot/trades")
def trades(call: Call) -> Any:
    """Answer the newest first."""
    pair, most = _asked_pair(call), min(call.whole("limit") or 100, 1_000)
    symbol = call.params["currency_pair"]
    return [_public_trade(symbol, trade) for trade in quotes.trades(call.market, pair, call.now, most)]


def _public_trade(symbol: str, trade: quotes.Trade) -> dict[str, Any]:
    return {
        "id": str(trade.id),
        "create_time": str(trade.time // SECOND),
        "create_time_ms": f"{trade.time}.000000",
        "currency_pair": symbol,
        "side": "buy" if trade.is_buy else "sell",
        "amount": trade.amount,
        "price": trade.price,
        "sequence_id": str(trade.id),
    }


@routes("GET", "/api/v4/spot/candlesticks")
def candlesticks(call: Call) -> Any:
    """Answer oldest first, in seconds: quote volume, close, high, low, open, base volume, closed."""
    pair, length = _asked_pair(call), LENGTHS.get(call.params.get("interval", "30m"))
    if length is None:
        raise RefusedError(Reason.BAD_PARAMETER, "interval")
    since, until = (call.whole(name) for name in ("from", "to"))
    limit = min(call.whole("limit") or (100 if since is None else 1_000), 1_000)
    start, end = (None if moment is None else moment * SECOND for moment in (since, until))
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit)
    rows = [c for c in found if end is None or c.start <= end]
    return [
        [str(c.start // SECOND), c.turnover, c.close, c.high, c.low, c.open, c.volume, str(c.end <= call.now).lower()]
        for c in rows
    ]


@routes("GET", "/api/v4/spot/order_book")
def order_book(call: Call) -> Any:
    pair, most = _asked_pair(call), min(call.whole("limit") or 10, 100)
    asks, bids = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("ask", "bid"))
    return {"current": call.now, "update": call.now, "asks": asks, "bids": bids}
