"""Bitget: what everybody may see of its markets."""

from typing import Any

from practice.dialects.bitget.names import BAND, CONTRACTS, PAIRS, TERMS, find_pair, symbol_of
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import ASSETS, Pair

MINUTE, DAY = 60_000, 86_400_000
MINUTES = {"1min": 1, "3min": 3, "5min": 5, "15min": 15, "30min": 30, "1h": 60, "4h": 240, "6h": 360, "12h": 720}
DAYS = {"1day": 1, "3day": 3, "1week": 7, "1M": 30}
# The same in UTC: "1Dutc" for "1day" and so on.
UTC = {"6Hutc": 360, "12Hutc": 720, "1Dutc": 1_440, "3Dutc": 4_320, "1Wutc": 10_080, "1Mutc": 43_200}
LENGTHS = {name: n * MINUTE for name, n in (MINUTES | UTC).items()} | {name: n * DAY for name, n in DAYS.items()}
MOST_WITHDRAWN = {"btcWithdrawAmount": "300", "usdtWithdrawAmount": "5000000"}
routes = Routes()


@routes("GET", "/api/v2/spot/public/symbols")
def symbols(call: Call) -> Any:
    wanted = call.params.get("symbol")
    return [_symbol_row(pair) for pair in ([find_pair(wanted)] if wanted else PAIRS.values())]


def _symbol_row(pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol_of(pair.name),
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "minTradeAmount": pair.min_amount,
        "maxTradeAmount": "900000000000000000000",
        "takerFeeRate": TERMS.taker,
        "makerFeeRate": TERMS.maker,
        "pricePrecision": str(pair.price_places),
        "quantityPrecision": str(pair.amount_places),
        "quotePrecision": "8",
        "status": "online",
        "minTradeUSDT": TERMS.min_cost,
        "buyLimitPriceRatio": BAND,
        "sellLimitPriceRatio": BAND,
        "areaSymbol": "no",
        "orderQuantity": "200",
        "maxLimitOrderValue": "5000000",
        "maxMarketOrderValue": "500000",
        "openTime": "1532454360000",
        "offTime": "",
    }


@routes("GET", "/api/v2/spot/public/coins")
def coins(call: Call) -> Any:
    wanted = call.params.get("coin")
    return [_coin_row(n, coin) for n, coin in enumerate(ASSETS, 1) if wanted in (None, "", coin)]


def _coin_row(n: int, coin: str) -> dict[str, Any]:
    fees = {"withdrawFee": "1", "extraWithdrawFee": "0", "minDepositAmount": "0.001", "minWithdrawAmount": "2"}
    counts = {"depositConfirm": "1", "withdrawConfirm": "1", "withdrawStep": "0", "withdrawMinScale": "8"}
    switches = {"needTag": "false", "withdrawable": "true", "rechargeable": "true", "congestion": "normal"}
    chain = {"chain": coin, **switches, **fees, **counts, "browserUrl": "", "contractAddress": None}
    return {"coinId": str(n), "coin": coin, "transfer": "true", "chains": [chain]}


@routes("GET", "/api/v2/spot/market/fills")
@routes("GET", "/api/v2/spot/market/fills-history")
def public_trades(call: Call) -> Any:
    """Answer the newest first."""
    most = min(call.whole("limit") or 100, 500)
    return [
        {
            "symbol": call.params["symbol"],
            "tradeId": str(trade.id),
            "side": "buy" if trade.is_buy else "sell",
            "price": trade.price,
            "size": trade.amount,
            "ts": str(trade.time),
        }
        for trade in quotes.trades(call.market, asked_pair(call), call.now, most)
    ]


@routes("GET", "/api/v2/spot/market/vip-fee-rate")
def vip_rates(call: Call) -> Any:
    rates = {"takerFeeRate": TERMS.taker, "makerFeeRate": TERMS.maker}
    return [{"level": "1", "dealAmount": "1000000", "assetAmount": "50000", **rates, **MOST_WITHDRAWN}]


@routes("GET", "/api/v2/margin/currencies")
def nothing(call: Call) -> Any:
    return []


@routes("GET", "/api/v2/mix/market/contracts")
def contracts(call: Call) -> Any:
    call.need("productType")
    if call.params["productType"].upper() != "USDT-FUTURES":
        return []
    return [_contract_row(symbol, pair) for symbol, pair in CONTRACTS.items()]


def _contract_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "supportMarginCoins": ["USDT"],
        "minTradeNum": pair.contract_size,
        "priceEndStep": "1",
        "volumePlace": str(pair.amount_places),
        "pricePlace": str(pair.price_places),
        "sizeMultiplier": pair.contract_size,
        "symbolType": "perpetual",
        "minTradeUSDT": "5",
        "symbolStatus": "normal",
        "minLever": "1",
        "maxLever": "125",
        "launchTime": "",
    }


def asked_pair(call: Call) -> Pair:
    call.need("symbol")
    return find_pair(call.params["symbol"])


@routes("GET", "/api/v2/spot/market/tickers")
def tickers(call: Call) -> Any:
    return [_ticker_row(call, p) for p in ([asked_pair(call)] if call.params.get("symbol") else PAIRS.values())]


def _ticker_row(call: Call, pair: Pair) -> dict[str, Any]:
    day, (bid, ask) = quotes.last_day(call.market, pair, call.now), call.market.spread(pair, call.now)
    depth = call.market.depth(pair, call.now)
    return {
        "open": day.open,
        "symbol": symbol_of(pair.name),
        "high24h": day.high,
        "low24h": day.low,
        "lastPr": day.close,
        "quoteVolume": day.turnover,
        "baseVolume": day.volume,
        "usdtVolume": day.turnover,
        "ts": str(call.now),
        "bidPr": bid,
        "askPr": ask,
        "bidSz": depth,
        "askSz": depth,
        "openUtc": day.open,
        "changeUtc24h": day.change_rate,
        "change24h": day.change_rate,
    }


@routes("GET", "/api/v2/spot/market/candles")
@routes("GET", "/api/v2/spot/market/history-candles")
def candles(call: Call) -> Any:
    pair, length = asked_pair(call), LENGTHS.get(call.params.get("granularity", ""))
    if length is None:
        raise RefusedError(Reason.BAD_PARAMETER, "granularity")
    limit = min(call.whole("limit") or 100, 1_000)
    start, end = call.whole("startTime"), call.whole("endTime")
    found = quotes.candles(call.market, pair, length, call.now, start=start, end=end, limit=limit)
    return [_candle_row(c) for c in found if end is None or c.start <= end]


def _candle_row(c: quotes.Candle) -> list[Any]:
    return [str(c.start), c.open, c.high, c.low, c.close, c.volume, c.turnover, c.turnover]


@routes("GET", "/api/v2/spot/market/orderbook")
def orderbook(call: Call) -> Any:
    pair, most = asked_pair(call), min(call.whole("limit") or 150, 150)
    asks, bids = (list(quotes.levels(call.market, pair, call.now, side, most)) for side in ("ask", "bid"))
    return {"asks": asks, "bids": bids, "ts": str(call.now)}
