"""Coinbase Advanced Trade: v3 for trading, what is left of v2 beside it."""

from practice.dialect import Dialect
from practice.dialects.coinbase import account, markets, signing, trading
from practice.dialects.coinbase.names import TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="Coinbase",
    routes=account.routes + markets.routes + trading.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": ("can_view",),
        "trade": ("can_trade",),
        # Trade covers derivatives where the account has them; there is no box of its own.
        "futures": (),
        # One box for both.
        "transfer": ("can_transfer",),
        "withdraw": ("can_transfer",),
        "unknown": ("can_manage",),
    },
    sample={
        "can_view": True,
        "can_trade": True,
        "can_transfer": False,
        "portfolio_uuid": "4e6c2f7a-0000-4000-8000-000000000001",
        "portfolio_type": "DEFAULT",
    },
    hosts={"spot": (signing.HOST,)},
    terms=TERMS,
    tells_expiry=False,
    more_cases={"can_receive": ("good, and makes deposit addresses", ("can_view", "can_trade", "can_receive"))},
)
