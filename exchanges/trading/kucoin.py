"""KuCoin: orders by the hf paths, which all accounts have had since 2024; a create answers with ids only."""

from exchanges.orders import RefusalReason
from exchanges.trading.ways import Look, Said, TradingWays, by_reason

# 400100 is every parameter that is wrong, a used client id among them: the text tells.
BAD = "400100"

TRADING = TradingWays(
    lists=("data", "data.items", "data.ticker"),
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
    fills=Look(method="fetch_order_trades", id="{id}"),
    # ccxt drops balances that are told as "trade" when it asked for "trade_hf", though both are one purse.
    balance={"hf": False},
    options={"uta": False, "hf": True, "fetchMarkets": {"types": ["spot"]}},
)
