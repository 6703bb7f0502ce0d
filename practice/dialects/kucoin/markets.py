"""KuCoin spot: what everybody may see of its markets."""

from decimal import Decimal
from typing import Any

from practice.dialects.kucoin.names import BAND, CLASSES, GENERAL, PAIRS, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import ASSETS, Pair

SECOND, MINUTE = 1_000, 60_000
HOURS = {
    "1hour": 1,
    "2hour": 2,
    "4hour": 4,
    "6hour": 6,
    "8hour": 8,
    "12hour": 12,
    "1day": 24,
    "1week": 168,
    "1month": 720,
}
MINUTES = {"1min": 1, "3min": 3, "5min": 5, "15min": 15, "30min": 30}
LENGTHS = {name: n * MINUTE for name, n in MINUTES.items()} | {name: n * 60 * MINUTE for name, n in HOURS.items()}
FEES = {"takerFeeRate": TERMS.taker, "makerFeeRate": TERMS.maker}
routes = Routes()


@routes("GET", "/api/v2/symbols")
def symbols(call: Call) -> Any:
    return [_symbol_row(symbol, pair) for symbol, pair in PAIRS.items()]


@routes("GET", "/api/v2/symbols/{symbol}")
def symbol(call: Call) -> Any:
    return _symbol_row(call.args["symbol"], find_pair(call.args["symbol"]))


@routes("GET", "/api/v1/markets")
def market_list(call: Call) -> Any:
    return ["USDS", "BTC"]


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    auction = ("PriceFloor", "PriceCeiling", "FirstStageStartTime", "SecondStageStartTime", "ThirdStageStartTime")
    number = CLASSES.get(pair.name, 1)
    return {
        "symbol": symbol,
        "name": symbol,
        "baseCurrency": pair.base,
        "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote,
        "market": "BTC" if pair.quote == "BTC" else "USDS",
        "baseMinSize": pair.min_amount,
        "quoteMinSize": TERMS.min_cost,
        "baseMaxSize": "10000000000",
        "quoteMaxSize": "99999999",
        "baseIncrement": pair.amount_step,
        "quoteIncrement": "0.000001",
        "priceIncrement": pair.price_step,
        "priceLimitRate": BAND,
        "minFunds": TERMS.min_cost,
        "isMarginEnabled": False,
        "enableTrading": True,
        "feeCategory": number,
        "makerFeeCoefficient": f"{number}.00",
        "takerFeeCoefficient": f"{number}.00",
        "st": False,
        "callauctionIsEnabled": False,
        **{f"callauction{name}": None for name in auction},
        "tradingStartTime": None,
    }


@routes("GET", "/api/v3/currencies")
def currencies(call: Call) -> Any:
    return [_currency_row(asset) for asset in ASSETS]


@routes("GET", "/api/v3/currencies/{currency}")
def currency(call: Call) -> Any:
    if call.args["currency"] not in ASSETS:
        raise RefusedError(Reason.BAD_PARAMETER, "currency")
    return _currency_row(call.args["currency"])


def _currency_row(asset: str) -> dict[str, Any]:
    chain = {"chainId": asset.lower(), "chainName": asset, "withdrawalMinFee": "1", "withdrawalMinSize": "3"}
    switches = {"isDepositEnabled": True, "isWithdrawEnabled": True, "withdrawPrecision": 8, "confirms": 1}
    name = {"currency": asset, "name": asset, "fullName": asset, "precision": 8}
    return {**name, "isMarginEnabled": False, "isDebitEnabled": False, "chains": [{**chain, **switches}]}


@routes("GET", "/api/v3/margin/symbols", needs=(), is_optional=True)
def margin_symbols(call: Call) -> Any:
    return {"timestamp": call.now, "items": []}


@routes("GET", "/api/v1/isolated/symbols", needs=(), is_optional=True)
def isolated_symbols(call: Call) -> Any:
    return []


@routes("GET", "/api/v1/market/allTickers")
def all_tickers(call: Call) -> Any:
    return {"time": call.now, "ticker": [_ticker_row(call, symbol, pair) for symbol, pair in PAIRS.items()]}


def _asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


def _ticker_row(call: Call, symbol: str, pair: Pair) -> dict[str, Any]:
    """Tell the change as a fraction: "0.0176" is 1.76 %."""
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    moved = {"changeRate": day.change_rate, "changePrice": day.change, "high": day.high, "low": day.low}
    traded = {"vol": day.volume, "volValue": day.turnover, "last": day.close, "averagePrice": day.open}
    times = dict.fromkeys(("takerCoefficient", "makerCoefficient"), str(CLASSES.get(pair.name, 1)))
    return {"symbol": symbol, "symbolName": symbol, "buy": bid, "sell": ask, **moved, **traded, **FEES, **times}


@routes("GET", "/api/v1/market/stats")
def stats(call: Call) -> Any:
    return {"time": call.now, **_ticker_row(call, call.params.get("symbol", ""), _asked_pair(call))}


@routes("GET", "/api/v1/market/orderbook/level1")
def level1(call: Call) -> Any:
    pair, now = _asked_pair(call), call.now
    (bid, ask), depth = call.market.spread(pair, now), call.market.depth(pair, now)
    best = {"bestBid": bid, "bestBidSize": depth, "bestAsk": ask, "bestAskSize": depth}
    return {"time": now, "sequence": str(now), "price": call.market.price(pair, now), "size": depth, **best}


@routes("GET", "/api/v1/market/candles")
def candles(call: Call) -> Any:
    """Answer the newest first, in seconds, with close before high and low."""
    pair, length = _asked_pair(call), LENGTHS.get(call.params.get("type", ""))
    if length is None:
        raise RefusedError(Reason.BAD_PARAMETER, "type")
    start, end = call.whole("startAt"), call.whole("endAt")
    since = start * SECOND if start else None
    until = end * SECOND if end else None
    most = 100 if since is None else 1_500
    found = quotes.candles(call.market, pair, length, call.now, start=since, end=until, limit=most)
    rows = [(str(c.start // SECOND), c.open, c.close, c.high, c.low, c.volume, c.turnover) for c in found]
    return rows[::-1]


def _book(call: Call, most: int) -> dict[str, Any]:
    pair = _asked_pair(call)
    bids, asks = (_side(call, pair, side, most) for side in ("bid", "ask"))
    return {"time": call.now, "sequence": str(call.now), "bids": bids, "asks": asks}


def _side(call: Call, pair: Pair, side: str, most: int) -> list[tuple[Decimal, Decimal]]:
    return list(quotes.levels(call.market, pair, call.now, side, most))


@routes("GET", "/api/v1/market/orderbook/level2_20")
def book_20(call: Call) -> Any:
    return _book(call, 20)


@routes("GET", "/api/v1/market/orderbook/level2_100")
def book_100(call: Call) -> Any:
    return _book(call, 100)


@routes("GET", "/api/v3/market/orderbook/level2", needs=GENERAL)
def book_full(call: Call) -> Any:
    return _book(call, 100)


@routes("GET", "/api/v1/market/histories")
def histories(call: Call) -> Any:
    """Answer the last hundred trades, the oldest first, with times in nanoseconds."""
    found = quotes.trades(call.market, _asked_pair(call), call.now, 100)
    rows = [{"sequence": str(t.id), "price": t.price, "size": t.amount, **_taken(t)} for t in found]
    return rows[::-1]


def _taken(trade: quotes.Trade) -> dict[str, Any]:
    return {"side": "buy" if trade.is_buy else "sell", "time": trade.time * 1_000_000}
