"""Bitget: two kinds of account with an API each; a create answers with ids only."""

from collections.abc import Mapping

from exchanges.orders import RefusalReason
from exchanges.rights import as_object, as_text
from exchanges.trading.ways import BY_CLIENT_ID, BY_ID, Look, Preface, Said, TradingWays, by_reason

# What a classic account is told where unified ones are asked.
CLASSIC = "40084"


def read_kind(body: object) -> Mapping[str, object]:
    answer = as_object(body)
    is_unified = answer.get("code") != CLASSIC
    if is_unified:
        as_text(as_object(answer.get("data")).get("uid"))
    return {"options": {"uta": is_unified}}


TRADING = TradingWays(
    lists=("data", "data.list", "data.assets"),
    proof=("code", "00000"),
    refusals={
        Said(code="40808", text="scale"): RefusalReason.PRECISION,
        **by_reason(
            {
                RefusalReason.FUNDS: "43012 40762",
                RefusalReason.BELOW_MINIMUM: "45110 43006",
                RefusalReason.PRICE_BAND: "43008 43009",
                RefusalReason.PAIR_CLOSED: "43115",
                RefusalReason.OTHER: "40017 40034 40808 43007 43011",
            }
        ),
    },
    missing=(Said(code="43001"),),
    closed=(Said(code="43001"), Said(code="43004"), Said(code="43002", text="cancel")),
    by_id=Look(method=BY_ID.method, id=BY_ID.id, is_list=True),
    by_client_id=Look(method=BY_CLIENT_ID.method, params=BY_CLIENT_ID.params, is_list=True),
    open_orders=Look(method="fetch_open_orders", is_timed=False),
    recent=(Look(method="fetch_canceled_and_closed_orders"),),
    fills=Look(method="fetch_my_trades", params={"orderId": "{id}"}),
    options={"fetchMarkets": {"types": ["spot"]}},
    preface=Preface(method="privateUtaGetV3AccountInfo", read=read_kind, codes=frozenset({CLASSIC})),
)
