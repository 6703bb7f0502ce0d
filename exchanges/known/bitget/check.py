"""Bitget. Wire facts: v2 spot/account/info names a classic key's rights, v3 account/info a unified account's."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.bitget.orders import CLASSIC, TRADING, UNIFIED
from exchanges.proven import (
    UnreadableError,
    as_ip_list,
    as_list,
    as_millis,
    as_object,
    as_rows,
    as_text,
    as_uid,
    rows_in,
)
from exchanges.rights import KeyRights, Named, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, api_key, passphrase, secret

# Codes end in r for read and w for write; "trade" and "readonly" are an older spelling.
WORDS = {
    "stor": Right.READ,
    "readonly": Right.READ,
    "stow": Right.TRADE,
    "trade": Right.TRADE,
    **dict.fromkeys(("coor", "coow", "cpor", "cpow"), Right.FUTURES),
    # Moves money between the account's wallets, and to and from sub-accounts.
    "wtow": Right.TRANSFER,
    "chow": Right.TRANSFER,
    "wwow": Right.WITHDRAW,
    # P2P hands coins over to another user.
    "p2p": Right.WITHDRAW,
    "p2pw": Right.WITHDRAW,
} | dict.fromkeys(("smor", "smow", "ttor", "ttow", "wtor", "chor", "p2pr", "pllr", "pllw", "taxr", "taxw"), Right.EXTRA)
# A unified key is read-only or not as a whole; its trade right covers spot and futures together.
UNIFIED_WORDS = {
    "uta_mgt": Right.READ,
    "uta_trade": Right.EXTRA,
    "withdraw": Right.WITHDRAW,
    "copy_futures_position": Right.EXTRA,
    "copy_futures_order": Right.EXTRA,
}
IDENTITY, SUB, UNBOUND = "40035 40100 40101 40111", "40048 40061 40068", "40016"
# 40024 is a frozen account, whatever others call it (ccxt: a restricted location).
FROZEN = (
    "40013 40022 40023 40024 40026 40031 40710 40760 40807 50010 50012 50013 50019 50023 50064 25005 25006 25007 25008"
)
Reader = Callable[[object], object]


def _data(body: object) -> object:
    envelope = as_object(body)
    if envelope.get("code") != "00000" or not _is_moment(envelope.get("requestTime")):
        raise UnreadableError
    return envelope.get("data")


def _is_moment(value: object) -> bool:
    """Say whether it is a time of Bitget's: some answers tell it as a number, others as a text."""
    text = str(value)
    return not isinstance(value, bool) and text.isascii() and text.isdigit()


def _ips(info: object) -> tuple[str, ...]:
    """Read the key's addresses: without any the field is "" or null, and always there."""
    keys = as_object(info)
    if "ips" not in keys:
        raise UnreadableError
    return as_ip_list(keys["ips"])


def read_rights(body: object) -> KeyRights:
    info = as_object(_data(body))
    words = [as_text(word) for word in as_list(info.get("authorities"))]
    named, unknown = sort_rights(words, WORDS)
    return KeyRights(named=_whole(named), unknown=unknown, ip_list=_ips(info), account_uid=as_text(info.get("userId")))


def _whole(named: Named) -> Named:
    """Count writing as reading ("need spot order read or spot order write"), and futures only with their orders."""
    if Right.TRADE in named:
        named[Right.READ] = (*named.get(Right.READ, ()), *named[Right.TRADE])
    if "coow" not in (word.lower() for word in named.get(Right.FUTURES, ("coow",))):
        named[Right.EXTRA] = (*named.get(Right.EXTRA, ()), *named.pop(Right.FUTURES))
    return named


def read_unified_rights(body: object) -> KeyRights:
    info = as_object(_data(body))
    words = [as_text(word) for word in as_list(info.get("permissions"))]
    named, unknown = sort_rights(words, UNIFIED_WORDS)
    # Real answers write with "_", the documents with "-".
    kind = as_text(info.get("permType")).replace("_", "-")
    if kind not in ("read-only", "read-and-write"):
        raise UnreadableError
    if kind == "read-and-write":
        _write(named, words)
    return KeyRights(named=named, unknown=unknown, ip_list=_ips(info), account_uid=_owner(info))


def _owner(info: Mapping[str, object]) -> str:
    """Return whose account it is: real answers say userId, some documents say uid."""
    names = {as_uid(info[name]) for name in ("userId", "uid") if info.get(name)}
    if len(names) != 1:
        raise UnreadableError
    return names.pop()


def _write(named: Named, words: list[str]) -> None:
    """Name what writing adds: orders of every market, and moving money between the account's wallets."""
    if "uta_trade" in words:
        named[Right.TRADE] = named[Right.FUTURES] = ("uta_trade",)
    if "uta_mgt" in words:
        named[Right.TRANSFER] = ("uta_mgt",)


def read_time(body: object) -> int:
    return as_millis(as_object(_data(body)).get("serverTime"))


def _rows(*fields: str) -> Reader:
    """Read Bitget's bare list: an empty one is what an account without coins or orders has."""
    return lambda body: as_rows(_data(body), *fields)


def read_futures_orders(body: object) -> object:
    page = as_object(_data(body))
    if "entrustedList" not in page or "endId" not in page:
        raise UnreadableError
    return rows_in(page, "entrustedList", "orderId")


def read_unified_assets(body: object) -> object:
    account = as_object(_data(body))
    as_text(account.get("accountEquity"))
    return rows_in(account, "assets", "coin")


def read_unified_orders(body: object) -> object:
    page = as_object(_data(body))
    if "cursor" not in page:
        raise UnreadableError
    return as_rows(page.get("list") or [], "orderId")


def _product(asking: Asking) -> dict[str, object]:
    return {"productType": "USDT-FUTURES"}


def _unified_orders(category: str) -> Question:
    return Question(
        ask=Ask.ORDERS,
        method="privateUtaGetV3TradeUnfilledOrders",
        read=read_unified_orders,
        parameters=lambda asking: {"category": category},
    )


def _spot(method: str, read: Reader, unified: Question) -> Question:
    return Question(ask=unified.ask, method=method, read=read, instead={UNIFIED: unified})


def _futures(method: str, read: Reader, unified: Question) -> Question:
    return replace(_spot(method, read, unified), parameters=_product)


ASSETS = Question(ask=Ask.BALANCES, method="privateUtaGetV3AccountAssets", read=read_unified_assets)
INFO = Question(ask=Ask.RIGHTS, method="privateUtaGetV3AccountInfo", read=read_unified_rights)
FIRST = (
    Question(ask=Ask.TIME, method="publicCommonGetV2PublicTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="privateSpotGetV2SpotAccountInfo", read=read_rights, instead={UNIFIED: INFO}),
)

SPEC = ExchangeSpec(
    slug="bitget",
    name="Bitget",
    ccxt_id="bitget",
    credentials=(
        api_key(r"bg_[A-Za-z0-9]{8,64}", _("Starts with bg_, then letters and digits."), example="bg_…"),
        secret(
            r"[A-Za-z0-9]{32,128}",
            _("Letters and digits only, of a system-generated key. Self-generated (RSA) keys do not work here."),
        ),
        passphrase(
            r"[A-Za-z0-9]{8,32}",
            _("The 8 to 32 letters and digits you chose when you made this key: not your login password."),
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.bitget.com/account/newapi",
        steps=(
            _("Log in to Bitget, open your avatar, then API Keys, then Create API key."),
            _("Choose “System-generated” (not “Self-generated”: those RSA keys do not work here; no demo key either)."),
            _(
                "Enter a note and a passphrase. Write the passphrase down: you need it here, and Bitget cannot restore "
                "it."
            ),
            _(
                "Choose “Read & write” and tick the boxes below. A unified account shows “UTA management” and “UTA "
                "trade” instead: tick both (they also allow transfers inside the account)."
            ),
            _("Choose trusted IP addresses and paste ours."),
            _("Confirm by e-mail code and authenticator; copy API Key and Secret Key."),
        ),
        tick={Market.SPOT: ("Spot trade",), Market.FUTURES: ("Spot trade", "Futures orders", "Futures holdings")},
        never=("Withdraw", "Transfer", "P2P", "Sub-account management"),
        lifetime=_("Bitget names no date on which a key expires."),
        ip_note=_("Trusted IP addresses: up to 30, IPv4."),
        names=("Bitget Spot Main", "Bitget Futures Conservative", "Recovery PRO Connection"),
    ),
    rounds={
        Market.SPOT: (
            FIRST,
            (
                _spot("privateSpotGetV2SpotAccountAssets", _rows("coin", "available"), ASSETS),
                _spot("privateSpotGetV2SpotTradeUnfilledOrders", _rows("orderId"), _unified_orders("SPOT")),
            ),
        ),
        Market.FUTURES: (
            FIRST,
            (
                _futures("privateMixGetV2MixAccountAccounts", _rows("marginCoin"), ASSETS),
                _futures("privateMixGetV2MixOrderOrdersPending", read_futures_orders, _unified_orders("USDT-FUTURES")),
            ),
        ),
    },
    boxes={
        Right.READ: "Spot trade” or, in a unified account, “UTA management",
        Right.TRADE: "Read & write” and “Spot trade” or, in a unified account, “UTA trade",
        Right.FUTURES: "Read & write” and “Futures orders” or, in a unified account, “UTA trade",
        Right.TRANSFER: "Transfer” and “Sub-account management",
        Right.WITHDRAW: "Withdraw” and “P2P",
    },
    errors=ErrorTable(
        ok=frozenset({"00000"}),
        codes=by_cause(
            {
                Cause.KEY_MALFORMED: "40001 40002 40003 40011",
                Cause.KEY_INVALID: "40006 40037 40041",
                Cause.PASSPHRASE_WRONG: "40012 40036",
                Cause.SECRET_WRONG: "40009",
                Cause.CLOCK: "40004 40005 40008 40078 40079",
                Cause.RIGHT_MISSING: "40014 40025 25620",
                Cause.IP_NOT_ALLOWED: "40018 40038",
                # The other kind of account: met only where no question of ours is asked in the other form.
                Cause.ACCOUNT_RESTRICTED: f"40301 40752 40753 40916 {IDENTITY} {FROZEN} {SUB} {UNBOUND} {UNIFIED} "
                f"{CLASSIC} 25245",
                Cause.REGION: "40000 40103 40104",
                Cause.RATE_LIMITED: "429 1001 30007 25004",
                Cause.UNAVAILABLE: "403 500 40010 40015 40200 40604 40725 25000 25001 25003 50031",
                # Ours: the first version of the API is gone, this path never was.
                Cause.UNREADABLE: "30032 40404",
            }
        ),
    ),
    bases=lambda base, futures: dict.fromkeys(
        ("spot", "mix", "user", "p2p", "broker", "margin", "common", "tax", "convert", "copy", "earn", "uta"), base
    ),
    base="https://api.bitget.com",
    domain="www.bitget.com",
    trading=TRADING,
    # "uta" stays unset: ccxt's unified calls then ask for the account's kind once, and both kinds can trade.
    options={"fetchMarkets": {"types": ["spot", "swap"]}},
    code_words={
        **phrases.for_codes(IDENTITY, phrases.IDENTITY),
        **phrases.for_codes(SUB, phrases.SUB_ACCOUNT),
        **phrases.for_codes(FROZEN, phrases.FROZEN),
        UNBOUND: phrases.NO_SECURITY,
    },
    tells_expiry=False,
)
