"""HTX. Wire facts: GET /v2/user/api-key names the key's rights, IP list and days left, to who tells the uid."""

from collections.abc import Mapping

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.htx.orders import TRADING
from exchanges.proven import (
    UnreadableError,
    as_days,
    as_ip_list,
    as_list,
    as_millis,
    as_object,
    as_rows,
    as_text,
    split_words,
)
from exchanges.rights import KeyRights, KeyState, Right, UnprovenError, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, api_key, secret

WORDS = {"readonly": Right.READ, "trade": Right.TRADE, "withdraw": Right.WITHDRAW}
STATES = {"normal": KeyState.ACTIVE, "expired": KeyState.EXPIRED}
PERMANENT = -1


def _data(body: object) -> object:
    """Open an answer of version 2: ccxt lets most of its errors pass, so the code must say 200."""
    envelope = as_object(body)
    if envelope.get("code") != 200:
        raise UnreadableError
    return envelope.get("data")


def _data_v1(body: object) -> object:
    envelope = as_object(body)
    if envelope.get("status") != "ok":
        raise UnreadableError
    return envelope.get("data")


def pick_own(body: object, asking: Asking) -> object:
    """Find the calling key among the account's; other keys' rights are not this key's."""
    mine = [row for row in as_list(_data(body)) if as_object(row).get("accessKey") == asking.api_key]
    if len(mine) != 1:
        raise UnprovenError
    return mine[0]


def read_rights(row: object) -> KeyRights:
    info = as_object(row)
    named, unknown = sort_rights(split_words(as_text(info.get("permission"))), WORDS)
    state = STATES.get(as_text(info.get("status")))
    if state is None:
        raise UnreadableError
    # One box covers spot, margin, futures and transfers inside the account.
    if Right.TRADE in named:
        named[Right.FUTURES] = named[Right.TRANSFER] = named[Right.TRADE]
    return KeyRights(
        named=named,
        unknown=unknown,
        ip_list=as_ip_list(info.get("ipAddresses")),
        days_left=as_days(info.get("validDays"), permanent=PERMANENT),
        state=state,
    )


def read_time(body: object) -> int:
    return as_millis(_data_v1(body))


def read_uid(body: object) -> str:
    uid = _data(body)
    if not isinstance(uid, int) or isinstance(uid, bool) or uid <= 0:
        raise UnreadableError
    return str(uid)


def read_valuation(body: object) -> object:
    account = as_object(_data(body))
    as_millis(account.get("timestamp"))
    return as_text(account.get("balance"))


def read_orders(body: object) -> object:
    """HTX answers a bare list beside its "ok": an empty one is what an idle account has."""
    return as_rows(_data_v1(body), "id", "state")


def read_futures_account(body: object) -> object:
    account = as_object(_data(body))
    as_text(account.get("equity"))
    return as_rows(account.get("details"), "currency")


def read_futures_orders(body: object) -> object:
    if not isinstance(as_object(body).get("ts"), int):
        raise UnreadableError
    return as_rows(_data(body))


def _own_key(asking: Asking) -> dict[str, object]:
    return {"uid": asking.answers[Ask.UID], "accessKey": asking.api_key}


FIRST = (
    Question(ask=Ask.TIME, method="spotPublicGetV1CommonTimestamp", read=read_time),
    Question(ask=Ask.UID, method="spotPrivateGetV2UserUid", read=read_uid),
)
RIGHTS = Question(
    ask=Ask.RIGHTS, method="spotPrivateGetV2UserApiKey", read=read_rights, parameters=_own_key, pick=pick_own
)
# All refusals of version 1 share this code; only the text tells them apart.
UNSIGNED = "api-signature-not-valid"
TEXTS = (
    ("incorrect ip address", Cause.IP_NOT_ALLOWED),
    ("ip地址错误", Cause.IP_NOT_ALLOWED),
    ("submission time", Cause.CLOCK),
    ("has expired", Cause.KEY_EXPIRED),
    ("has no permission", Cause.RIGHT_MISSING),
    ("incorrect access key", Cause.KEY_INVALID),
    ("verification failure", Cause.SECRET_WRONG),
    ("not open to users in your country", Cause.REGION),
    ("request limit", Cause.RATE_LIMITED),
    ("maintain", Cause.UNAVAILABLE),
)
# Ed25519 keys end in the same words as a wrong secret.
WORDING: Mapping[Cause, tuple[str, str]] = {
    Cause.SECRET_WRONG: (
        _("The {secret_label} does not belong to this key, or the key is of the type Ed25519."),
        _("Copy key and secret again: one missing character is enough. Only keys of the type HMAC work here."),
    ),
    Cause.RIGHT_UNPROVEN: (
        _("HTX did not let us read what this key may do: it tells main accounts, and perhaps not sub-users."),
        _("Create a key in your main account with “Read” and “Trade” only and press “Replace key”."),
    ),
    Cause.ACCOUNT_RESTRICTED: (
        _("HTX has restricted this account, or it has not opened contracts trading."),
        _("Log in to HTX and follow its notice (for futures, open contracts trading there), then test again."),
    ),
}

SPEC = ExchangeSpec(
    slug="htx",
    name="HTX",
    ccxt_id="htx",
    credentials=(
        api_key(
            r"[0-9A-Za-z]{4,12}(-[0-9A-Za-z]{4,12}){3}",
            _("Four groups of letters and digits, joined by hyphens."),
            label="Access Key",
            example="e2xxxxxx-99xxxxxx-84xxxxxx-7xxxx",
        ),
        secret(
            r"[0-9A-Za-z]{4,12}(-[0-9A-Za-z]{4,12}){3}",
            _("Four groups like the Access Key, shown once. Ed25519 keys do not work here."),
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.htx.com/en-us/apikey",
        steps=(
            _("Log in to HTX, open your avatar, then API Management."),
            _("Enter a note and choose the key type HMAC (not Ed25519)."),
            _(
                "Tick the boxes below: “Trade” covers spot, margin, futures and transfers inside your account, "
                "HTX has no separate boxes for them."
            ),
            _("Paste our addresses into “Link IP address”."),
            _("Press Create API Key, confirm with two-factor authentication, copy Access Key and Secret Key."),
        ),
        tick={Market.SPOT: ("Read", "Trade"), Market.FUTURES: ("Read", "Trade")},
        never=("Withdraw",),
        lifetime=_(
            "A trading key without linked IP addresses is deactivated after 90 days without use. A key with them stays."
        ),
        ip_note=_("Link IP address: up to 20 addresses or networks (IPv4, IPv6), separated by commas."),
        names=("HTX Spot Main", "HTX Futures Conservative", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (
            FIRST,
            (
                RIGHTS,
                Question(
                    ask=Ask.BALANCES,
                    method="spotPrivateGetV2AccountAssetValuation",
                    read=read_valuation,
                    parameters=lambda asking: {"accountType": "spot", "valuationCurrency": "USD"},
                ),
                Question(ask=Ask.ORDERS, method="spotPrivateGetV1OrderOpenOrders", read=read_orders),
            ),
        ),
        Market.FUTURES: (
            FIRST,
            (
                RIGHTS,
                Question(ask=Ask.BALANCES, method="contractPrivateGetV5AccountBalance", read=read_futures_account),
                Question(ask=Ask.ORDERS, method="contractPrivateGetV5TradeOrderOpens", read=read_futures_orders),
            ),
        ),
    },
    boxes={
        Right.READ: "Read",
        Right.TRADE: "Trade",
        Right.FUTURES: "Trade",
        Right.TRANSFER: "Trade",
        Right.WITHDRAW: "Withdraw",
    },
    errors=ErrorTable(
        ok=frozenset({"200"}),
        code_keys=("err-code", "err_code", "code"),
        text_keys=("err-msg", "err_msg", "message"),
        texts=TEXTS,
        codes=by_cause(
            {
                # Four digits are version 2's, 1032, 1220 and 12001 to 12009 the contracts'.
                Cause.KEY_INVALID: f"{UNSIGNED} api-signature-check-failed login-required 401 403 12007",
                Cause.SECRET_WRONG: "1003 12008",
                Cause.KEY_MALFORMED: "12002 12003",
                Cause.KEY_EXPIRED: "12004",
                Cause.IP_NOT_ALLOWED: "12005",
                Cause.CLOCK: "12001 12006",
                Cause.RIGHT_UNPROVEN: "1002",
                Cause.ACCOUNT_RESTRICTED: "forbidden-trade-for-open-protect 4007 1010 1220 12009",
                Cause.RATE_LIMITED: "rate-too-many-requests base-request-exceed-frequency-limit 1032",
                Cause.UNAVAILABLE: "system-maintenance timeout gateway-internal-error 500",
                Cause.UNREADABLE: "2002 2003",
            }
        ),
        reset_at=("x-hb-ratelimit-requests-expire",),
    ),
    bases=lambda base, futures: {
        **dict.fromkeys(("status", "spot", "public", "private", "v2Public", "v2Private"), base),
        "contract": futures,
    },
    base="https://api.huobi.pro",
    futures="https://api.hbdm.vn",
    domain="www.htx.com",
    trading=TRADING,
    options={"fetchMarkets": {"types": {"spot": True, "linear": True, "inverse": False}}},
    wording=WORDING,
    code_words={"12009": phrases.FROZEN},
    idle_days=90,
)
