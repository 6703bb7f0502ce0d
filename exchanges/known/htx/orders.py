"""HTX: orders name the account's number, which is asked once per key; an order's matches come whole."""

from collections.abc import Mapping

from exchanges.holdings import Purse, Row, held, told
from exchanges.proven import ZERO, UnreadableError, as_object, as_rows, as_uid
from exchanges.values import Balance, RefusalReason
from exchanges.ways import Look, Preface, TradingWays, by_reason, said

OTHER_PARTS = ("loan", "interest", "transfer-out-available", "loan-available", "lock", "bank")


def read_accounts(body: object) -> Mapping[str, object]:
    """Return the spot account alone, in ccxt's shape: it would trade from the first of any kind."""
    rows = as_rows(as_object(body).get("data"), "id", "type")
    if not (spot := [row for row in rows if row["type"] == "spot"]):
        raise UnreadableError
    account = {"id": as_uid(spot[0]["id"]), "type": "spot", "code": None, "info": dict(spot[0])}
    return {"accounts": [account], "accountsById": {account["id"]: account}}


def read_part(row: Row) -> Balance | None:
    """Read one of the rows of a coin: not every coin has both, and what is lent or locked up cannot be traded."""
    kind, amount = row.get("type"), told(row, "balance")
    if kind in OTHER_PARTS:
        return None
    if kind not in ("trade", "frozen"):
        raise UnreadableError
    return held(free=amount if kind == "trade" else ZERO, total=amount)


def is_deducted(row: Row) -> bool:
    """Say whether points, HT or TRX have paid already; until then the fee is told as 0."""
    return row.get("fee-deduct-state") in (None, "", "done")


TRADING = TradingWays(
    lists=("data", "data.list"),
    candles_at_once=1_000,
    # Its days begin at midnight in Singapore, 16:00 UTC (huobiapi/API_Docs_en#8, huobi_Python#45).
    apart=frozenset({"1d"}),
    purse=Purse(rows=("data.list",), coin="currency", read=read_part),
    proof=("status", "ok"),
    refusals=by_reason(
        {
            RefusalReason.FUNDS: "account-frozen-balance-insufficient-error",
            RefusalReason.BELOW_MINIMUM: "order-value-min-error order-limitorder-amount-min-error",
            RefusalReason.PRECISION: "order-orderamount-precision-error order-orderprice-precision-error",
            RefusalReason.PRICE_BAND: "order-limitorder-price-min-error order-limitorder-price-max-error "
            "order-limitorder-price-buy-min-error order-limitorder-price-buy-max-error "
            "order-limitorder-price-sell-min-error order-limitorder-price-sell-max-error order-etp-nav-price-max-error",
            RefusalReason.PAIR_CLOSED: "base-symbol-error base-symbol-trade-disabled",
            RefusalReason.RIGHT: "account-account-id-inexistent",
            RefusalReason.OTHER: "invalid-parameter order-limitorder-amount-max-error",
        }
    ),
    missing=said("base-record-invalid"),
    closed=said("order-orderstate-error"),
    open_orders=Look(method="fetch_open_orders", is_timed=False),
    recent=(Look(method="fetch_orders"),),
    is_fee_final=is_deducted,
    no_fee={"filled-fees": None, "filled-points": None, "trade_fee": None},
    ticker_time="ts",
    fills=Look(method="fetch_order_trades", id="{id}", page=None, is_timed=False),
    options={"fetchMarkets": {"types": {"spot": True, "linear": False, "inverse": False}}},
    preface=Preface(method="spotPrivateGetV1AccountAccounts", read=read_accounts),
)
