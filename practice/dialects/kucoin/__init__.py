"""KuCoin: one protocol on two hosts, spot and futures."""

from practice.dialect import Dialect
from practice.dialects.kucoin import account, futures, markets, signing, trading
from practice.dialects.kucoin.names import TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="KuCoin",
    routes=account.routes + markets.routes + trading.routes + futures.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": ("General",),
        "trade": ("Spot",),
        "futures": ("Futures",),
        "transfer": ("InnerTransfer",),
        "withdraw": ("Transfer",),
        "unknown": ("Lottery",),
    },
    sample={
        "code": signing.OK,
        "data": {
            "remark": "account1",
            "apiKey": "6705f5c311545b000157d3eb",
            "apiVersion": 3,
            "permission": "General,Spot",
            "ipWhitelist": "203.0.113.7",
            "createdAt": 1728443843000,
            "uid": 165111215,
            "isMaster": True,
        },
    },
    hosts={"spot": ("api.kucoin.com", "api.kucoin.eu"), "futures": ("api-futures.kucoin.com",)},
    terms=TERMS,
    has_passphrase=True,
    tells_expiry=False,
)
