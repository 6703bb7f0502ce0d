"""Binance: spot and wallet on one host, futures on another, one key for all."""

from practice.dialect import Dialect
from practice.dialects.binance import account, futures, markets, signing, trading
from practice.dialects.binance.names import FUTURES, READ, TERMS, TRADE

DIALECT = Dialect(
    slug=signing.SLUG,
    name="Binance",
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
        "transfer": ("enableInternalTransfer", "permitsUniversalTransfer"),
        "withdraw": ("enableWithdrawals",),
        "unknown": ("enableTokenizedStocks",),
    },
    sample={
        "ipRestrict": True,
        "createTime": 1698645219000,
        "enableReading": True,
        "enableWithdrawals": False,
        "enableSpotAndMarginTrading": True,
    },
    hosts={
        "spot": ("api.binance.com", "api-gcp.binance.com", *(f"api{number}.binance.com" for number in range(1, 5))),
        "futures": ("fapi.binance.com", "dapi.binance.com", "eapi.binance.com"),
    },
    terms=TERMS,
    # Not the key: its trade right (see signing).
    unlisted_days=30,
)
