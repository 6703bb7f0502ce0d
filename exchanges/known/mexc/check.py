"""MEXC. Wire facts: GET /api/v3/apiKeyInfo names the key's rights, its IP list and the days it has left."""

import re
from collections.abc import Callable
from dataclasses import replace

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.mexc.orders import TRADING
from exchanges.proven import (
    UnreadableError,
    as_days,
    as_ip_list,
    as_millis,
    as_object,
    as_rows,
    as_switch,
    as_text,
    as_uid,
    split_words,
)
from exchanges.rights import Holder, KeyRights, KeyState, Named, Right, UnprovenError, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Rate, api_key, secret

# Each right is spelt _READ/_WRITE by the API and _R/_W by the web form; what takes two boxes: see _whole().
WORDS = {
    "spot_account_read": Right.READ,
    "spot_deal_read": Right.READ,
    "spot_deal_write": Right.TRADE,
    "contract_account_read": Right.EXTRA,
    "contract_deal_read": Right.EXTRA,
    "contract_deal_write": Right.FUTURES,
    "spot_transfer_write": Right.TRANSFER,
    # Also sends to another MEXC user (capital/transfer/internal).
    "spot_withdraw_write": Right.WITHDRAW,
    # History and settings; SPOT_ACCOUNT_WRITE may change the key's own IP list.
    "spot_account_write": Right.EXTRA,
    "spot_withdraw_read": Right.EXTRA,
    "spot_transfer_read": Right.EXTRA,
    "spot_deposit_read": Right.EXTRA,
    "spot_deposit_write": Right.EXTRA,
    "contract_account_write": Right.EXTRA,
}
SHORT = {word.replace("_read", "_r").replace("_write", "_w"): right for word, right in WORDS.items()}
READS_FUTURES = re.compile("contract_(account|deal)_r(ead)?", re.IGNORECASE)
PERMANENT = -999
STATES = {"VALID": KeyState.ACTIVE, "FROZEN": KeyState.FROZEN, "DELETE": KeyState.EXPIRED}


def read_rights(body: object) -> KeyRights:
    info = as_object(body)
    named, unknown = sort_rights(split_words(as_text(info.get("permissions"))), WORDS | SHORT)
    days_left = as_days(info.get("remainingValidity"), permanent=PERMANENT)
    if (state := STATES.get(as_text(info.get("status")))) is None:
        raise UnreadableError
    return KeyRights(
        named=_whole(named),
        unknown=unknown,
        ip_list=as_ip_list(info.get("ipWhiteList")),
        days_left=days_left,
        state=KeyState.EXPIRED if days_left == 0 else state,
    )


def _whole(named: Named) -> Named:
    """Take READ away unless it reads both balances and orders; count what reads futures with trading them."""
    extra = named.pop(Right.EXTRA, ())
    if len({word.split("_")[1].lower() for word in named.get(Right.READ, ())}) == 1:
        extra = (*extra, *named.pop(Right.READ))
    if Right.FUTURES in named:
        reading = tuple(word for word in extra if READS_FUTURES.fullmatch(word))
        named[Right.FUTURES] = (*named[Right.FUTURES], *reading)
        extra = tuple(word for word in extra if word not in reading)
    return {**named, Right.EXTRA: extra} if extra else named


def read_time(body: object) -> int:
    return as_millis(as_object(body).get("serverTime"))


def read_balances(body: object) -> Holder:
    """Require the account's own shape; its canTrade and canWithdraw speak of the account, never of the key."""
    account = as_object(body)
    as_text(account.get("accountType"))
    as_rows(account.get("balances"), "asset", "free")
    return Holder(uid=None, may_trade=as_switch(account.get("canTrade")))


def read_orders(body: object) -> object:
    return as_rows(body, "orderId")


def read_uid(body: object) -> str:
    return as_uid(as_object(body).get("uid"))


def read_futures_list(body: object) -> object:
    answer = as_object(body)
    if answer.get("success") is not True or answer.get("code") != 0:
        raise UnreadableError
    return as_rows(answer.get("data"))


def read_no_pair(body: object) -> object:
    """Take MEXC's word about a pair for what it is: the way to orders is open, and the key's record names the right."""
    if str(as_object(body).get("code")) != NO_PAIR:
        raise UnprovenError
    return []


def _of(symbol: str) -> Callable[[Asking], dict[str, object]]:
    return lambda asking: {"symbol": symbol}


def _own_key(asking: Asking) -> dict[str, object]:
    return {"accessKey": asking.api_key}


FIRST = (
    Question(ask=Ask.TIME, method="spotPublicGetTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="spotPrivateGetApiKeyInfo", read=read_rights, parameters=_own_key),
)
# What a pair gets that may not be traded by API; MEXC tells the orders of one pair only.
NO_PAIR = "10007"
OTHER_ORDERS = Question(
    ask=Ask.ORDERS,
    method="spotPrivateGetOpenOrders",
    read=read_orders,
    parameters=_of("ETHUSDT"),
    refused=read_no_pair,
)
# The spot host says 403 when its firewall is tired of us.
FUTURES_CODES = {"403": Cause.RIGHT_MISSING}
UID = Question(ask=Ask.UID, method="spotPrivateGetUid", read=read_uid)

SPEC = ExchangeSpec(
    slug="mexc",
    name="MEXC",
    ccxt_id="mexc",
    credentials=(
        api_key(
            r"mx0[A-Za-z0-9]{10,40}", _("Starts with mx0; letters and digits only."), label="Access Key", example="mx0…"
        ),
        secret(r"(?!mx0)[A-Za-z0-9]{32,64}", _("32 letters and digits, shown once when the key is made.")),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.mexc.com/user/openapi",
        steps=(
            _("Log in to MEXC and set up a 2FA authenticator if you have none."),
            _("Open your profile icon, then API Management."),
            _("Tick the boxes below, write a note and paste our addresses into “Link IP address”."),
            _(
                "For futures: where MEXC shows “Order Placing” as “Not Supported”, your account cannot trade them by "
                "API."
            ),
            _("Accept the risk notice, press Create, confirm by e-mail and authenticator code."),
            _("Copy the Access Key and the Secret Key: the secret is shown only once."),
        ),
        tick={
            Market.SPOT: ("Spot: View Account Details", "Spot: View Order Details", "Spot: Trade"),
            Market.FUTURES: (
                "Spot: View Account Details",
                "Spot: View Order Details",
                "Futures: View Account Details",
                "Futures: View Order Details",
                "Futures: Order Placing",
            ),
        },
        never=("Withdraw", "Transfer", "Edit Account Info", "P2P"),
        lifetime=_("A key without an IP list expires after 90 days. A key with one does not expire."),
        ip_note=_(
            "Link IP address: IPv4 only, separated by commas. MEXC’s pages name 10 or 20 addresses as the limit."
        ),
        names=("MEXC Spot Main", "Recovery PRO Connection", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (
            FIRST,
            (
                Question(ask=Ask.BALANCES, method="spotPrivateGetAccount", read=read_balances),
                replace(OTHER_ORDERS, parameters=_of("BTCUSDT"), refused=None, instead={NO_PAIR: OTHER_ORDERS}),
                UID,
            ),
        ),
        Market.FUTURES: (
            FIRST,
            (
                Question(
                    ask=Ask.BALANCES,
                    method="contractPrivateGetAccountAssets",
                    read=read_futures_list,
                    codes=FUTURES_CODES,
                ),
                Question(
                    ask=Ask.ORDERS,
                    method="contractPrivateGetOrderListOpenOrders",
                    read=read_futures_list,
                    codes=FUTURES_CODES,
                ),
                UID,
            ),
        ),
    },
    boxes={
        Right.READ: "View Account Details and View Order Details (Spot)",
        Right.TRADE: "Trade (Spot)",
        Right.FUTURES: "Order Placing (Futures)",
        Right.TRANSFER: "Transfer",
        Right.WITHDRAW: "Withdraw",
    },
    errors=ErrorTable(
        codes=by_cause(
            {
                # 401: Futures
                Cause.KEY_INVALID: "10072 401",
                Cause.KEY_MALFORMED: "700001 400 700004",
                Cause.SECRET_WRONG: "700002 602",
                Cause.CLOCK: "700003 700005 513",
                Cause.IP_NOT_ALLOWED: "700006 406",
                Cause.RIGHT_MISSING: "700007 511 701 702 703 704",
                Cause.RATE_LIMITED: "429 510",
                Cause.UNAVAILABLE: "403 500 503 504 501 604 801 11444",
                Cause.ACCOUNT_RESTRICTED: "10001 10099 60005 730100 140002 30018 1000 6001",
                Cause.RIGHT_UNPROVEN: "30020 70011",
                Cause.KEY_EXPIRED: "402",
                # Faults of ours, or of the pair.
                Cause.UNREADABLE: f"700008 700013 {NO_PAIR}",
            }
        ),
        texts=(("api-key format invalid", Cause.KEY_MALFORMED), ("maintenance", Cause.UNAVAILABLE)),
    ),
    bases=lambda base, futures: {
        "spot": {"public": base, "private": base},
        "spot2": {"public": f"{base}/open/api/v2", "private": f"{base}/open/api/v2"},
        "contract": {"public": f"{futures}/api/v1/contract", "private": f"{futures}/api/v1/private"},
        "broker": {"private": f"{base}/api/v3/broker"},
    },
    base="https://api.mexc.com",
    domain="www.mexc.com",
    rate=Rate(units=500, seconds=10, is_weighed=True),
    trading=TRADING,
    code_words={
        **phrases.for_codes("60005 730100 30018", phrases.FROZEN),
        "140002": phrases.SUB_ACCOUNT,
        "10099": phrases.SUB_ACCOUNT,
    },
    wording={
        Cause.ACCOUNT_RESTRICTED: (
            _(
                "{name} has restricted this account (identity check, risk control or a freeze), or futures are not "
                "open in it."
            ),
            _("Log in to {name} and follow its notice (for futures, open them there), then test again."),
        ),
    },
)
