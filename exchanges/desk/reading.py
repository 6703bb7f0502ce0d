"""From what ccxt made of an answer to our values: each field is proven, numbers keep the exchange's own digits."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchanges.holdings import as_coin
from exchanges.proven import (
    ZERO,
    UnreadableError,
    as_amount,
    as_decimal,
    as_list,
    as_millis,
    as_object,
    as_price,
    as_text,
    at,
)
from exchanges.values import Candle, Fee, OrderReport, OrderSide, Quote, ReportedState, Rules, TradeFill
from exchanges.ways import TradingWays

# What our database holds of an id and of a coin.
LONGEST_ID, LONGEST_COIN = 80, 20
MOST_FEES = 5
# What ccxt says of a state, and what exchanges say themselves, in small letters alone; ccxt passes on what it does not
# know. A state on its way to the book, or out of it, is open: it will be told again.
WORDS = {
    ReportedState.OPEN: "open opened new live active accepted working pending pendingnew pendingcancel "
    "pendingcancelled queued cancelqueued editqueued canceling cancelling presubmitted submitting submitted "
    "created init partiallyfilled partialfilled partialfill untriggered triggered nottrigger",
    ReportedState.FILLED: "closed filled fullfill fullyfilled done finished",
    ReportedState.CANCELED: "canceled cancelled cancel expired expiredinmatch rejected failed orderfailed mmpcanceled "
    "deactivated partiallycanceled partiallycancelled partialcanceled partialcancelled partiallyfilledcanceled "
    "partiallyfilledcancelled",
}
STATES = {word: state for state, words in WORDS.items() for word in words.split()}
DECIMAL_PLACES, TICK_SIZE = 2, 4
# An answer that was made so long ago comes from a cache that stands still.
OLD_ANSWER = timedelta(seconds=90)


def as_moment(millis: object) -> datetime:
    return datetime.fromtimestamp(as_millis(millis) / 1000, tz=UTC)


def _id(value: object) -> str:
    text = as_text(value)
    if len(text) > LONGEST_ID or not text.isascii() or not text.isprintable():
        raise UnreadableError
    return text


def read_report(order: object, ways: TradingWays, *, pair: str, client_id: str, exchange_id: str = "") -> OrderReport:
    """Read an order that was asked for; another order than that one, or one of another pair, proves nothing."""
    row = as_object(order)
    theirs, ours = _id(row.get("id")), row.get("clientOrderId")
    if row.get("symbol") != pair or (exchange_id and theirs != exchange_id):
        raise UnreadableError
    if ours != ways.id_prefix + client_id and (ours or not exchange_id):
        raise UnreadableError
    filled, cost = as_amount(row.get("filled")), None
    with suppress(UnreadableError):
        # An order that does not tell what it cost is an order all the same.
        cost = as_price(row.get("cost"))
    return OrderReport(
        exchange_id=theirs,
        client_id=client_id,
        state=_state(row, filled, ways),
        filled=filled,
        at=_when(row),
        cost=cost,
    )


def _state(row: Mapping[str, object], filled: Decimal, ways: TradingWays) -> ReportedState:
    """Call what is closed and not whole canceled: some exchanges say only “done” of both.

    Where ccxt reads the reason why an order ended, and does not know it, the exchange's own state beside it counts.
    """
    info = row.get("info")
    raw = [info.get(name) for name in ways.states] if isinstance(info, Mapping) else []
    texts = [told for told in (row.get("status"), *raw) if isinstance(told, str)]
    words = ("".join(letter for letter in text.lower() if letter.isalpha()) for text in texts)
    state = next((STATES[word] for word in words if word in STATES), None)
    if state is None:
        raise UnreadableError
    is_short = row.get("amount") is not None and filled < as_amount(row["amount"])
    return ReportedState.CANCELED if state is ReportedState.FILLED and is_short else state


def _when(row: Mapping[str, object]) -> datetime | None:
    """Return when it was told last; an order whose time cannot be read is an order all the same."""
    for name in ("lastUpdateTimestamp", "lastTradeTimestamp", "timestamp"):
        with suppress(UnreadableError):
            return as_moment(row.get(name))
    return None


def read_accepted(order: object, *, client_id: str) -> OrderReport:
    """Read the answer to a create: the exchange's id is what proves it, and no more is asked of it."""
    row = as_object(order)
    return OrderReport(
        exchange_id=_id(row.get("id")), client_id=client_id, state=ReportedState.OPEN, filled=ZERO, at=_when(row)
    )


def read_fill(trade: object, ways: TradingWays, *, pair: str) -> TradeFill:
    """Read a trade: what was traded must be there, its fee need not be."""
    row = as_object(trade)
    if row.get("symbol") != pair:
        raise UnreadableError
    price, quantity = as_price(row.get("price")), as_price(row.get("amount"))
    cost = price * quantity if row.get("cost") is None else as_price(row["cost"])
    # What the exchange says was paid may be rounded, and by no more than that.
    if abs(cost - price * quantity) * 100 > price * quantity:
        raise UnreadableError
    first, *more = _fees(row, pair, ways) or [Fee("", ZERO)]
    return TradeFill(
        trade_id=_id(row.get("id")),
        exchange_id=_id(row.get("order")),
        side=_side(row.get("side")),
        price=price,
        quantity=quantity,
        cost=cost,
        fee=first.amount,
        fee_asset=first.asset,
        more_fees=tuple(more),
        is_fee_known=bool(first.asset),
        at=as_moment(row.get("timestamp")),
    )


def _fees(row: Mapping[str, object], pair: str, ways: TradingWays) -> list[Fee]:
    """Return the fees of a trade, one for each coin, that of the pair's own first; [] when they are not told.

    Some exchanges list the coins that could have paid, with 0 for the others.
    """
    try:
        told = as_list(row.get("fees") or [row.get("fee")])
        if len(told) > MOST_FEES or not ways.is_fee_final(as_object(row.get("info") or {})):
            return []
        read = [_fee(as_object(fee), pair) for fee in told]
    except UnreadableError:
        return []
    sums: dict[str, Decimal] = {}
    for fee in read:
        sums[fee.asset] = sums.get(fee.asset, ZERO) + fee.amount
    paid = [Fee(asset, amount) for asset, amount in sums.items() if amount]
    return sorted(paid, key=lambda fee: fee.asset.upper() not in pair.split("/")) or read[:1]


def _fee(fee: Mapping[str, object], pair: str) -> Fee:
    amount, coin = as_decimal(fee.get("cost")), fee.get("currency")
    # Nothing was paid: it does not matter in what.
    coin = pair.partition("/")[2] if amount == 0 and coin in (None, "") else coin
    return Fee(as_coin(coin, longest=LONGEST_COIN), amount)


def _side(value: object) -> OrderSide:
    try:
        return OrderSide(as_text(value))
    except ValueError:
        raise UnreadableError from None


def made_at(body: object, ways: TradingWays) -> datetime:
    """Return the moment of now; where an answer of tickers says that it was made long before, that moment.

    Clocks may differ: keys are not proven, nor orders taken, where they do so by more than this allows.
    """
    now = datetime.now(tz=UTC)
    with suppress(UnreadableError):
        if ways.ticker_time and now - (made := as_moment(at(body, ways.ticker_time))) > OLD_ANSWER:
            return made
    return now


def read_quotes(tickers: object, pairs: Iterable[str], *, at: datetime) -> dict[str, Quote]:
    """Read what there is; a pair that is missing or unreadable, or was not traded and has no two sides, is left out."""
    rows, found = as_object(tickers), {}
    for pair in pairs:
        with suppress(UnreadableError):
            row = as_object(rows.get(pair, {}))
            told = (row.get(name) for name in ("bid", "ask", "last"))
            # The empty side of a book is told as nothing or as 0.
            bid, ask, last = (None if one is None else as_amount(one) or None for one in told)
            if price := last or ((bid + ask) / 2 if bid and ask else None):
                found[pair] = Quote(pair=pair, price=price, bid=bid, ask=ask, at=at)
    return found


def read_volumes(tickers: object) -> dict[str, Decimal]:
    """Read what was traded of each pair in 24 hours, in its quote money; what is not told, or as 0, is left out.

    ccxt makes a 0 of Gate's "nan", so that a 0 does not say that nothing was traded.
    """
    found = {}
    for pair, row in as_object(tickers).items():
        with suppress(UnreadableError):
            told = as_object(row).get("quoteVolume")
            if told is not None and (volume := as_amount(told)):
                found[pair] = volume
    return found


def read_candle(row: object) -> Candle:
    # What was traded stands last: nothing here needs it.
    start, *prices, _ = as_list(row)
    first, high, low, last = (as_price(price) for price in prices)
    if not low <= min(first, last) <= max(first, last) <= high:
        raise UnreadableError
    return Candle(start=as_moment(start), open=first, high=high, low=low, close=last)


def read_all_rules(markets: Mapping[str, object], pairs: Iterable[str], *, precision_mode: int) -> dict[str, Rules]:
    """Read the rules of these pairs; a pair whose rules cannot be read is left out and does not trade."""
    found = {}
    for pair in pairs:
        with suppress(UnreadableError):
            found[pair] = read_rules(markets[pair], pair=pair, precision_mode=precision_mode)
    return found


def read_rules(market: object, *, pair: str, precision_mode: int) -> Rules:
    row = as_object(market)
    precision, limits = as_object(row.get("precision")), as_object(row.get("limits"))
    return Rules(
        pair=pair,
        amount_step=_step(precision.get("amount"), precision_mode),
        price_step=_step(precision.get("price"), precision_mode),
        min_amount=_least(limits, "amount"),
        min_cost=_least(limits, "cost"),
        taker=as_decimal(row.get("taker")),
        maker=as_decimal(row.get("maker")),
        is_active=row.get("active") is True,
    )


def _step(value: object, mode: int) -> Decimal:
    if mode == DECIMAL_PLACES:
        return Decimal(1).scaleb(-int(as_amount(value)))
    if mode != TICK_SIZE:
        raise UnreadableError
    return as_price(value)


def _least(limits: Mapping[str, object], name: str) -> Decimal:
    least = as_object(limits.get(name)).get("min")
    return ZERO if least is None else as_amount(least)


def require_id(order: object, exchange_id: str) -> None:
    """Raise UnreadableError unless the answer names this order."""
    if _id(as_object(order).get("id")) != exchange_id:
        raise UnreadableError
