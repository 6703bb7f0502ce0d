"""MEXC: spot v3 and contract v1 on one host."""

from practice.dialect import Dialect
from practice.dialects.mexc import account, futures, markets, signing, trading
from practice.dialects.mexc.names import TERMS

READ = ("SPOT_ACCOUNT_READ", "SPOT_DEAL_READ")
MORE = ("SPOT_DEAL_WRITE", "SPOT_WITHDRAW_READ")
DIALECT = Dialect(
    slug=signing.SLUG,
    name="MEXC",
    routes=account.routes + markets.routes + trading.routes + futures.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": READ,
        "trade": ("SPOT_DEAL_WRITE",),
        "futures": ("CONTRACT_ACCOUNT_READ", "CONTRACT_DEAL_READ", "CONTRACT_DEAL_WRITE"),
        "transfer": ("SPOT_TRANSFER_READ", "SPOT_TRANSFER_WRITE"),
        "withdraw": ("SPOT_WITHDRAW_WRITE",),
        "unknown": ("P2P_ORDER_WRITE",),
    },
    sample={"accessKey": "mx0aBYs33eIilxBWC5", "permissions": ",".join((*READ, "SPOT_DEAL_WRITE")), "status": "VALID"},
    hosts={"spot": ("api.mexc.com",), "futures": ("contract.mexc.com",)},
    terms=TERMS,
    unlisted_days=90,
    for_ccxt=("SPOT_WITHDRAW_READ",),
    more_cases={"ccxt": ("good, and lists currencies, as ccxt's load_markets asks", (*READ, *MORE))},
)
