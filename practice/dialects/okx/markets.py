"""OKX: what everybody may see of its markets."""

from typing import Any

from practice.dialects.okx.names import CONTRACTS, INNER, OUTER, PAIRS, READ, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import Pair

MINUTE = 60_000
MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240, "6H": 360, "12H": 720}
# Days begin at 16:00 UTC unless "utc" is asked for; the practice world knows UTC days only.
DAYS = {"1D": 1, "2D": 2, "3D": 3, "1W": 7, "1M": 30}
LENGTHS = {name: n * MINUTE for name, n in MINUTES.items()} | {name: n * 1_440 * MINUTE for name, n in DAYS.items()}
routes = Routes()


@routes("GET", "/api/v5/public/instruments")
@routes("GET", "/api/v5/account/instruments", needs=READ)
def instruments(call: Call) -> Any:
    """Tell all of a kind, or the one that was asked for."""
    call.need("instType")
    kind, wanted = call.params["instType"], call.params.get("instId")
    rows = [_spot_row(symbol, pair) for symbol, pair in PAIRS.items()] if kind == "SPOT" else []
    rows += [_swap_row(symbol, pair) for symbol, pair in CONTRACTS.items()] if kind == "SWAP" else []
    found = [row for row in rows if wanted in (None, "", row["instId"])]
    if wanted and not found:
        raise RefusedError(Reason.UNKNOWN_PAIR, wanted)
    return found


def _row(symbol: str, pair: Pair) -> dict[str, Any]:
    limits = {"maxLmtSz": "9999999999", "maxMktSz": "1000000", "tickSz": pair.price_step, "listTime": "1548133413000"}
    names = ("uly", "instFamily", "settleCcy", "ctVal", "ctMult", "ctType", "expTime", "stk", "optType", "alias")
    return {"instId": symbol, "category": "1", "lever": "10", "state": "live", **limits, **dict.fromkeys(names, "")}


def _spot_row(symbol: str, pair: Pair) -> dict[str, Any]:
    band = {"initPxLmtPct": "", "floatPxLmtPct": INNER, "maxPxLmtPct": OUTER}
    sizes = {"lotSz": pair.amount_step, "minSz": pair.min_amount, **band}
    return {**_row(symbol, pair), "instType": "SPOT", "baseCcy": pair.base, "quoteCcy": pair.quote, **sizes}


def _swap_row(symbol: str, pair: Pair) -> dict[str, Any]:
    family, size = f"{pair.base}-{pair.quote}", {"ctVal": pair.contract_size, "ctValCcy": pair.base, "ctMult": "1"}
    kind = {"instType": "SWAP", "ctType": "linear", "settleCcy": pair.quote, "uly": family, "instFamily": family}
    return {**_row(symbol, pair), **kind, **size, "baseCcy": "", "quoteCcy": "", "lotSz": "1", "minSz": "1"}


def _asked_pair(call: Call) -> Pair:
    call.need("instId")
    return find_pair(call.params["instId"])


@routes("GET", "/api/v5/market/ticker")
def ticker(call: Call) -> Any:
    return [_ticker_row(call, call.params.get("instId", ""), _asked_pair(call))]


@routes("GET", "/api/v5/market/tickers")
def tickers(call: Call) -> Any:
    call.need("instType")
    rows = PAIRS.items() if call.params["instType"] == "SPOT" else ()
    return [_ticker_row(call, symbol, pair) for symbol, pair in rows]


def _ticker_row(call: Call, symbol: str, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "instType": "SPOT",
        "instId": symbol,
        "last": day.close,
        "lastSz": pair.min_amount,
        "askPx": ask,
        "askSz": depth,
        "bidPx": bid,
        "bidSz": depth,
        "open24h": day.open,
        "high24h": day.high,
        "low24h": day.low,
        "volCcy24h": day.turnover,
        "vol24h": day.volume,
        "ts": str(call.now),
        "sodUtc0": day.open,
        "sodUtc8": day.open,
    }


@routes("GET", "/api/v5/market/candles")
@routes("GET", "/api/v5/market/history-candles")
def candles(call: Call) -> Any:
    """Answer the newest first; `before` and `after` are exclusive, and mean newer and older."""
    pair, length = _asked_pair(call), LENGTHS.get(call.params.get("bar", "1m").removesuffix("utc"))
    if length is None:
        raise RefusedError(Reason.BAD_PARAMETER, "bar")
    before, after = call.whole("before"), call.whole("after")
    limit = min(call.whole("limit") or 100, 300)
    start = before + 1 if before is not None else None
    end = after - 1 if after is not None else None
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit)
    return [_candle_row(c, is_done=c.end <= call.now) for c in reversed(found) if end is None or c.start <= end]


def _candle_row(c: quotes.Candle, *, is_done: bool) -> list[Any]:
    return [str(c.start), c.open, c.high, c.low, c.close, c.volume, c.turnover, c.turnover, "1" if is_done else "0"]


@routes("GET", "/api/v5/market/books")
def books(call: Call) -> Any:
    pair, most = _asked_pair(call), min(call.whole("sz") or 1, 400)
    asks, bids = (list(quotes.levels(call.market, pair, call.now, side, min(most, 100))) for side in ("ask", "bid"))
    shown = {"asks": [(*row, "0", "1") for row in asks], "bids": [(*row, "0", "1") for row in bids]}
    return [{**shown, "ts": str(call.now)}]


@routes("GET", "/api/v5/market/trades")
@routes("GET", "/api/v5/market/history-trades")
def trades(call: Call) -> Any:
    """Answer the newest first."""
    found = quotes.trades(call.market, _asked_pair(call), call.now, min(call.whole("limit") or 100, 500))
    return [
        {
            "instId": call.params["instId"],
            "tradeId": str(trade.id),
            "px": trade.price,
            "sz": trade.amount,
            "side": "buy" if trade.is_buy else "sell",
            "source": "0",
            "ts": str(trade.time),
        }
        for trade in found
    ]
