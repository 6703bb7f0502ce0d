"""Bybit. Wire facts: GET /v5/user/query-api names the key's rights by group, its IP list, its end and the account."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.bybit.orders import TRADING
from exchanges.proven import UnreadableError, as_list, as_millis, as_object, as_text, as_uid, rows_in
from exchanges.rights import KeyRights, Named, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Rate, Site, api_key, secret

# By “group.word”; a group of GROUPS counts as a whole, whatever it lists.
WORDS = {
    "read-write": Right.READ,
    "read-only": Right.READ,
    "spot.spottrade": Right.TRADE,
    "contracttrade.order": Right.FUTURES,
    "contracttrade.position": Right.FUTURES,
    "derivatives.derivativestrade": Right.FUTURES,
    "options.optionstrade": Right.EXTRA,
    "exchange.exchangehistory": Right.EXTRA,
    "wallet.accounttransfer": Right.TRANSFER,
    "wallet.submembertransfer": Right.TRANSFER,
    "wallet.submembertransferlist": Right.TRANSFER,
    "wallet.withdraw": Right.WITHDRAW,
}
GROUPS = {
    "earn": Right.TRANSFER,
    "fiatconvertbroker": Right.TRANSFER,
    # These pay other users, shops and banks, or trade with one chosen user at an agreed price.
    "blocktrade": Right.WITHDRAW,
    "fiatp2p": Right.WITHDRAW,
    "fiatbitpay": Right.WITHDRAW,
    "fiatbybitpay": Right.WITHDRAW,
    "fiatglobalpay": Right.WITHDRAW,
    "bitcard": Right.WITHDRAW,
    "copytrading": Right.EXTRA,
    "nft": Right.EXTRA,
    "affiliate": Right.EXTRA,
    "byxpost": Right.EXTRA,
}
MODES = {0: "Read-Write", 1: "Read-Only"}
NO_END = date(1970, 1, 1)


def _result(body: object) -> dict[str, object]:
    envelope = as_object(body)
    if envelope.get("retCode") != 0 or "retMsg" not in envelope:
        raise UnreadableError
    return dict(as_object(envelope.get("result")))


def read_rights(body: object) -> KeyRights:
    info = _result(body)
    mode, kind = info.get("readOnly"), info.get("uta")
    if not isinstance(mode, int) or isinstance(mode, bool) or mode not in MODES or kind not in (0, 1):
        raise UnreadableError
    named, unknown = sort_rights((MODES[mode], *_words(info.get("permissions"))), WORDS | GROUPS)
    return KeyRights(
        named=_effective(named, can_write=mode == 0),
        unknown=unknown,
        ip_list=_ips(info.get("ips")),
        days_left=_days(info.get("deadlineDay")),
        expires_on=_end(info),
        account_uid=as_uid(info.get("userID")),
        account_kind="UNIFIED" if kind == 1 else "",
    )


def _words(permissions: object) -> Iterator[str]:
    """Yield “Group.Word”; without the two groups that decide, the answer proves nothing."""
    groups = as_object(permissions)
    if not {"Spot", "Wallet"} <= set(groups):
        raise UnreadableError
    for group, words in groups.items():
        for word in as_list(words):
            yield group if group.lower() in GROUPS else f"{group}.{as_text(word)}"


def _effective(named: Named, *, can_write: bool) -> Named:
    """Call trade what trades: not a read-only key, nor positions without orders. What moves money is never dropped."""
    places = {word.lower() for word in named.get(Right.FUTURES, ())} - {"contracttrade.position"}
    idle = [Right.TRADE, Right.FUTURES] if not can_write else [] if places else [Right.FUTURES]
    for right in idle:
        if words := named.pop(right, ()):
            named[Right.EXTRA] = (*named.get(Right.EXTRA, ()), *words)
    return named


def _ips(value: object) -> tuple[str, ...]:
    ips = tuple(as_text(ip) for ip in as_list(value))
    return () if "*" in ips else ips


def _days(value: object) -> int | None:
    """Read -2, and whatever else is below zero, as “does not end”: a key whose time is over is refused as such."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise UnreadableError
    return value if value is not None and value >= 0 else None


def _end(info: dict[str, object]) -> date | None:
    if not (text := info.get("expiredAt")):
        return None
    end = datetime.fromisoformat(as_text(text)).astimezone(UTC).date()
    return None if end == NO_END else end


def read_time(body: object) -> int:
    as_text(_result(body).get("timeNano"))
    return as_millis(as_object(body).get("time"))


def read_balances(body: object) -> object:
    """An account that never held a coin has no wallet in the list."""
    wallets = rows_in(_result(body), "list", "accountType")
    return rows_in(wallets[0], "coin", "coin") if wallets else []


def read_orders(body: object) -> object:
    found = _result(body)
    as_text(found.get("category"))
    return rows_in(found, "list", "orderId")


def _wallet(classic: str) -> Question:
    """Ask for the wallet that this kind of account has: unified, or one for each market."""

    def parameters(asking: Asking) -> dict[str, object]:
        rights = asking.answers.get(Ask.RIGHTS)
        return {"accountType": rights.account_kind or classic if isinstance(rights, KeyRights) else "UNIFIED"}

    return Question(
        ask=Ask.BALANCES, method="privateGetV5AccountWalletBalance", read=read_balances, parameters=parameters
    )


def _orders(**parameters: object) -> Question:
    return Question(
        ask=Ask.ORDERS, method="privateGetV5OrderRealtime", read=read_orders, parameters=lambda asking: parameters
    )


FIRST = (
    Question(ask=Ask.TIME, method="publicGetV5MarketTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="privateGetV5UserQueryApi", read=read_rights),
)
UPGRADE = (
    _("Bybit lets only unified trading accounts do this, and this account is a classic one."),
    _("Log in to {site}, upgrade the account to a Unified Trading Account, then test again."),
)

# Its developers' guide ("Integration Guidance") names these hosts, each for the users of a country.
SITES = (
    Site(
        slug="eu",
        name="Bybit EU",
        domain="www.bybit.eu",
        whose=_("Accounts of the European Economic Area"),
        page="https://www.bybit.eu/app/user/api-management",
        base="https://api.bybit.eu",
        lacks=_(
            "It offers spot only, with pairs of its own. It lets keys of connected third-party applications trade: "
            "a key of your own may be refused."
        ),
    ),
    *(
        Site(
            slug=slug,
            name=f"Bybit {name}",
            domain=f"www.{host}",
            whose=whose,
            page=f"https://www.{host}/app/user/api-management",
            base=f"https://api.{host}",
            lacks=_("It has pairs of its own, and may offer less than www.bybit.com."),
        )
        for slug, name, host, whose in (
            ("tr", "Türkiye", "bybit.tr", _("Accounts of Türkiye")),
            ("kz", "Kazakhstan", "bybit.kz", _("Accounts of Kazakhstan")),
            ("ge", "Georgia", "bybitgeorgia.ge", _("Accounts of Georgia")),
            ("ae", "UAE", "bybit.ae", _("Accounts of UAE")),
            ("id", "Indonesia", "bybit.id", _("Accounts of Indonesia")),
        )
    ),
)

SPEC = ExchangeSpec(
    slug="bybit",
    name="Bybit",
    ccxt_id="bybit",
    credentials=(
        api_key(
            r"[A-Za-z0-9]{10,64}",
            _(
                "Letters and digits. Choose “System-generated API Keys” (HMAC): “Self-generated” (RSA) keys do not "
                "work here."
            ),
        ),
        secret(
            # MC4CAQ is how the one line of an Ed25519 PEM begins.
            r"(?!MC4CAQ)[A-Za-z0-9]{16,128}",
            _(
                "Letters and digits of a “System-generated” (HMAC) key, shown once. A PEM text (PRIVATE KEY or PUBLIC "
                "KEY) belongs to a “Self-generated” key: those do not work here."
            ),
            label="API Secret",
        ),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.bybit.com/app/user/api-management",
        steps=(
            _("Log in to www.bybit.com, open your profile icon, then Account & Security, then API."),
            _("Press Create New Key and choose “System-generated API Keys” (HMAC), not “Self-generated”."),
            _("Choose the usage “API Transaction”, enter a name and choose “Read-Write”."),
            _("Restrict the key to our addresses: only listed IPs may use it."),
            _("Tick the boxes below, confirm with two-factor authentication, copy key and secret: it is shown once."),
        ),
        tick={
            Market.SPOT: ("Read-Write", "SPOT: Trade"),
            Market.FUTURES: ("Read-Write", "Contract: Orders", "Contract: Positions"),
        },
        never=("Withdrawal", "Account Transfer", "Subaccount Transfer", "Earn", "Fiat"),
        lifetime=_(
            "A key without an IP restriction ends after 90 days, and 7 days after a change of your password. "
            "A key with one stays."
        ),
        ip_note=_("IP restriction: addresses separated by commas, without spaces."),
        names=("Bybit Spot Main", "Bybit Futures Conservative", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (FIRST, (_wallet("SPOT"), _orders(category="spot"))),
        Market.FUTURES: (FIRST, (_wallet("CONTRACT"), _orders(category="linear", settleCoin="USDT"))),
    },
    boxes={
        Right.READ: "Read-Write",
        Right.TRADE: "SPOT: Trade” and “Read-Write",
        Right.FUTURES: "Contract: Orders”, “Positions” and “Read-Write",
        Right.TRANSFER: "Account Transfer”, “Subaccount Transfer” and “Earn",
        Right.WITHDRAW: "Withdrawal” and “Fiat",
    },
    errors=ErrorTable(
        code_keys=("retCode",),
        text_keys=("retMsg",),
        ok=frozenset({"0"}),
        codes=by_cause(
            {
                Cause.KEY_INVALID: "10003",
                Cause.SECRET_WRONG: "10004",
                Cause.KEY_EXPIRED: "33004 -2015",
                Cause.RIGHT_MISSING: "10005 10029 141020",
                Cause.IP_NOT_ALLOWED: "10010",
                Cause.REGION: "10009 170209",
                Cause.CLOCK: "10002",
                Cause.RATE_LIMITED: "10006 10018 10429",
                Cause.KEY_WRONG_SITE: "180004",
                # 10000 and 170007 are timeouts; 3100197: the account is being moved to a unified one.
                Cause.UNAVAILABLE: "429 10000 10016 170007 3100197",
                Cause.ACCOUNT_RESTRICTED: "10008 10024 10027 10028 100028 170201 110088 110124 110132 131004 131092 "
                "176024 180003 20096",
                # 10001: Faults of ours: they say nothing about the key.
                Cause.UNREADABLE: "10001 10017",
            }
        ),
        # Its firewall says three things with 403, two of them in pages.
        pages={403: (("too frequent", Cause.RATE_LIMITED), ("your country", Cause.REGION), ("", Cause.UNAVAILABLE))},
        reset_at=("x-bapi-limit-reset-timestamp",),
        # Its documents: after this page, wait ten minutes at least.
        page_wait={403: 600},
    ),
    bases=lambda base, futures: dict.fromkeys(("spot", "futures", "v2", "public", "private"), base),
    base="https://api.bybit.com",
    domain="www.bybit.com",
    whose=_("Accounts of everywhere else"),
    sites=SITES,
    rate=Rate(units=600, seconds=5),
    trading=TRADING,
    options={
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchOrder": {"acknowledged": True},
        # Or ccxt asks twice what kind of account it is.
        "enableUnifiedMargin": False,
        "enableUnifiedAccount": True,
        "unifiedMarginStatus": 6,
    },
    code_words={
        **phrases.for_codes("131004 20096", phrases.IDENTITY),
        **phrases.for_codes("10008 131092 170201 176024 180003", phrases.FROZEN),
        **phrases.for_codes("10028 110088", UPGRADE),
    },
)
