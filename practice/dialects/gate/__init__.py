"""Gate.io: APIv4, one host for spot and futures."""

from practice.dialect import Dialect
from practice.dialects.gate import account, futures, markets, signing, trading
from practice.dialects.gate.names import HIDDEN, TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="Gate.io",
    routes=account.routes + markets.routes + trading.routes + futures.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": ("spot:read", "account:read"),
        "trade": ("spot:write",),
        "futures": ("futures:read", "futures:write"),
        "transfer": ("wallet:write",),
        "withdraw": ("withdraw:write",),
        "unknown": ("lottery:write",),
    },
    sample=[{"currency": "USDT", "available": "968.8", "locked": "0", "update_id": 98}],
    hosts={"spot": ("api.gateio.ws", "fx-api.gateio.ws", "api.gateeu.com")},
    terms=TERMS,
    tells_expiry=False,
    unlisted_days=90,
    more_cases={
        "no_account": ("trades, but lacks Account: it cannot tell its rights", ("spot:read", "spot:write")),
        "hidden_withdraw": (
            "can withdraw, and its list of permissions does not say so",
            ("spot:read", "spot:write", "account:read", f"{HIDDEN}withdraw"),
        ),
    },
)
