"""KuCoin. Wire facts: GET /api/v1/user/api-key names the key's rights, its IP list and the account."""

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.kucoin.orders import TRADING
from exchanges.proven import (
    UnreadableError,
    as_ip_list,
    as_millis,
    as_object,
    as_rows,
    as_text,
    as_uid,
    rows_in,
    split_words,
)
from exchanges.rights import KeyRights, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, ExchangeSpec, Guide, Market, Question, Rate, Site, api_key, passphrase, secret

# The API says Transfer where the site says Withdrawal, and InnerTransfer where the site says Flex Transfers.
WORDS = {
    "general": Right.READ,
    "spot": Right.TRADE,
    "trade": Right.TRADE,  # keys of version 1 and 2
    "unified": Right.TRADE,
    "futures": Right.FUTURES,
    "margin": Right.EXTRA,
    "earn": Right.EXTRA,
    "leadtradefutures": Right.EXTRA,
    "innertransfer": Right.TRANSFER,
    "flextransfers": Right.TRANSFER,
    "transfer": Right.WITHDRAW,
    "withdrawal": Right.WITHDRAW,
    "withdraw": Right.WITHDRAW,
}


def _data(body: object) -> object:
    envelope = as_object(body)
    if str(envelope.get("code")) != "200000":
        raise UnreadableError
    return envelope.get("data")


def read_rights(body: object) -> KeyRights:
    info = as_object(_data(body))
    named, unknown = sort_rights(split_words(as_text(info.get("permission"))), WORDS)
    if both := tuple(word for word in named.get(Right.TRADE, ()) if word.lower() == "unified"):
        named[Right.FUTURES] = (*named.get(Right.FUTURES, ()), *both)
    ips, uid = as_ip_list(info.get("ipWhitelist")), as_uid(info.get("uid"))
    # A sub-account may share its master's uid with its siblings: the name tells them apart.
    account = f"{uid}/{as_text(info['subName'])}" if info.get("subName") else uid
    return KeyRights(named=named, unknown=unknown, ip_list=ips, account_uid=account)


def read_time(body: object) -> int:
    return as_millis(_data(body))


def read_accounts(body: object) -> object:
    """Read the raw list: ccxt's own balance drops rows whose type it does not expect."""
    return as_rows(_data(body), "currency", "available")


def read_orders(body: object) -> object:
    return rows_in(as_object(_data(body)), "items", "id", "symbol")


def read_futures_account(body: object) -> object:
    account = as_object(_data(body))
    as_text(account.get("currency"))
    if "availableBalance" not in account:
        raise UnreadableError
    return account


FIRST = (
    Question(ask=Ask.TIME, method="publicGetTimestamp", read=read_time),
    Question(ask=Ask.RIGHTS, method="privateGetUserApiKey", read=read_rights),
)

SITES = (
    Site(
        slug="eu",
        name="KuCoin EU",
        domain="www.kucoin.com/en-eu",
        whose=_("Accounts of the European Economic Area"),
        page="https://www.kucoin.com/en-eu",
        base="https://api.kucoin.eu",
        lacks=_("It offers spot only, with pairs of its own."),
    ),
)

SPEC = ExchangeSpec(
    slug="kucoin",
    name="KuCoin",
    ccxt_id="kucoin",
    credentials=(
        api_key(r"[0-9a-f]{24}", _("24 digits and letters from a to f."), example="6705f5c3…"),
        secret(
            r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            _("36 characters in five groups, like 00000000-0000-0000-0000-000000000000."),
            label="API Secret",
        ),
        passphrase(
            r"[!-~]{7,32}",
            _("The passphrase you chose when you made this key: not your login or trading password."),
            label="API Passphrase",
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.kucoin.com/account/api",
        steps=(
            _("Log in to KuCoin, open your avatar, then API Management, then Create API."),
            _("Choose “API Trading” (not “Link Third-Party Applications”)."),
            _("Enter a name and an API passphrase. Write the passphrase down: you need it here."),
            _("Tick the boxes below and choose the IP restriction with our addresses."),
            _("Confirm with trading password, e-mail code and authenticator; copy key and secret."),
        ),
        tick={Market.SPOT: ("General", "Spot"), Market.FUTURES: ("General", "Futures")},
        never=("Withdrawal", "Flex Transfers", "Margin", "Earn"),
        lifetime=_(
            "A trading key without an IP restriction is deleted, or loses its trading right, "
            "after 30 days without use. A key with one stays."
        ),
        ip_note=_("IP restriction: up to 20 addresses, separated by commas."),
        names=("KuCoin Spot Main", "KuCoin Futures Conservative", "Recovery PRO Connection"),
    ),
    rounds={
        Market.SPOT: (
            FIRST,
            (
                Question(ask=Ask.BALANCES, method="privateGetAccounts", read=read_accounts),
                Question(
                    ask=Ask.ORDERS,
                    method="privateGetOrders",
                    read=read_orders,
                    parameters=lambda asking: {"status": "active"},
                ),
            ),
        ),
        Market.FUTURES: (
            FIRST,
            (
                Question(
                    ask=Ask.BALANCES,
                    method="futuresPrivateGetAccountOverview",
                    read=read_futures_account,
                    parameters=lambda asking: {"currency": "USDT"},
                ),
                Question(
                    ask=Ask.ORDERS,
                    method="futuresPrivateGetOrders",
                    read=read_orders,
                    parameters=lambda asking: {"status": "active"},
                ),
            ),
        ),
    },
    boxes={
        Right.READ: "General",
        Right.TRADE: "Spot",
        Right.FUTURES: "Futures",
        Right.TRANSFER: "Flex Transfers",
        Right.WITHDRAW: "Withdrawal",
    },
    errors=ErrorTable(
        ok=frozenset({"200000", "200"}),
        codes=by_cause(
            {
                Cause.KEY_MALFORMED: "400001",
                Cause.CLOCK: "400002",
                Cause.KEY_INVALID: "400003",
                Cause.PASSPHRASE_WRONG: "400004",
                Cause.SECRET_WRONG: "400005",
                Cause.IP_NOT_ALLOWED: "400006",
                Cause.RIGHT_MISSING: "400007",
                Cause.REGION: "400302",
                Cause.RATE_LIMITED: "429000 200002 429",
                # 408000: their own network timed out.
                Cause.UNAVAILABLE: "500000 500 503 408000",
                # 401000: a path that they have taken away.
                Cause.UNREADABLE: "404000 401000",
                Cause.ACCOUNT_RESTRICTED: "411100 130201 130302 400700 126002 400303 126005 126037 126047 126048 "
                "200009 260210 101030 112010 116104",
            }
        ),
        texts=(("exceeded the access frequency", Cause.RATE_LIMITED),),
        reset_in="gw-ratelimit-reset",
    ),
    bases=lambda base, futures: {
        **dict.fromkeys(("public", "private", "earn", "uta", "utaV2", "utaPrivate", "broker", "webExchange"), base),
        **dict.fromkeys(("futuresPublic", "futuresPrivate"), futures),
    },
    base="https://api.kucoin.com",
    futures="https://api-futures.kucoin.com",
    domain="www.kucoin.com",
    whose=_("Accounts of everywhere else"),
    sites=SITES,
    # Of the public pool; questions with a key are counted by account there, and with it here.
    rate=Rate(units=2_000, seconds=30, is_weighed=True),
    trading=TRADING,
    code_words={
        **phrases.for_codes("400303 126005 126047 126048 200009", phrases.IDENTITY),
        **phrases.for_codes("411100 400700 126002", phrases.FROZEN),
    },
    idle_days=30,
    tells_expiry=False,
)
