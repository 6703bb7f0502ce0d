"""Gate.io: our id stands where theirs does, with t- before it, and is forgotten an hour after the order has ended."""

from exchanges.holdings import Purse, free_and_locked
from exchanges.values import RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason, said

INVALID = "INVALID_PARAM_VALUE"

TRADING = TradingWays(
    lists=("",),
    candles_at_once=1_000,
    candles_back=10_000,
    purse=Purse(rows=("",), coin="currency", read=free_and_locked("available", "locked", "freeze")),
    refusals={
        Said(code=INVALID, text="too small"): RefusalReason.BELOW_MINIMUM,
        Said(code=INVALID, text="minimum"): RefusalReason.BELOW_MINIMUM,
        Said(code=INVALID, text="invalid parameter value"): RefusalReason.OTHER,
        **by_reason(
            {
                RefusalReason.FUNDS: "BALANCE_NOT_ENOUGH",
                RefusalReason.BELOW_MINIMUM: "AMOUNT_TOO_LITTLE SIZE_TOO_SMALL",
                RefusalReason.PRECISION: "INVALID_PRECISION",
                RefusalReason.PRICE_BAND: "PRICE_TOO_DEVIATED",
                RefusalReason.PAIR_CLOSED: "INVALID_CURRENCY_PAIR INVALID_CURRENCY",
                RefusalReason.OTHER: "AMOUNT_TOO_MUCH SIZE_TOO_LARGE TOO_MANY_ORDERS INVALID_REQUEST_BODY",
            }
        ),
    },
    missing=said("ORDER_NOT_FOUND CLIENT_ID_NOT_FOUND"),
    closed=said("ORDER_CLOSED ORDER_CANCELLED"),
    by_client_id=Look(method="fetch_order", id="{client}"),
    recent=(Look(method="fetch_closed_orders"),),
    no_fee={"fee": None, "gt_fee": None, "point_fee": None},
    fills=Look(method="fetch_my_trades", params={"order_id": "{id}"}, page=1_000, cursors=(Cursor(name="page"),)),
    # ccxt tells finish_as, of which there are more words than it knows.
    states=("status",),
    id_prefix="t-",
    # Or ccxt asks before each call what kind of account it is.
    options={"fetchMarkets": {"types": ["spot"]}, "unifiedAccount": False},
)
