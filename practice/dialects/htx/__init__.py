"""HTX: spot versions 1 and 2 on one host, contracts on another, the same keys for both."""

from practice.dialect import Dialect
from practice.dialects.htx import account, futures, markets, signing, trading
from practice.dialects.htx.names import TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="HTX",
    routes=account.routes + markets.routes + trading.routes + futures.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    # One box covers spot, margin, futures and transfers inside the account.
    rights={
        "read": ("readOnly",),
        "trade": ("trade",),
        "futures": (),
        "transfer": (),
        "withdraw": ("withdraw",),
        "unknown": ("lend",),
    },
    sample={
        "code": 200,
        "message": "success",
        "data": [{"accessKey": "x", "permission": "readOnly,trade"}],
        "ok": True,
    },
    hosts=signing.HOSTS,
    terms=TERMS,
    case_traits={"no_futures": {"contracts": False}},
    unlisted_days=90,
)
