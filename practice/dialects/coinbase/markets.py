"""Coinbase: what everybody may see of its products."""

from typing import Any

from practice.dialects.coinbase.names import PAIRS, TERMS, V3, find_pair, iso, make_uuid
from practice.http.wire import Call, Routes, plain
from practice.refusals import Reason, RefusedError
from practice.world import quotes
from practice.world.pairs import ASSETS, Pair

MINUTE = 60_000
LENGTHS = {
    "ONE_MINUTE": MINUTE,
    "FIVE_MINUTE": 5 * MINUTE,
    "FIFTEEN_MINUTE": 15 * MINUTE,
    "THIRTY_MINUTE": 30 * MINUTE,
    "ONE_HOUR": 60 * MINUTE,
    "TWO_HOUR": 120 * MINUTE,
    "SIX_HOUR": 360 * MINUTE,
    "ONE_DAY": 1_440 * MINUTE,
}
MOST_CANDLES = 300
routes = Routes()


@routes("GET", f"{V3}/market/products")
@routes("GET", f"{V3}/products", needs=("can_view",))
def products(call: Call) -> Any:
    """Answer all products, or those that are named; `limit` and `offset` cut a piece out."""
    is_spot = call.params.get("product_type", "SPOT") == "SPOT"
    wanted, offset = call.many("product_ids"), call.whole("offset") or 0
    names = [name for name in PAIRS if is_spot and (not wanted or name in wanted)]
    end = offset + (call.whole("limit") or len(PAIRS))
    rows = [_product_row(call, name, PAIRS[name]) for name in names[offset:end]]
    return {"products": rows, "num_products": len(rows)}


@routes("GET", f"{V3}/market/products/{{product}}")
@routes("GET", f"{V3}/products/{{product}}", needs=("can_view",))
def product(call: Call) -> Any:
    return _product_row(call, call.args["product"], find_pair(call.args["product"]))


def _product_row(call: Call, name: str, pair: Pair) -> dict[str, Any]:
    day = quotes.last_day(call.market, pair, call.now)
    off = ("is_disabled", "new", "cancel_only", "limit_only", "post_only", "trading_disabled", "auction_mode")
    return {
        "product_id": name,
        "price": call.market.price(pair, call.now),
        "price_percentage_change_24h": day.change_rate * 100,
        "volume_24h": day.volume,
        "approximate_quote_24h_volume": day.turnover,
        "base_increment": plain(pair.amount_step),
        "quote_increment": plain(pair.price_step),
        "price_increment": plain(pair.price_step),
        "quote_min_size": TERMS.min_cost,
        "quote_max_size": "50000000",
        "base_min_size": plain(pair.min_amount),
        "base_max_size": "1000000",
        "base_name": pair.base,
        "quote_name": pair.quote,
        "status": "online",
        **dict.fromkeys(off, False),
        "product_type": "SPOT",
        "quote_currency_id": pair.quote,
        "base_currency_id": pair.base,
        "mid_market_price": "",
        "alias": "",
        "alias_to": [],
        "display_name": name,
        "product_venue": "CBE",
    }


@routes("GET", f"{V3}/market/products/{{product}}/ticker")
@routes("GET", f"{V3}/products/{{product}}/ticker", needs=("can_view",))
def ticker(call: Call) -> Any:
    """Answer the last trades and the best prices: no high, low or volume."""
    pair, most = find_pair(call.args["product"]), min(call.whole("limit") or 1, 1_000)
    bid, ask = call.market.spread(pair, call.now)
    trades = [_trade_row(call.args["product"], trade) for trade in quotes.trades(call.market, pair, call.now, most)]
    return {"trades": trades, "best_bid": bid, "best_ask": ask}


def _trade_row(product: str, trade: quotes.Trade) -> dict[str, Any]:
    what = {"trade_id": str(trade.id), "product_id": product, "price": trade.price, "size": plain(trade.amount)}
    return {**what, "time": iso(trade.time), "side": "BUY" if trade.is_buy else "SELL", "bid": "", "ask": ""}


@routes("GET", f"{V3}/market/products/{{product}}/candles")
@routes("GET", f"{V3}/products/{{product}}/candles", needs=("can_view",))
def candles(call: Call) -> Any:
    """Answer the newest first, at most 300, in seconds."""
    pair, length = find_pair(call.args["product"]), LENGTHS.get(call.params.get("granularity", ""))
    start, end = call.whole("start"), call.whole("end")
    if length is None or start is None or end is None:
        raise RefusedError(Reason.BAD_PARAMETER, "granularity" if length is None else "start")
    if not start <= end <= start + MOST_CANDLES * length // 1000:
        raise RefusedError(Reason.BAD_PARAMETER, "number of candles requested should be less than 350")
    found = quotes.candles(
        call.market, pair, length, call.now, start=start * 1000, end=end * 1000, limit=MOST_CANDLES + 1
    )
    rows = [{"start": str(c.start // 1000), "open": c.open, "high": c.high, "low": c.low, "close": c.close,
             "volume": c.volume} for c in found]  # fmt: skip
    return {"candles": rows[::-1]}


@routes("GET", f"{V3}/market/product_book")
@routes("GET", f"{V3}/product_book", needs=("can_view",))
def product_book(call: Call) -> Any:
    call.need("product_id")
    pair, most = find_pair(call.params["product_id"]), min(call.whole("limit") or 50, 100)
    return {"pricebook": _book(call, call.params["product_id"], pair, most)}


@routes("GET", f"{V3}/best_bid_ask", needs=("can_view",))
def best_bid_ask(call: Call) -> Any:
    names = call.many("product_ids") or list(PAIRS)
    return {"pricebooks": [_book(call, name, find_pair(name), 1) for name in names]}


def _book(call: Call, name: str, pair: Pair, most: int) -> dict[str, Any]:
    sides = {side: list(quotes.levels(call.market, pair, call.now, side[:3], most)) for side in ("bids", "asks")}
    rows = {side: [{"price": price, "size": size} for price, size in levels] for side, levels in sides.items()}
    return {"product_id": name, **rows, "time": iso(call.now)}


@routes("GET", "/v2/currencies")
def currencies(call: Call) -> Any:
    return {"data": [{"id": "USD", "name": "US Dollar", "min_size": "0.01"}]}


@routes("GET", "/v2/currencies/crypto")
def crypto(call: Call) -> Any:
    coins = [asset for asset in ASSETS if asset != "USD"]
    return {"data": [_coin_row(asset, n) for n, asset in enumerate(coins, start=100)]}


def _coin_row(asset: str, n: int) -> dict[str, Any]:
    name = {"asset_id": make_uuid("coinbase asset", asset), "code": asset, "name": asset}
    return {**name, "sort_index": n, "exponent": 8, "type": "crypto"}


@routes("GET", "/v2/exchange-rates")
def exchange_rates(call: Call) -> Any:
    rates = {p.base: 1 / call.market.price(p, call.now) for p in PAIRS.values() if p.quote == "USDT"}
    return {"data": {"currency": "USD", "rates": {"USD": "1", "USDT": "1", "USDC": "1", **_short(rates)}}}


def _short(rates: dict[str, Any]) -> dict[str, str]:
    return {asset: f"{rate:.12f}" for asset, rate in rates.items()}
