"""Bybit: one host and one protocol for every market."""

from practice.dialect import Dialect
from practice.dialects.bybit import account, markets, signing, trading
from practice.dialects.bybit.names import FUTURES, READ, TERMS, TRADE

DIALECT = Dialect(
    slug=signing.SLUG,
    name="Bybit",
    routes=account.routes + markets.routes + trading.routes,
    api_key=signing.api_key,
    sign_in=signing.sign_in,
    respond=signing.respond,
    refuse=signing.refuse,
    credentials=signing.credentials,
    rights={
        "read": READ,
        "trade": TRADE,
        "futures": FUTURES,
        "transfer": ("Wallet.AccountTransfer", "Wallet.SubMemberTransfer"),
        "withdraw": ("Wallet.Withdraw",),
        "unknown": ("Lottery.LotteryTicket",),
    },
    sample={
        "retCode": 0,
        "retMsg": "OK",
        "result": {
            "id": "13770661",
            "readOnly": 0,
            "permissions": {"ContractTrade": [], "Spot": ["SpotTrade"], "Wallet": [], "Options": []},
            "ips": ["203.0.113.7"],
            "uta": 1,
            "userID": 24617703,
        },
        "retExtInfo": {},
        "time": 1700000000000,
    },
    hosts={
        "spot": (
            *("api.bybit.com", "api.bytick.com", "api.bybit.eu", "api.bybit.tr", "api.bybit.kz"),
            *("api.bybitgeorgia.ge", "api.bybit.ae", "api.bybit.id"),
        )
    },
    terms=TERMS,
    unlisted_days=90,
    more_cases={
        "read_only_boxes": ("read-only, though its box for spot is ticked", (*READ, *TRADE, "ReadOnly")),
        "classic": ("good, of a classic account with a wallet for each market", (*READ, *TRADE)),
        "pays": ("can pay other people by Bybit Pay: must be refused", (*READ, *TRADE, "FiatBitPay.FaitPayOrder")),
    },
    case_traits={"classic": {"uta": False}},
)
