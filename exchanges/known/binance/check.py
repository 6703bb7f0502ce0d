"""Binance. Wire facts: GET /sapi/v1/account/apiRestrictions tells the key's rights as switches that are on or off."""

from dataclasses import replace

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.binance.orders import TRADING
from exchanges.proven import UnreadableError, as_millis, as_object, as_rows, as_switch, as_text, as_uid, date_of
from exchanges.rights import Holder, KeyRights, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Rate, api_key, secret

WORDS = {
    "enablereading": Right.READ,
    "enablespotandmargintrading": Right.TRADE,
    "enablefutures": Right.FUTURES,
    "enablewithdrawals": Right.WITHDRAW,
    # Between master and sub-account, between the wallets of one account, into and out of its margin wallet.
    "enableinternaltransfer": Right.TRANSFER,
    "permitsuniversaltransfer": Right.TRANSFER,
    "enablemargin": Right.TRANSFER,
    "enablevanillaoptions": Right.EXTRA,
    "enableportfoliomargintrading": Right.EXTRA,
    "enablefixapitrade": Right.EXTRA,
}
REQUIRED = ("ipRestrict", "enableReading", "enableSpotAndMarginTrading", "enableWithdrawals")
# Reading by another protocol is no more than reading; Binance's own sample of a usual key has it on.
NO_RIGHTS = {"ipRestrict", "enableFixReadOnly"}
KINDS = ("Public", "Private")


def read_rights(body: object) -> KeyRights:
    switches = as_object(body)
    if not all(isinstance(switches.get(name), bool) for name in REQUIRED):
        raise UnreadableError
    if any(name.startswith(("enable", "permits")) and not isinstance(on, bool) for name, on in switches.items()):
        raise UnreadableError
    named, unknown = sort_rights((n for n, on in switches.items() if on is True and n not in NO_RIGHTS), WORDS)
    is_bound, ends = switches["ipRestrict"] is True, switches.get("tradingAuthorityExpirationTime") or None
    return KeyRights(
        named=named,
        unknown=unknown,
        ip_list=None if is_bound else (),
        is_ip_bound=is_bound,
        expires_on=None if ends is None else date_of(as_millis(ends)),
    )


def read_time(body: object) -> int:
    return as_millis(as_object(body).get("serverTime"))


def read_balances(body: object) -> Holder:
    """Require the account's own shape; its canTrade and canWithdraw speak of the account, never of the key."""
    account = as_object(body)
    as_text(account.get("accountType"))
    as_rows(account.get("balances"), "asset", "free")
    uid = read_uid(body) if "uid" in account else None
    return Holder(uid=uid, may_trade=as_switch(account.get("canTrade")))


def read_uid(body: object) -> str:
    return as_uid(as_object(body).get("uid"))


def read_futures_balances(body: object) -> Holder:
    """Version 3 leaves canTrade out; the versions before it tell it."""
    account = as_object(body)
    as_text(account.get("totalWalletBalance"))
    as_rows(account.get("assets"), "asset")
    return Holder(uid=None, may_trade=as_switch(account.get("canTrade")))


def read_orders(body: object) -> object:
    """Binance answers a bare list: an empty one is what an idle account has."""
    return as_rows(body, "orderId", "clientOrderId")


def _btc(asking: Asking) -> dict[str, object]:
    return {"symbol": "BTCUSDT"}


def _few(asking: Asking) -> dict[str, object]:
    return {"omitZeroBalances": "true"}


# What a pair gets that is not on offer: the orders of all pairs weigh more, and need none.
NO_PAIR = "-1121"
# One code for address, key and right: once the rights are told, it can only mean the right.
LATER = {"-2015": Cause.RIGHT_MISSING}
FIRST = (
    Question(ask=Ask.TIME, method="publicGetTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="sapiGetAccountApiRestrictions", read=read_rights),
)


def _orders(method: str) -> Question:
    of_all = Question(ask=Ask.ORDERS, method=method, read=read_orders, codes=LATER)
    return replace(of_all, parameters=_btc, instead={NO_PAIR: of_all})


SPOT = (
    Question(ask=Ask.BALANCES, method="privateGetAccount", read=read_balances, parameters=_few, codes=LATER),
    _orders("privateGetOpenOrders"),
)
FUTURES = (
    Question(ask=Ask.BALANCES, method="fapiPrivateV3GetAccount", read=read_futures_balances, codes=LATER),
    _orders("fapiPrivateGetOpenOrders"),
    Question(ask=Ask.UID, method="privateGetAccount", read=read_uid, parameters=_few),
)
REFUSED = (
    _(
        "{name} refused this key from our server’s address{seen} and gives one answer for several causes: the address "
        "is not on the key’s list of trusted IPs; “Enable Reading” is off; the key is disabled or deleted; it was made "
        "at Binance.US or on the testnet; or {key_label} and {secret_label} are swapped."
    ),
    _(
        "Add {address} to the key’s trusted IPs and see that “Enable Reading” is ticked on {name}, then test again. If "
        "it is all so already, create a new key on www.binance.com and press “Replace key”."
    ),
)
NO_FUTURES = (
    _(
        "This key cannot trade futures, and this connection is for futures. At Binance a key can do so only if it was "
        "made after the futures account was opened."
    ),
    _(
        "Open the futures account at Binance first. Then create a new key, tick “Enable Futures” on it (keep “Enable "
        "Withdrawals” off) and press “Replace key”; on a key that is newer than the futures account, ticking is enough."
    ),
)
UNKNOWN_KEY = (
    _(
        "Binance does not know this key. It was copied incompletely, deleted, or made on another "
        "site (Binance.US, testnet)."
    ),
    _(
        "Copy the {key_label} again, or create a key on www.binance.com and press “Replace key”. Binance deletes old "
        "keys that have no trusted IPs."
    ),
)
HMAC_ONLY = _(
    "64 letters and digits. Choose “System generated” (HMAC): “Self-generated” keys (Ed25519, RSA) do not work here."
)

SPEC = ExchangeSpec(
    slug="binance",
    name="Binance",
    ccxt_id="binance",
    credentials=(
        api_key(r"[A-Za-z0-9]{64}", HMAC_ONLY),
        secret(
            # MC4CAQ is how the one line of an Ed25519 PEM begins: 64 characters too.
            r"(?!MC4CAQ)[A-Za-z0-9]{64}",
            _(
                "64 letters and digits of a “System generated” (HMAC) key, shown once. A PEM text (PRIVATE KEY or "
                "PUBLIC KEY) belongs to a “Self-generated” key: those do not work here."
            ),
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.binance.com/en/my/settings/api-management",
        steps=(
            _("Log in to www.binance.com, open your profile icon, then Account, then API Management."),
            _("Press Create API and choose “System generated” (HMAC), not “Self-generated”."),
            _("Enter a label and confirm with two-factor authentication."),
            _("Copy the API Key and the Secret Key: the secret is shown only once."),
            _("Press “Edit restrictions”, choose “Restrict access to trusted IPs only” and paste our addresses."),
            _("Tick the boxes below and save. Your futures account must exist before “Enable Futures” can be ticked."),
        ),
        tick={
            Market.SPOT: ("Enable Reading", "Enable Spot & Margin Trading"),
            Market.FUTURES: ("Enable Reading", "Enable Futures"),
        },
        never=("Enable Withdrawals", "Permits Universal Transfer", "Enable Margin Loan, Repay & Transfer"),
        lifetime=_(
            "Without trusted IPs, “Enable Spot & Margin Trading” switches itself off after a time: Binance tells "
            "the day and we show it. With trusted IPs it stays."
        ),
        ip_note=_(
            "Trusted IPs: up to 30 addresses, separated by commas. Binance does not tell us which are on the list."
        ),
        names=("Binance Spot Main", "Binance Futures Conservative", "Recovery PRO Connection"),
    ),
    rounds={Market.SPOT: (FIRST, SPOT), Market.FUTURES: (FIRST, FUTURES)},
    boxes={
        Right.READ: "Enable Reading",
        Right.TRADE: "Enable Spot & Margin Trading",
        Right.FUTURES: "Enable Futures",
        Right.TRANSFER: "Permits Universal Transfer” and “Enable Margin Loan, Repay & Transfer",
        Right.WITHDRAW: "Enable Withdrawals",
    },
    errors=ErrorTable(
        codes=by_cause(
            {
                Cause.KEY_MALFORMED: "-2014",
                Cause.KEY_INVALID: "-2008",
                Cause.KEY_FROZEN: "-2017",
                Cause.IP_NOT_ALLOWED: "-2015",
                Cause.SECRET_WRONG: "-1022",
                Cause.RIGHT_MISSING: "-1002",
                Cause.CLOCK: "-1021",
                Cause.RATE_LIMITED: "-1003 -1015 -1034",
                # -1006 and -1007: an order's fate is unknown.
                Cause.UNAVAILABLE: "-1000 -1001 -1004 -1006 -1007 -1008 -1016",
                Cause.ACCOUNT_RESTRICTED: "-3022 -4044 -4109 -4402 200003903",
                # Faults of ours: they say nothing about the key.
                Cause.UNREADABLE: f"-1100 -1101 -1102 -1103 -1104 -1105 -1106 -1128 -1130 -1131 {NO_PAIR}",
            }
        ),
        texts=(
            # Its documents call -1135 a parameter that is no JSON; accounts that are closed or locked get it too.
            ("invalid account status", Cause.ACCOUNT_RESTRICTED),
            # -2010 and -2011 are shared by refusals of the account, of the pair and of the order.
            ("may not place or cancel orders", Cause.ACCOUNT_RESTRICTED),
            ("rest api trading is not enabled", Cause.ACCOUNT_RESTRICTED),
            ("action is disabled on this account", Cause.ACCOUNT_RESTRICTED),
            ("symbol is restricted", Cause.RIGHT_MISSING),
            ("not permitted", Cause.RIGHT_MISSING),
            ("symbol not whitelisted", Cause.RIGHT_MISSING),
            ("you don't have permission", Cause.RIGHT_MISSING),
        ),
        # Its firewall's page: too many requests, or our address is blocked for a while.
        pages={403: (("", Cause.RATE_LIMITED),)},
    ),
    bases=lambda base, futures: {
        **{"public": f"{base}/api/v3", "private": f"{base}/api/v3", "v1": f"{base}/api/v1"},
        **{f"sapi{v}": f"{base}/sapi/{v.lower() or 'v1'}" for v in ("", "V2", "V3", "V4")},
        **{f"fapi{kind}{v}": f"{futures}/fapi/{v.lower() or 'v1'}" for kind in KINDS for v in ("", "V2", "V3")},
        "fapiData": f"{futures}/futures/data",
    },
    base="https://api.binance.com",
    futures="https://fapi.binance.com",
    domain="www.binance.com",
    # 6,000 weight a minute and address; ccxt counts it in fives. Futures have a limit of their own, counted with it.
    rate=Rate(units=1_200, seconds=60, is_weighed=True),
    trading=TRADING,
    options={
        "fetchCurrencies": False,
        "fetchMargins": False,
        "fetchMarkets": {"types": ["spot"]},
        "fetchOpenOrders": {"warnWithoutSymbol": False},
    },
    ends=_("The right of this key to trade ends"),
    wording={Cause.IP_NOT_ALLOWED: REFUSED, Cause.KEY_INVALID: UNKNOWN_KEY},
    code_words={
        "-4109": phrases.INACTIVE,
        "-2017": phrases.LOCKED_KEYS,
        "200003903": phrases.IDENTITY,
        "-1135": phrases.FROZEN,
    },
    lacking={Right.FUTURES: NO_FUTURES},
)
