"""OKX: one API, V5, for the trading account of spot and futures."""

from practice.dialect import Dialect
from practice.dialects.okx import account, markets, signing, trading
from practice.dialects.okx.names import TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="OKX",
    routes=account.routes + markets.routes + trading.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    # "trade" reaches futures too, where the account's mode allows it; money moves inside the account with it.
    rights={
        "read": ("read_only",),
        "trade": ("trade",),
        "futures": (),
        "transfer": (),
        "withdraw": ("withdraw",),
        "unknown": ("lend",),
    },
    sample={"code": "0", "data": [{"uid": "1", "perm": "read_only,trade", "ip": "", "acctLv": "1"}], "msg": ""},
    hosts={"spot": ("www.okx.com", "openapi.okx.com", "eea.okx.com", "us.okx.com")},
    terms=TERMS,
    traits={"mode": "2"},
    case_traits={"no_futures": {"mode": "1"}},
    has_passphrase=True,
    tells_expiry=False,
    unlisted_days=14,
)
