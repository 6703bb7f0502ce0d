"""Gate.io. Wire facts: GET /account/main_keys lists the keys and their permissions, none of which is "withdraw"."""

from collections.abc import Iterator, Mapping

from exchanges import phrases
from exchanges.errors import COUNTRY, Cause, ErrorTable, by_cause
from exchanges.known.gate.orders import TRADING
from exchanges.proven import UnreadableError, as_list, as_millis, as_object, as_rows, as_text, as_uid
from exchanges.rights import KeyRights, KeyState, Named, Right, UnprovenError, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Site, api_key, secret

# Each permission is read, or read and written. "account" is not here: see _with_account().
PLAIN = ["margin", "delivery", "options", "earn", "loan", "unified", "copy", "pilot", "alpha", "quant"]
WORDS = {f"{name} {how}": Right.EXTRA for name in PLAIN for how in ("read", "write")} | {
    "spot read": Right.READ,
    "spot write": Right.TRADE,
    "futures read": Right.READ,
    "futures write": Right.FUTURES,
    "account write": Right.EXTRA,
    "wallet read": Right.EXTRA,
    "otc read": Right.EXTRA,
    "custody read": Right.EXTRA,
    "crossx read": Right.EXTRA,
    "sub_accounts read": Right.EXTRA,
    # POST /withdrawals was once part of wallet; otc pays out to banks, custody and crossx hold money elsewhere,
    # sub_accounts makes keys for others to use.
    "wallet write": Right.WITHDRAW,
    "crossx write": Right.WITHDRAW,
    "otc write": Right.WITHDRAW,
    "custody write": Right.WITHDRAW,
    "sub_accounts write": Right.WITHDRAW,
}
STATES: Mapping[object, KeyState] = {1: KeyState.ACTIVE, 2: KeyState.FROZEN, 3: KeyState.FROZEN}
GROUPS = {
    "public": ("wallet", "futures", "margin", "delivery", "spot", "options", "sub_accounts", "earn"),
    "private": (
        *("withdrawals", "wallet", "futures", "margin", "delivery", "spot", "options", "subAccounts", "unified"),
        *("rebate", "earn", "account", "loan", "otc"),
    ),
}


def pick_own(body: object, asking: Asking) -> object:
    """Find the calling key among the account's, whose names are masked (c5dcfbf1f3a7*****).

    A lone object is this key, unless it names another.
    """
    if not body or not isinstance(body, list | Mapping):
        return body
    if isinstance(body, Mapping) and not isinstance(body.get("key"), str):
        return body
    rows = [body] if isinstance(body, Mapping) else body
    mine = [row for row in rows if _is_own(as_object(row).get("key"), asking.api_key)]
    if len(mine) != 1:
        raise UnprovenError
    return mine[0]


def _is_own(masked: object, api_key: str) -> bool:
    head = masked.partition("*")[0] if isinstance(masked, str) else ""
    return len(head) >= 8 and api_key.startswith(head)


def read_rights(body: object) -> KeyRights:
    info = as_object(body)
    if (state := STATES.get(info.get("state"))) is None:
        raise UnreadableError
    words = [word for perm in as_list(info.get("perms")) for word in _words(as_object(perm))]
    named, unknown = sort_rights((word for word in words if word != "account read"), WORDS)
    named = _with_account(named) if "account read" in words else named
    if hidden := tuple(word for word in unknown if "withdraw" in word.lower()):
        named[Right.WITHDRAW] = (*named.get(Right.WITHDRAW, ()), *hidden)
    return KeyRights(
        named=named,
        unknown=tuple(word for word in unknown if word not in hidden),
        ip_list=_ips(info.get("ip_whitelist")),
        account_uid=as_uid(info["user_id"]) if info.get("user_id") else None,
        state=state,
    )


def _ips(told: object) -> tuple[str, ...]:
    """Read the key's addresses: a key without a list has an empty one, null, or no such field."""
    return tuple(as_text(ip) for ip in as_list([] if told is None else told))


def _words(perm: Mapping[str, object]) -> Iterator[str]:
    name, is_read_only = as_text(perm.get("name")), perm.get("read_only")
    if not isinstance(is_read_only, bool):
        raise UnreadableError
    yield f"{name} read"
    if not is_read_only:
        yield f"{name} write"


def _with_account(named: Named) -> Named:
    """Count account with reading: it is what lets the key tell its rights, and reads nothing else alone."""
    right = Right.READ if Right.READ in named else Right.EXTRA
    return {**named, right: (*named.get(right, ()), "account read")}


def read_no_withdraw(body: object) -> object:
    """Take only this refusal for a proof: a missing withdrawal could mean that the key may look for one."""
    answer = as_object(body)
    words = as_text(answer.get("message")).lower()
    if answer.get("label") != "FORBIDDEN" or "does not have withdraw permission" not in words:
        raise UnprovenError
    return True


def read_allowed(body: object) -> object:
    as_object(body)
    raise UnprovenError


def read_time(body: object) -> int:
    return as_millis(as_object(body).get("server_time"))


def read_futures_account(body: object) -> object:
    account = as_object(body)
    return as_text(account.get("currency")), as_text(account.get("available"))


def _of_usdt(asking: Asking) -> dict[str, object]:
    return {"settle": "usdt"}


FIRST = (
    Question(ask=Ask.TIME, method="publicSpotGetTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="privateAccountGetMainKeys", read=read_rights, pick=pick_own),
)
# There is no withdrawal 0: the call changes nothing, and a key without the permission is told so.
PROBE = Question(
    ask=Ask.WITHDRAW,
    method="privateWithdrawalsDeleteWithdrawalsWithdrawalId",
    read=read_allowed,
    parameters=lambda asking: {"withdrawal_id": "0"},
    refused=read_no_withdraw,
)

SITES = (
    Site(
        slug="eu",
        name="Gate EU",
        domain="www.gateeu.com",
        whose=_("Accounts of the European Economic Area"),
        page="https://www.gateeu.com",
        base="https://api.gateeu.com",
        lacks=_("It offers spot only, with pairs of its own."),
    ),
)

SPEC = ExchangeSpec(
    slug="gate",
    name="Gate.io",
    ccxt_id="gate",
    credentials=(
        api_key(
            r"[0-9a-f]{24,48}", _("The Key of an APIv4 key: digits and letters from a to f."), example="c5dcfbf1f3a7…"
        ),
        secret(
            r"[0-9a-f]{49,128}",
            _("64 digits and letters from a to f, shown once when the key is made."),
            label="Secret",
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.gate.com/myaccount/apiv4keys",
        steps=(
            _("Log in to the main account at Gate, open your profile icon, then API Management, then Create API Key."),
            _("Choose the type “APIv4 Key”, enter a remark and the account type “Classic”."),
            _("Under “IP permissions” bind our addresses now."),
            _("Set the permissions below. “Account: Read Only” is what lets us prove the others."),
            _("Confirm with the fund password and 2FA; copy Key and Secret: the Secret is shown only once."),
        ),
        tick={
            Market.SPOT: ("Spot Trade: Read And Write", "Account: Read Only"),
            Market.FUTURES: ("Perpetual Futures: Read And Write", "Account: Read Only"),
        },
        never=("Withdraw", "Wallet"),
        lifetime=_("A key without bound IP addresses lives 90 days. A key with them does not expire."),
        ip_note=_("IP permissions: up to 20 single IPv4 addresses, no ranges. A change takes up to 5 minutes."),
        names=("Gate Spot Main", "Gate Futures Conservative", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (
            FIRST,
            (
                Question(
                    ask=Ask.BALANCES,
                    method="privateSpotGetAccounts",
                    read=lambda body: as_rows(body, "currency", "available"),
                ),
                Question(
                    ask=Ask.ORDERS,
                    method="privateSpotGetOpenOrders",
                    read=lambda body: as_rows(body, "currency_pair", "orders"),
                ),
                PROBE,
            ),
        ),
        Market.FUTURES: (
            FIRST,
            (
                Question(
                    ask=Ask.BALANCES,
                    method="privateFuturesGetSettleAccounts",
                    read=read_futures_account,
                    parameters=_of_usdt,
                ),
                Question(
                    ask=Ask.ORDERS,
                    method="privateFuturesGetSettleOrders",
                    read=lambda body: as_rows(body, "id", "contract"),
                    parameters=lambda asking: {"settle": "usdt", "status": "open"},
                ),
                PROBE,
            ),
        ),
    },
    boxes={
        # Who lacks reading lacks trading as well, and one box brings both.
        Right.READ: "Spot Trade (for futures: Perpetual Futures): Read And Write",
        Right.TRADE: "Spot Trade: Read And Write",
        Right.FUTURES: "Perpetual Futures: Read And Write",
        Right.WITHDRAW: "Withdraw (and writing to Wallet, OTC, Custody, CrossEx, sub-accounts)",
    },
    errors=ErrorTable(
        code_keys=("label",),
        text_keys=("message",),
        ok=frozenset(),
        codes=by_cause(
            {
                Cause.KEY_INVALID: "INVALID_KEY INVALID_CREDENTIALS AUTHENTICATION_FAILED",
                Cause.SECRET_WRONG: "INVALID_SIGNATURE",
                Cause.KEY_MALFORMED: "MISSING_REQUIRED_HEADER",
                Cause.CLOCK: "REQUEST_EXPIRED",
                Cause.IP_NOT_ALLOWED: "IP_FORBIDDEN",
                Cause.RIGHT_MISSING: "READ_ONLY",
                Cause.RIGHT_UNPROVEN: "FORBIDDEN API_WITHDRAW_DISABLED",
                # USER_NOT_FOUND: No futures account has been opened.
                Cause.ACCOUNT_RESTRICTED: "ACCOUNT_LOCKED SUB_ACCOUNT_LOCKED ACCOUNT_EXCEPTION TRADE_RESTRICTED "
                "USER_NOT_FOUND",
                Cause.RATE_LIMITED: "TOO_MANY_REQUESTS TOO_FAST",
                Cause.UNAVAILABLE: "TOO_BUSY SERVER_ERROR INTERNAL",
            }
        ),
        texts=(
            ("ip not in whitelist", Cause.IP_NOT_ALLOWED),
            # FORBIDDEN is said of everything, of a country too.
            *COUNTRY,
            # Without this permission the key cannot tell its rights.
            ("does not have account permission", Cause.RIGHT_UNPROVEN),
            ("request api key does not have", Cause.RIGHT_MISSING),
        ),
        reset_at=("x-gate-ratelimit-reset-timestamp",),
    ),
    wording={
        Cause.RIGHT_UNPROVEN: (
            _(
                "{name} shows what a key may do only to keys of main accounts with the permission Account, and did not "
                "show it to this one."
            ),
            _(
                "Set “Account: Read Only” on a key of your main account at {name}, keep “Withdraw” and “Wallet” off, "
                "wait 5 minutes, then test again."
            ),
        ),
        Cause.IP_NOT_ALLOWED: (
            _("{name} refused our server’s address{seen}: it is not among this key’s IP permissions."),
            _("Add {address} under “IP permissions” of this key at {name}, wait 5 minutes, then test again."),
        ),
        Cause.ACCOUNT_RESTRICTED: (
            _("{name} has restricted this account (risk control or a freeze), or no futures account is open in it."),
            _(
                "Log in to {name} and follow its notice (for futures, move money to the futures account once), "
                "then test again."
            ),
        ),
    },
    code_words={
        **phrases.for_codes("ACCOUNT_LOCKED SUB_ACCOUNT_LOCKED ACCOUNT_EXCEPTION", phrases.FROZEN),
    },
    bases=lambda base, futures: {kind: dict.fromkeys(groups, f"{base}/api/v4") for kind, groups in GROUPS.items()},
    base="https://api.gateio.ws",
    domain="www.gate.com",
    whose=_("Accounts of everywhere else"),
    sites=SITES,
    trading=TRADING,
    # They live 90 days, used or not; no answer tells when one ends.
    idle_days=90,
    tells_expiry=False,
)
