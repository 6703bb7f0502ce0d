"""What is believed of an answer, and what is not: pure readers, without a network."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import registry
from exchanges.desk import candles, reading
from exchanges.holdings import Purse, free_and_locked
from exchanges.proven import UnreadableError, as_decimal
from exchanges.values import Candle, Fee, OrderSide, ReportedState, TradeFill
from exchanges.ways import Look, TradingWays

WAYS = TradingWays(
    lists=("data", "data.items"),
    purse=Purse(rows=("data",), coin="coin", read=free_and_locked("free")),
    refusals={},
    missing=(),
    closed=(),
    recent=(),
    fills=Look(method="fetch_my_trades"),
    id_prefix="t-",
)
NOW = 1_795_641_000_000
ORDER: dict[str, Any] = {
    "id": "7",
    "clientOrderId": "t-bf1",
    "symbol": "BTC/USDT",
    "status": "open",
    "filled": "0.1",
    "amount": "0.3",
    "timestamp": NOW,
}
TRADE: dict[str, Any] = {
    "id": "t1",
    "order": "7",
    "symbol": "BTC/USDT",
    "side": "buy",
    "price": "50002.50",
    "amount": "0.01234567",
    "timestamp": NOW,
    "fee": {"cost": "-0.10", "currency": "USDT"},
}
# Anything that JSON can hold, and what Python makes of numbers that no exchange sends.
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.just("9" * 5_000)
    | st.sampled_from(["NaN", "1e999999", "-0", "1_000", "٣", "Infinity", "0x10", "1" * 41, "1e-99"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def report(**changes: Any) -> Any:
    return reading.read_report({**ORDER, **changes}, WAYS, pair="BTC/USDT", client_id="bf1")


def read_fill(slug: str = "", **changes: Any) -> TradeFill:
    return reading.read_fill({**TRADE, **changes}, registry.get(slug).trading if slug else WAYS, pair="BTC/USDT")


def test_an_order_is_told_under_our_own_id() -> None:
    found = report()

    assert (found.exchange_id, found.client_id, found.state) == ("7", "bf1", ReportedState.OPEN)
    assert (found.filled, found.at) == (Decimal("0.1"), datetime.fromtimestamp(NOW / 1000, tz=UTC))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": "x" * 81},
        {"id": "a\nb"},
        {"symbol": "ETH/USDT"},
        {"clientOrderId": "t-bf2"},
        {"clientOrderId": "bf1"},
        {"clientOrderId": None},
        {"status": None},
        {"status": "UNKNOWN_ORDER_STATUS"},
        {"status": 7},
        {"filled": None},
        {"filled": "-1"},
        {"filled": "NaN"},
    ],
)
def test_another_order_or_half_of_one_is_no_report(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        report(**changes)


def test_an_order_asked_for_by_its_own_id_must_have_it() -> None:
    told = {**ORDER, "clientOrderId": ""}

    found = reading.read_report(told, WAYS, pair="BTC/USDT", client_id="bf1", exchange_id="7")

    assert found.exchange_id == "7"
    with pytest.raises(UnreadableError):
        reading.read_report(told, WAYS, pair="BTC/USDT", client_id="bf1", exchange_id="8")


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("open", "0.1", ReportedState.OPEN),
        ("closed", "0.3", ReportedState.FILLED),
        ("closed", "0.1", ReportedState.CANCELED),
        ("canceled", "0.1", ReportedState.CANCELED),
        ("expired", "0", ReportedState.CANCELED),
        ("rejected", "0", ReportedState.CANCELED),
    ],
)
def test_what_is_over_and_not_whole_was_cancelled(status: str, filled: str, state: ReportedState) -> None:
    assert report(status=status, filled=filled).state is state


# As the exchanges' documents name them: what ccxt does not know of these it passes on.
ON_THEIR_WAY = (
    "PENDING_NEW",  # Binance
    "PENDING_CANCEL",
    "pre-submitted",  # HTX
    "submitting",
    "canceling",
    "PENDING",  # Coinbase, BingX
    "QUEUED",
    "CANCEL_QUEUED",
    "EDIT_QUEUED",
    "Untriggered",  # Bybit
    "init",  # Bitget
    "live",
)
OVER = (
    "EXPIRED_IN_MATCH",
    "REJECTED",
    "partial-canceled",
    "PARTIALLY_CANCELED",
    "mmp_canceled",
    "order_failed",
    "PartiallyFilledCanceled",
    "Deactivated",
    "Cancelled",
    "FAILED",
)


@pytest.mark.parametrize("status", ON_THEIR_WAY)
def test_a_state_on_its_way_is_open(status: str) -> None:
    assert report(status=status).state is ReportedState.OPEN


@pytest.mark.parametrize("status", OVER)
def test_what_exchanges_call_over_is_cancelled(status: str) -> None:
    assert report(status=status).state is ReportedState.CANCELED


@pytest.mark.parametrize("reason", ["stp", "small", "depth_not_enough", "trader_not_enough", "poc", "fok", "unknown"])
def test_a_state_that_says_cancelled_counts_beside_a_reason_that_we_do_not_know(reason: str) -> None:
    gate = registry.get("gate").trading
    order = {**ORDER, "clientOrderId": "t-bf1", "status": reason, "info": {"finish_as": reason, "status": "cancelled"}}

    found = reading.read_report(order, gate, pair="BTC/USDT", client_id="bf1")
    whole = reading.read_report(
        {**order, "filled": "0.3", "info": {"status": "closed"}}, gate, pair="BTC/USDT", client_id="bf1"
    )

    assert (found.state, whole.state) == (ReportedState.CANCELED, ReportedState.FILLED)


@pytest.mark.parametrize("time", [1, None, "soon", 1_500_000_000_000, []])
def test_an_order_whose_time_cannot_be_read_is_an_order(time: Any) -> None:
    found = report(timestamp=time)

    assert (found.filled, found.at) == (Decimal("0.1"), None)


def test_a_fill_keeps_its_digits_and_a_rebate_its_sign() -> None:
    fill = read_fill()

    assert (fill.side, fill.price, fill.quantity) == (OrderSide.BUY, Decimal("50002.5"), Decimal("0.01234567"))
    assert (fill.cost, fill.fee, fill.fee_asset) == (Decimal("617.314364175"), Decimal("-0.1"), "USDT")


def test_a_fee_paid_in_another_coin_is_told_in_that_coin() -> None:
    fees = [{"cost": "0", "currency": "BTC"}, {"cost": "0.003", "currency": "GT"}]

    fill = read_fill(fee=None, fees=fees)

    assert (fill.fee, fill.fee_asset) == (Decimal("0.003"), "GT")


def test_a_trade_without_a_fee_names_the_coin_it_would_be_in() -> None:
    fill = read_fill(fees=[{"cost": "0", "currency": "BTC"}])

    assert (fill.fee, fill.fee_asset) == (Decimal(0), "BTC")


def test_what_a_fill_cost_may_be_rounded_by_the_exchange() -> None:
    assert read_fill(cost="617.31").cost == Decimal("617.31")


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "0"},
        {"price": None},
        {"amount": "-1"},
        {"side": "both"},
        {"order": None},
        {"id": None},
        {"symbol": "ETH/USDT"},
        {"timestamp": None},
        {"cost": "700"},
    ],
)
def test_a_fill_that_lacks_anything_is_no_fill(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read_fill(**changes)


@pytest.mark.parametrize(
    "told",
    [
        # OKX tells some fills with an empty fee and an empty coin, which ccxt makes None of.
        {"fee": None},
        {"fee": None, "fees": []},
        {"fee": {"cost": "1"}},
        {"fee": {"cost": "1", "currency": ""}},
        {"fee": {"currency": "USDT"}},
        {"fee": {"cost": "", "currency": "USDT"}},
        {"fee": {"cost": "NaN", "currency": "USDT"}},
        {"fee": {"cost": "1", "currency": "C" * 21}},
        {"fee": {"cost": "1", "currency": "US\u202eDT"}},
        {"fee": "0.1"},
        {"fees": ["1"]},
        {"fees": "none"},
        {"fees": [{"cost": "1", "currency": "BTC"}, {"cost": "?", "currency": "GT"}]},
        {"fees": [{"cost": "1", "currency": f"C{n}"} for n in range(6)]},
    ],
)
def test_a_fee_that_cannot_be_read_leaves_the_fill_readable(told: dict[str, Any]) -> None:
    fill = read_fill(**told)

    assert (fill.quantity, fill.is_fee_known) == (Decimal("0.01234567"), False)
    assert (fill.fee, fill.fee_asset, fill.more_fees) == (Decimal(0), "", ())


@pytest.mark.parametrize(
    ("told", "fees"),
    [
        ([("1", "BTC"), ("2", "GT")], [("BTC", "1"), ("GT", "2")]),
        ([("2", "GT"), ("1", "USDT")], [("USDT", "1"), ("GT", "2")]),
        ([("0", "BTC"), ("2", "GT"), ("3", "GATEPOINT")], [("GT", "2"), ("GATEPOINT", "3")]),
        ([("1", "GT"), ("2", "GT")], [("GT", "3")]),
        ([("0", "BTC"), ("0", "GT")], [("BTC", "0")]),
        ([("0", "")], [("USDT", "0")]),
        ([("-1", "币安人生")], [("币安人生", "-1")]),
    ],
)
def test_every_fee_of_a_fill_counts_in_its_own_coin(told: list[tuple[str, str]], fees: list[tuple[str, str]]) -> None:
    fill = read_fill(fees=[{"cost": cost, "currency": coin} for cost, coin in told])

    first, *more = [Fee(coin, Decimal(amount)) for coin, amount in fees]
    assert (fill.is_fee_known, fill.fee_asset, fill.fee, list(fill.more_fees)) == (True, *_pair(first), more)


def _pair(fee: Fee) -> tuple[str, Decimal]:
    return fee.asset, fee.amount


@pytest.mark.parametrize(
    ("state", "is_known"), [("ongoing", False), ("done", True), ("", True), (None, True), ("new", False)]
)
def test_htx_tells_0_until_points_have_paid(state: str | None, is_known: bool) -> None:
    row = {"filled-fees": "0", "filled-points": "0.0", "fee-currency": "btc", "fee-deduct-state": state}

    assert read_fill("htx", fee={"cost": "0", "currency": "BTC"}, info=row).is_fee_known is is_known


@given(name=st.sampled_from(sorted(TRADE)), value=JUNK)
def test_a_hostile_fill_is_refused_or_finite(name: str, value: Any) -> None:
    try:
        fill = read_fill(**{name: value})
    except UnreadableError:
        return

    for number in (fill.price, fill.quantity, fill.cost, fill.fee):
        assert number.is_finite()
        assert abs(number.adjusted()) < 300
    assert fill.price > 0 < fill.quantity


@given(name=st.sampled_from(sorted(ORDER)), value=JUNK)
def test_a_hostile_order_is_refused_or_sane(name: str, value: Any) -> None:
    try:
        found = report(**{name: value})
    except UnreadableError:
        return

    assert found.filled.is_finite()
    assert found.filled >= 0
    assert found.exchange_id.isprintable()


@given(value=JUNK)
def test_a_hostile_number_is_refused_or_finite(value: Any) -> None:
    try:
        number = as_decimal(value)
    except UnreadableError:
        return

    assert number.is_finite()
    assert abs(number.adjusted()) < 200


@given(value=JUNK)
def test_hostile_quotes_balances_and_rules_crash_nothing(value: Any) -> None:
    told = {"BTC/USDT": {"last": value, "bid": value, "ask": value}}
    for reader in (
        lambda: reading.read_quotes(told, ["BTC/USDT"], at=datetime.now(tz=UTC)),
        lambda: reading.read_candle([NOW, "1", value, "1", "1", "1"]),
        lambda: reading.read_rules({"precision": {"amount": value}}, pair="BTC/USDT", precision_mode=4),
    ):
        try:
            reader()
        except UnreadableError:
            continue


def test_a_quote_without_a_trade_is_the_middle_of_the_book() -> None:
    told = {"BTC/USDT": {"last": None, "bid": "10", "ask": "11"}, "ETH/USDT": {"last": None, "bid": "0", "ask": None}}

    found = reading.read_quotes(told, ["BTC/USDT", "ETH/USDT", "XRP/USDT"], at=datetime.now(tz=UTC))

    assert set(found) == {"BTC/USDT"}
    assert found["BTC/USDT"].price == Decimal("10.5")


@pytest.mark.parametrize("odd", [None, "text", {"last": "NaN"}, {"last": "-1"}, {"last": "5", "bid": []}])
def test_an_odd_ticker_costs_its_pair_and_no_other(odd: Any) -> None:
    told = {"BTC/USDT": odd, "ETH/USDT": {"last": "5"}}

    assert list(reading.read_quotes(told, list(told), at=datetime.now(tz=UTC))) == ["ETH/USDT"]


def test_odd_rules_cost_their_pair_and_no_other() -> None:
    sane: dict[str, Any] = {"precision": {"amount": "1", "price": "1"}, "limits": {"amount": {}, "cost": {}}}
    sane |= {"taker": "0", "maker": "0"}
    markets = {"BTC/USDT": {**sane, "precision": {"amount": None}}, "ETH/USDT": sane, "XRP/USDT": None}

    assert list(reading.read_all_rules(markets, list(markets), precision_mode=4)) == ["ETH/USDT"]


def test_a_candle_whose_ends_lie_outside_is_no_candle() -> None:
    assert reading.read_candle([NOW, "2", "3", "1", "2", "0"]).high == 3
    with pytest.raises(UnreadableError):
        reading.read_candle([NOW, "4", "3", "1", "2", "0"])


@pytest.mark.parametrize(("mode", "told", "step"), [(4, "0.01", "0.01"), (2, "3", "0.001"), (2, "0", "1")])
def test_steps_are_read_in_either_mode_of_counting(mode: int, told: str, step: str) -> None:
    market = {
        "precision": {"amount": told, "price": told},
        "limits": {"amount": {"min": None}, "cost": {"min": "5"}},
        "taker": "0.001",
        "maker": "-0.0001",
        "active": True,
    }

    rules = reading.read_rules(market, pair="BTC/USDT", precision_mode=mode)

    assert (rules.amount_step, rules.price_step) == (Decimal(step), Decimal(step))
    assert (rules.min_amount, rules.min_cost, rules.maker) == (Decimal(0), Decimal(5), Decimal("-0.0001"))


def test_candles_are_joined_into_those_of_a_larger_frame() -> None:
    hours = [
        Candle(
            start=datetime.fromtimestamp(1_795_636_800 + hour * 3_600, tz=UTC),
            open=Decimal(hour + 1),
            high=Decimal(hour + 3),
            low=Decimal(hour),
            close=Decimal(hour + 2),
        )
        for hour in range(6)
    ]

    first, second = candles.merged(hours, "4h")

    assert [first.open, first.high, first.low, first.close] == [Decimal(n) for n in (1, 6, 0, 5)]
    assert [second.open, second.close] == [Decimal(n) for n in (5, 7)]
    assert (second.start - first.start).total_seconds() == 14_400


def test_the_largest_frame_that_fits_is_asked_for() -> None:
    assert candles.source_of("4h", {"1m", "1h", "2h", "6h"}) == "2h"
    assert candles.source_of("4h", {"4h", "1h"}) == "4h"
    with pytest.raises(KeyError):
        candles.source_of("7m", {"1m"})


def test_a_volume_that_is_not_told_is_none_and_never_nothing() -> None:
    rows = {"A/B": {"quoteVolume": "12.5"}, "C/D": {"quoteVolume": None}, "E/F": {}, "G/H": {"quoteVolume": "0"}}

    assert reading.read_volumes(rows | {"I/J": {"quoteVolume": "nan"}, "K/L": None}) == {"A/B": Decimal("12.5")}
