"""BingX. Wire facts: GET /openApi/v1/account/apiPermissions lists the key's rights as numbers, or as switches."""

from collections.abc import Iterator, Mapping

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.bingx.orders import TRADING
from exchanges.proven import UnreadableError, as_list, as_millis, as_object, as_rows, as_text, as_uid, rows_in
from exchanges.rights import KeyRights, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Rate, api_key, secret

NUMBERS = {
    "1": "Spot Trading",
    "2": "Read",
    "3": "Perpetual Futures Trading",
    "4": "Universal Transfer",
    "5": "Withdraw",
    "7": "Subaccount internal transfer",
}
WORDS = {
    "read": Right.READ,
    "spot trading": Right.TRADE,
    "perpetual futures trading": Right.FUTURES,
    "universal transfer": Right.TRANSFER,
    "subaccount internal transfer": Right.TRANSFER,
    "withdraw": Right.WITHDRAW,
    "enablereading": Right.READ,
    "enablespotandmargintrading": Right.TRADE,
    "enablefutures": Right.FUTURES,
    "enableinternaltransfer": Right.TRANSFER,
    "permitsuniversaltransfer": Right.TRANSFER,
    "enablewithdrawals": Right.WITHDRAW,
    "enablevanillaoptions": Right.EXTRA,
}
# Without each of these the switches prove nothing; a twin of this call leaves the one for withdrawals out.
SWITCHES = ("enableReading", "enableSpotAndMarginTrading", "enableWithdrawals")


def read_rights(body: object) -> KeyRights:
    """Read the documented shapes: a list of numbers or names, with or without the envelope; switches, within it."""
    outer = as_object(body)
    info = as_object(_data(body)) if "data" in outer else outer
    if info is outer and "permissions" not in outer:
        raise UnreadableError
    named, unknown = sort_rights(tuple(_words(info)), WORDS)
    addresses, is_bound = info.get("ipAddresses"), info.get("ipRestrict")
    ips = tuple(as_text(ip) for ip in as_list(addresses)) if addresses is not None else None
    return KeyRights(
        named=named,
        unknown=unknown,
        ip_list=() if ips is None and is_bound is False else ips,
        is_ip_bound=is_bound is True,
    )


def _words(info: Mapping[str, object]) -> Iterator[str]:
    if "permissions" in info:
        for one in as_list(info["permissions"]):
            word = as_text(str(one) if isinstance(one, int) and not isinstance(one, bool) else one)
            yield NUMBERS.get(word, word)
    elif not all(isinstance(info.get(name), bool) for name in SWITCHES):
        raise UnreadableError
    for name, value in info.items():
        if name.startswith(("enable", "permits")) and not isinstance(value, bool):
            raise UnreadableError
        if value is True and name != "ipRestrict":
            yield name


def _data(body: object) -> object:
    envelope = as_object(body)
    if envelope.get("code") != 0 or isinstance(envelope["code"], bool):
        raise UnreadableError
    return envelope.get("data")


def read_time(body: object) -> int:
    return as_millis(as_object(_data(body)).get("serverTime"))


def read_uid(body: object) -> str:
    return as_uid(as_object(_data(body)).get("uid"))


def read_balances(body: object) -> list[Mapping[str, object]]:
    return rows_in(as_object(_data(body)), "balances", "asset", "free")


def read_futures_balances(body: object) -> list[Mapping[str, object]]:
    """Want a row: our notes have no sample of this answer, and an empty list could be anybody's."""
    if not (rows := as_rows(_data(body), "asset", "availableMargin")):
        raise UnreadableError
    return rows


def read_orders(body: object) -> object:
    return rows_in(as_object(_data(body)), "orders", "orderId")


def _btc(asking: Asking) -> dict[str, object]:
    return {"symbol": "BTC-USDT"}


FIRST = (
    Question(ask=Ask.TIME, method="swapV2PublicGetServerTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="accountV1PrivateGetAccountApiPermissions", read=read_rights),
)
GROUPS = ("fund", "spot", "swap", "contract", "wallets", "user", "subAccount", "account", "copyTrading", "cswap", "api")
UID = Question(ask=Ask.UID, method="accountV1PrivateGetUid", read=read_uid)
SPOT = Question(ask=Ask.BALANCES, method="spotV1PrivateGetAccountBalance", read=read_balances)
FUTURES = Question(ask=Ask.BALANCES, method="swapV3PrivateGetUserBalance", read=read_futures_balances)
UNKNOWN_KEY = (
    _(
        "BingX does not know this key. It was copied incompletely, deleted (BingX deletes keys without an IP list "
        "after 14 days without use), or {key_label} and {secret_label} are swapped."
    ),
    _("Copy the {key_label} again, or create a new key at BingX and press “Replace key”."),
)
MAIN_ONLY = (
    _("BingX did not let us read what this key may do: it tells main accounts, and perhaps not sub-accounts."),
    _("Create a key in your main account with the boxes of our guide and press “Replace key”."),
)


def _market(balances: Question, orders: str) -> tuple[tuple[Question, ...], ...]:
    return FIRST, (balances, Question(ask=Ask.ORDERS, method=orders, read=read_orders, parameters=_btc), UID)


SPEC = ExchangeSpec(
    slug="bingx",
    name="BingX",
    ccxt_id="bingx",
    credentials=(
        api_key(r"[A-Za-z0-9]{20,128}", _("A long row of letters and digits, without spaces.")),
        secret(r"[A-Za-z0-9]{20,128}", _("A long row of letters and digits, shown once when the key is made.")),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://bingx.com/en/accounts/api",
        steps=(
            _("Log in to BingX and set up two-factor authentication if you have none."),
            _("Open your profile icon, then API Management, then Create API, and enter a name."),
            _("Copy the API Key and the Secret Key: the secret is shown only once."),
            _("A new key is read-only: press Edit, tick the boxes below and enter our addresses as its IPs."),
        ),
        tick={Market.SPOT: ("Read", "Spot Trading"), Market.FUTURES: ("Read", "Perpetual Futures Trading")},
        never=("Withdraw", "Universal Transfer", "Subaccount management / internal transfer"),
        lifetime=_(
            "A key that may trade or transfer and has no IP list is deleted after 14 days without use. "
            "A key with one stays."
        ),
        ip_note=_("Up to 20 addresses, separated by commas."),
        names=("BingX Spot Main", "BingX Futures Conservative", "Recovery PRO Connection"),
    ),
    rounds={
        Market.SPOT: _market(SPOT, "spotV1PrivateGetTradeOpenOrders"),
        Market.FUTURES: _market(FUTURES, "swapV2PrivateGetTradeOpenOrders"),
    },
    boxes={
        Right.READ: "Read",
        Right.TRADE: "Spot Trading",
        Right.FUTURES: "Perpetual Futures Trading",
        Right.TRANSFER: "Universal Transfer” and “Subaccount management / internal transfer",
        Right.WITHDRAW: "Withdraw",
    },
    errors=ErrorTable(
        ok=frozenset({"0"}),
        codes=by_cause(
            {
                Cause.KEY_INVALID: "100413 100401 401",
                Cause.SECRET_WRONG: "100001",
                Cause.RIGHT_MISSING: "100004",
                Cause.IP_NOT_ALLOWED: "100419",
                # On orders also: too many of them, or a pair that is not for this user. A check places none.
                Cause.CLOCK: "100421",
                # 109403 and 109429: too many orders or cancels, or too many that were wrong.
                Cause.RATE_LIMITED: "100410 109403 109429 418 429",
                Cause.UNAVAILABLE: "100500 100503 109500 109701 110500",
                Cause.ACCOUNT_RESTRICTED: "100414 100441 101210 101402 101483 101484",
                # Not a main account.
                Cause.RIGHT_UNPROVEN: "100403",
                # Faults of ours, and what only orders meet: they say nothing about the key.
                Cause.UNREADABLE: "100204 100400 100404 100412 109400",
            }
        ),
        # 109400 and 80014 are general codes: the text tells.
        texts=(
            ("timestamp mismatch", Cause.CLOCK),
            ("timestamp is invalid", Cause.CLOCK),
            ("signature not match", Cause.SECRET_WRONG),
        ),
    ),
    bases=lambda base, futures: dict.fromkeys(GROUPS, f"{base}/openApi"),
    base="https://open-api.bingx.com",
    domain="bingx.com",
    # Of the market's interfaces; those of accounts have 2,000 of their own, and are counted with it.
    rate=Rate(units=500, seconds=10),
    trading=TRADING,
    wording={Cause.RIGHT_UNPROVEN: MAIN_ONLY, Cause.KEY_INVALID: UNKNOWN_KEY},
    code_words=phrases.for_codes("101483 101484", phrases.IDENTITY),
    idle_days=14,
    tells_expiry=False,
)
