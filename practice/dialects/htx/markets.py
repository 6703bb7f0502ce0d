"""HTX spot: what everybody may see of its markets."""

from typing import Any

from practice.dialects.htx.names import BAND, PAIRS, TERMS, find_pair, symbol_of
from practice.http.wire import Answer, Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import ASSETS, Pair

SECOND, MINUTE = 1_000, 60_000
# Its clock is so far ahead of UTC. Four hours and less begin at the same moments by both.
SINGAPORE = 8 * 60 * MINUTE
PERIODS = {
    "1min": 1,
    "5min": 5,
    "15min": 15,
    "30min": 30,
    "60min": 60,
    "4hour": 240,
    "1day": 1_440,
    "1week": 10_080,
    "1mon": 43_200,
}
routes = Routes()


@routes("GET", "/v1/common/symbols")
def symbols(call: Call) -> Any:
    return [_symbol_row(pair) for pair in PAIRS.values()]


def _symbol_row(pair: Pair) -> dict[str, Any]:
    least, most = float(pair.min_amount), 1_000_000
    limits = {"limit-order-min-order-amt": least, "limit-order-max-order-amt": most, "max-order-amt": most}
    sells = {"sell-market-min-order-amt": least, "sell-market-max-order-amt": most}
    return {
        "base-currency": pair.base.lower(),
        "quote-currency": pair.quote.lower(),
        "price-precision": pair.price_places,
        "amount-precision": pair.amount_places,
        "symbol-partition": "main",
        "symbol": symbol_of(pair.name),
        "state": "online",
        "value-precision": 8,
        "min-order-amt": least,
        "min-order-value": float(TERMS.min_cost),
        "buy-market-max-order-value": 1_000_000,
        "api-trading": "enabled",
        "buy-limit-must-less-than": 1 + float(BAND),
        "sell-limit-must-greater-than": 1 - float(BAND),
        **limits,
        **sells,
    }


@routes("GET", "/v1/common/currencys")
def currency_names(call: Call) -> Any:
    """Answer the names alone; the path is HTX's own spelling."""
    return [asset.lower() for asset in ASSETS]


@routes("GET", "/v2/reference/currencies")
def currencies(call: Call) -> Any:
    return [_currency_row(asset.lower()) for asset in ASSETS]


def _currency_row(currency: str) -> dict[str, Any]:
    chain = {"chain": currency, "displayName": currency.upper(), "baseChain": currency.upper(), "withdrawPrecision": 8}
    switches = {"depositStatus": "allowed", "withdrawStatus": "allowed", "withdrawFeeType": "fixed"}
    amounts = {"minDepositAmt": "0", "minWithdrawAmt": "1", "maxWithdrawAmt": "100", "transactFeeWithdraw": "1"}
    whole = {**chain, **switches, **amounts, "baseChainProtocol": currency.upper(), "numOfConfirmations": 2}
    return {"currency": currency, "assetType": 1, "chains": [whole], "instStatus": "normal"}


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


def _bar(c: quotes.Candle) -> dict[str, Any]:
    prices = {"open": float(c.open), "close": float(c.close), "low": float(c.low), "high": float(c.high)}
    return {**prices, "amount": float(c.volume), "vol": float(c.turnover), "count": 10}


def _tick(call: Call, channel: str, tick: Any) -> Answer:
    return Answer.json({"status": "ok", "ch": channel, "ts": call.now, "tick": tick})


@routes("GET", "/market/detail/merged")
def merged(call: Call) -> Any:
    pair = _asked_pair(call)
    bid, ask = call.market.spread(pair, call.now)
    depth = float(call.market.depth(pair, call.now))
    book = {"id": call.now, "version": call.now, "ask": [float(ask), depth], "bid": [float(bid), depth]}
    day = _bar(quotes.last_day(call.market, pair, call.now))
    return _tick(call, f"market.{symbol_of(pair.name)}.detail.merged", {**book, **day})


@routes("GET", "/market/detail")
def detail(call: Call) -> Any:
    pair = _asked_pair(call)
    day = _bar(quotes.last_day(call.market, pair, call.now))
    return _tick(call, f"market.{symbol_of(pair.name)}.detail", {"id": call.now, "version": call.now, **day})


@routes("GET", "/market/trade")
def last_trade(call: Call) -> Any:
    (last,) = _public_trades(call, 1)
    return _tick(call, f"market.{call.params['symbol']}.trade.detail", last)


@routes("GET", "/market/history/trade")
def trades(call: Call) -> Answer:
    found = _public_trades(call, min(call.whole("size") or 1, 2_000))
    channel = f"market.{call.params['symbol']}.trade.detail"
    return Answer.json({"ch": channel, "status": "ok", "ts": call.now, "data": found})


def _public_trades(call: Call, most: int) -> list[dict[str, Any]]:
    """Return the newest first, those of one moment together; here each stands alone."""
    return [_bundle(trade) for trade in quotes.trades(call.market, _asked_pair(call), call.now, most)]


def _bundle(trade: quotes.Trade) -> dict[str, Any]:
    what = {"amount": float(trade.amount), "price": float(trade.price), "direction": "buy" if trade.is_buy else "sell"}
    return {
        "id": trade.id,
        "ts": trade.time,
        "data": [{"id": trade.id * 10**15, "ts": trade.time, "trade-id": trade.id, **what}],
    }


@routes("GET", "/market/tickers")
def tickers(call: Call) -> Any:
    return [_ticker_row(call, pair) for pair in PAIRS.values()]


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    bid, ask = call.market.spread(pair, call.now)
    depth = float(call.market.depth(pair, call.now))
    book = {"bid": float(bid), "bidSize": depth, "ask": float(ask), "askSize": depth}
    return {"symbol": symbol_of(pair.name), **_bar(quotes.last_day(call.market, pair, call.now)), **book}


@routes("GET", "/market/history/kline")
@routes("GET", "/market/history/candles")
def candles(call: Call) -> Any:
    """Answer the newest first, named by their start in seconds; days begin in Singapore."""
    pair, minutes = _asked_pair(call), PERIODS.get(call.params.get("period", ""))
    if minutes is None:
        raise RefusedError(Reason.BAD_PARAMETER, "period")
    limit, since, until = min(call.whole("size") or 150, 2_000), call.whole("from"), call.whole("to")
    start = since * SECOND if since else None
    end = until * SECOND if until else None
    length = minutes * MINUTE
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit, ahead=SINGAPORE)
    return [{"id": c.start // SECOND, **_bar(c)} for c in reversed(found)]


@routes("GET", "/market/depth")
def depth(call: Call) -> Any:
    pair = _asked_pair(call)
    asks, bids = (_side(call, pair, side) for side in ("ask", "bid"))
    book = {"ts": call.now, "version": call.now, "bids": bids, "asks": asks}
    return _tick(call, f"market.{symbol_of(pair.name)}.depth.step0", book)


def _side(call: Call, pair: Pair, side: str) -> list[list[float]]:

    return [[float(row[0]), float(row[1])] for row in quotes.levels(call.market, pair, call.now, side, 20)]
