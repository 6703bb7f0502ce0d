"""Bitget: version 2 for classic accounts, version 3 for unified ones, on one host."""

from practice.dialect import Dialect
from practice.dialects.bitget import account, markets, signing, trading, unified, unified_markets
from practice.dialects.bitget.names import TERMS

DIALECT = Dialect(
    slug=signing.SLUG,
    name="Bitget",
    routes=account.routes + markets.routes + trading.routes + unified.routes + unified_markets.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": ("stor",),
        "trade": ("stow",),
        "futures": ("coor", "coow", "cpor", "cpow"),
        "transfer": ("wtor", "wtow"),
        "withdraw": ("wwow",),
        "unknown": ("botw",),
    },
    sample={"code": "00000", "msg": "success", "requestTime": 1700000000000, "data": {"userId": "1", "ips": ""}},
    hosts={"spot": ("api.bitget.com",)},
    terms=TERMS,
    traits={"kind": "classic"},
    case_traits={"unified": {"kind": "unified"}, "unified_read_only": {"kind": "unified"}},
    has_passphrase=True,
    tells_expiry=False,
    more_cases={
        "unified": ("of a unified account: reads and trades, and transfers with it", ("uta_mgt", "uta_trade")),
        "unified_read_only": ("of a unified account: cannot trade", ("uta_mgt", "uta_trade", account.READ_ONLY)),
    },
)
