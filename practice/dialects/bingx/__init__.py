"""BingX: spot and perpetuals on one host."""

from practice.dialect import Dialect
from practice.dialects.bingx import account, futures, markets, signing, trading
from practice.dialects.bingx.names import FUTURES, READ, TERMS, TRADE

DIALECT = Dialect(
    slug=signing.SLUG,
    name="BingX",
    routes=account.routes + markets.routes + trading.routes + futures.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": READ,
        "trade": TRADE,
        "futures": FUTURES,
        "transfer": ("4", "7"),
        "withdraw": ("5",),
        "unknown": ("6",),
    },
    sample={"apiKey": "", "permissions": [2, 1], "ipAddresses": ["203.0.113.10"], "note": "demo"},
    hosts={"spot": ("open-api.bingx.com", "open-api.bingx.io")},
    terms=TERMS,
    tells_expiry=False,
    more_cases={
        "switches": ("good, told in the other documented shape", (*READ, *TRADE)),
        "enveloped": ("good, told in a shape that clients met", (*READ, *TRADE)),
    },
    case_traits={"switches": {"permissions": "switches"}, "enveloped": {"permissions": "enveloped"}},
)
