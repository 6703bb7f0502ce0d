"""Bitget: two kinds of account with an API each; a create answers with ids only."""

from collections.abc import Mapping
from decimal import Decimal

from exchanges.holdings import Purse, free_and_locked
from exchanges.proven import UnreadableError, as_list, as_object, as_text
from exchanges.values import RefusalReason
from exchanges.ways import BY_CLIENT_ID, BY_ID, Cursor, Look, Preface, Said, TradingWays, by_reason

# What an account is told where accounts of the other kind are asked.
CLASSIC, UNIFIED = "40084", "40085"
# An account that becomes one of the other kind takes no orders of either.
BETWEEN_KINDS = frozenset({"upgrading", "switching"})


def read_kind(body: object) -> Mapping[str, object]:
    answer = as_object(body)
    is_unified = answer.get("code") != CLASSIC
    if is_unified and as_text(as_object(answer.get("data")).get("accountMode")) in BETWEEN_KINDS:
        raise UnreadableError
    return {"options": {"uta": is_unified}}


def turn_fees(trade: Mapping[str, object]) -> Mapping[str, object]:
    """Tell what a fill of a unified account cost: it stands above zero there, which ccxt takes for a rebate."""
    row = as_object(trade.get("info"))
    if "execId" not in row:
        return trade
    try:
        details = [as_object(detail) for detail in as_list(row.get("feeDetail"))]
    except UnreadableError:
        details = []
    if not details:
        return {**trade, "fee": None, "fees": []}
    fees = [{"currency": detail.get("feeCoin"), "cost": detail.get("fee")} for detail in details]
    # The first coin as ccxt spells it, who spells the pair's in the same way.
    first = {**fees[0], "currency": as_object(trade.get("fee")).get("currency")}
    return {**trade, "fee": first, "fees": [first, *fees[1:]]}


TRADING = TradingWays(
    lists=("data", "data.list"),
    # Classic accounts tell frozen and locked, unified ones locked alone.
    purse=Purse(rows=("data", "data.assets"), coin="coin", read=free_and_locked("available", "frozen", "locked")),
    proof=("code", "00000"),
    refusals={
        Said(code="40808", text="scale"): RefusalReason.PRECISION,
        **by_reason(
            {
                RefusalReason.FUNDS: "43012 40762 25202 25203",
                RefusalReason.BELOW_MINIMUM: "45110 43006 25207 25611",
                RefusalReason.PRECISION: "25244 25610",
                RefusalReason.PRICE_BAND: "41117 43008 43009 43039 43040 25205 25206",
                RefusalReason.PAIR_CLOSED: "43115 25013 25100 25101 25102 25103 25104 25105 25106 25108",
                RefusalReason.OTHER: "40017 40034 40808 43007 43011 400171 400172 25002 25012 25200 25201 25208 "
                "25209 25210 25211 25213 25214 25215 25216 25222 25236 25238 25240 25243",
            }
        ),
    },
    # Its buyLimitPriceRatio and sellLimitPriceRatio are 0.02 for BTC, ETH and XRP.
    reach=Decimal("0.015"),
    missing=(Said(code="43001"), Said(code="25204")),
    closed=(Said(code="43001"), Said(code="43004"), Said(code="43002", text="cancel"), Said(code="25204")),
    by_id=Look(method=BY_ID.method, id=BY_ID.id, is_list=True),
    by_client_id=Look(method=BY_CLIENT_ID.method, params=BY_CLIENT_ID.params, is_list=True),
    open_orders=Look(method="fetch_open_orders", is_timed=False),
    recent=(Look(method="fetch_canceled_and_closed_orders"),),
    no_fee={"feeDetail": [{}]},
    # Unified accounts tell a cursor of their own.
    fills=Look(
        method="fetch_my_trades",
        params={"orderId": "{id}"},
        cursors=(Cursor(name="cursor", at="data.cursor"), Cursor(name="idLessThan", of_last="tradeId")),
    ),
    mend_fill=turn_fees,
    options={"fetchMarkets": {"types": ["spot"]}},
    preface=Preface(
        method="privateUtaGetV3AccountSettings",
        read=read_kind,
        codes=frozenset({CLASSIC}),
        outdated=frozenset({CLASSIC, UNIFIED}),
    ),
)
