"""KuCoin: orders by the hf paths, which all accounts have had since 2024; a create answers with ids only."""

from exchanges.holdings import Purse, Row, held, told
from exchanges.proven import UnreadableError
from exchanges.values import Balance, RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason

# 400100 is every parameter that is wrong, a used client id among them: the text tells.
BAD = "400100"
OTHER_ACCOUNTS = ("main", "margin", "margin_v2", "isolated", "isolated_v2", "contract", "option", "pool")


def read_account(row: Row) -> Balance | None:
    """Read an account of the purse that trades, which some accounts call by the one name, some by the other."""
    if (kind := row.get("type")) in OTHER_ACCOUNTS:
        return None
    if kind not in ("trade", "trade_hf"):
        raise UnreadableError
    return held(free=told(row, "available"), total=told(row, "balance"))


TRADING = TradingWays(
    lists=("data", "data.items", "data.ticker"),
    candles_at_once=1_500,
    purse=Purse(rows=("data",), coin="currency", read=read_account),
    proof=("code", "200000"),
    refusals={
        Said(code=BAD, text="minimum requirement"): RefusalReason.BELOW_MINIMUM,
        Said(code="600100", text="minimum requirement"): RefusalReason.BELOW_MINIMUM,
        Said(code=BAD, text="increment invalid"): RefusalReason.PRECISION,
        Said(code="600100", text="increment invalid"): RefusalReason.PRECISION,
        Said(code=BAD, text="unsupported trading pair"): RefusalReason.PAIR_CLOSED,
        Said(code=BAD, text="parameter invalid"): RefusalReason.OTHER,
        **by_reason(
            {
                RefusalReason.FUNDS: "200004 230003 300003",
                RefusalReason.BELOW_MINIMUM: "600101",
                RefusalReason.PRICE_BAND: "400330 400370 400760",
                RefusalReason.PAIR_CLOSED: "900001 400600",
                RefusalReason.RIGHT: "400500",
                RefusalReason.OTHER: "400200 400350",
            }
        ),
    },
    missing=(
        Said(code="100001"),
        Said(code="", text="order not exist"),
        Said(code="", text="order_not_exist"),
        Said(code="", text="ordernotexist"),
    ),
    closed=(Said(code=BAD, text="not_allow_to_cancel"), Said(code="", text="not allow to be cancel")),
    recent=(Look(method="fetch_closed_orders", params={"limit": "{page}"}),),
    is_fee_in_quote=True,
    no_fee={"fee": None},
    ticker_time="data.time",
    fills=Look(method="fetch_order_trades", id="{id}", cursors=(Cursor(name="lastId", at="data.lastId"),)),
    # ccxt would ask for one kind of account alone, and trade and trade_hf are one purse.
    balances="privateGetAccounts",
    options={"uta": False, "hf": True, "fetchMarkets": {"types": ["spot"]}},
)
