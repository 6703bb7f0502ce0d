"""OKX. Wire facts: GET /api/v5/account/config names the key's rights, its IP list and the account's mode."""

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.okx.orders import TRADING
from exchanges.proven import UnreadableError, as_list, as_millis, as_object, as_rows, as_text, rows_in, split_words
from exchanges.rights import KeyRights, Right, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, Asking, ExchangeSpec, Guide, Market, Question, Site, api_key, passphrase, secret

WORDS = {"read_only": Right.READ, "trade": Right.TRADE, "withdraw": Right.WITHDRAW}
# Futures, multi-currency margin and portfolio margin mode; in 1, spot mode, "trade" reaches no futures.
FUTURES_MODES = ("2", "3", "4")


def _data(body: object) -> list[object]:
    envelope = as_object(body)
    if envelope.get("code") != "0" or "msg" not in envelope:
        raise UnreadableError
    return as_list(envelope.get("data"))


def read_rights(body: object) -> KeyRights:
    info = as_object(_data(body)[0])
    named, unknown = sort_rights(split_words(as_text(info.get("perm"))), WORDS)
    ips, mode = info.get("ip"), as_text(info.get("acctLv"))
    if not isinstance(ips, str):
        raise UnreadableError
    if Right.TRADE in named:
        # The box also moves money between the account's own wallets, and reaches futures in some account modes.
        named[Right.TRANSFER] = named[Right.TRADE]
        named |= {Right.FUTURES: named[Right.TRADE]} if mode in FUTURES_MODES else {}
    return KeyRights(named=named, unknown=unknown, ip_list=split_words(ips), account_uid=as_text(info.get("uid")))


def read_time(body: object) -> int:
    return as_millis(as_object(_data(body)[0]).get("ts"))


def read_balances(body: object) -> object:
    account = as_object(_data(body)[0])
    as_text(account.get("uTime"))
    return rows_in(account, "details", "ccy")


def read_orders(body: object) -> object:
    """OKX answers a bare list inside its envelope: an empty one is what an idle account has."""
    return as_rows(_data(body), "ordId")


def _pending(kind: str) -> Question:
    def parameters(asking: Asking) -> dict[str, object]:
        return {"instType": kind}

    return Question(ask=Ask.ORDERS, method="privateGetTradeOrdersPending", read=read_orders, parameters=parameters)


FIRST = (
    Question(ask=Ask.TIME, method="publicGetPublicTime", read=read_time),
    Question(ask=Ask.RIGHTS, method="privateGetAccountConfig", read=read_rights),
)
BALANCES = Question(ask=Ask.BALANCES, method="privateGetAccountBalance", read=read_balances)
DEMO_KEY = (
    _("This key is for demo trading at OKX."),
    _("Create a key outside demo trading and press “Replace key”."),
)

SITES = (
    Site(
        slug="eea",
        name="OKX EEA",
        domain="my.okx.com",
        whose=_("Accounts of the European Economic Area"),
        page="https://my.okx.com/account/my-api",
        base="https://eea.okx.com",
        lacks=_("It offers spot only here, with pairs of its own: most are against USDC and EUR, not USDT."),
    ),
    Site(
        slug="us",
        name="OKX US",
        domain="app.okx.com",
        whose=_("Accounts of the United States and Australia"),
        page="https://app.okx.com/account/my-api",
        base="https://us.okx.com",
        lacks=_("It offers spot only here, with pairs of its own."),
    ),
)

SPEC = ExchangeSpec(
    slug="okx",
    name="OKX",
    ccxt_id="okx",
    credentials=(
        api_key(
            r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            _("36 characters in five groups, as the page shows them."),
            label="API key",
            example="b68428e0-…",
        ),
        secret(r"[0-9A-F]{32}", _("32 digits and capital letters from A to F."), label="Secret key"),
        passphrase(r"[!-~]{1,64}", _("The passphrase you chose when you made this key: not your login password.")),
    ),
    markets=(Market.SPOT, Market.FUTURES),
    guide=Guide(
        page="https://www.okx.com/account/my-api",
        steps=(
            _("Log in to www.okx.com, open your profile icon, then API, then Create API key."),
            _("Choose the purpose “API trading” (not “Link third-party app”, and not a demo trading key)."),
            _("Enter a name and a passphrase. Write the passphrase down: you need it here."),
            _("Tick the boxes below and paste our addresses into the IP allowlist."),
            _("Confirm with two-factor authentication; copy API key and secret key."),
            _("“Trade” also lets a key move money between your own OKX accounts: OKX has no separate box for that."),
            _("A bot trades with the trading account: move its money there from the funding account."),
            _("For futures, set the account mode to “Futures mode” or higher first."),
        ),
        tick={Market.SPOT: ("Read", "Trade"), Market.FUTURES: ("Read", "Trade")},
        never=("Withdraw",),
        lifetime=_("A trading key without an IP allowlist expires after 14 days without use. A key with one stays."),
        ip_note=_("IP allowlist: up to 20 addresses (IPv4, IPv6 or CIDR), separated by commas or spaces."),
        names=("OKX Spot Main", "OKX Futures Conservative", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (FIRST, (BALANCES, _pending("SPOT"))),
        Market.FUTURES: (FIRST, (BALANCES, _pending("SWAP"))),
    },
    boxes={
        Right.READ: "Read",
        Right.TRADE: "Trade",
        Right.FUTURES: "Futures mode” as the account’s mode and “Trade",
        Right.TRANSFER: "Trade",
        Right.WITHDRAW: "Withdraw",
    },
    errors=ErrorTable(
        ok=frozenset({"0"}),
        # An order's own refusal stands inside: code "1" outside, sCode in the first row.
        list_key="data",
        code_keys=("sCode", "code"),
        text_keys=("sMsg", "msg"),
        codes=by_cause(
            {
                Cause.KEY_WRONG_SITE: "50101",
                Cause.KEY_FROZEN: "50100",
                Cause.CLOCK: "50102 50112",
                Cause.KEY_MALFORMED: "50103 50104 50106 50107",
                Cause.PASSPHRASE_WRONG: "50105",
                # 50035: The key must have an IP list before this may be asked: what to do is the same.
                Cause.IP_NOT_ALLOWED: "50110 50035",
                Cause.KEY_INVALID: "50111 50119",
                Cause.SECRET_WRONG: "50113",
                Cause.RIGHT_MISSING: "50120 50123 50124 50030",
                Cause.REGION: "50121 51155",
                Cause.RATE_LIMITED: "50011 50040 50061",
                Cause.UNAVAILABLE: "50001 50004 50005 50013 50026",
                # 50051: where the account is at home, not where our server stands.
                Cause.ACCOUNT_RESTRICTED: "50007 50008 50009 50012 50027 50029 50051 50060 51009 51010 51024 51732 "
                "59113 4088",
            }
        ),
    ),
    bases=lambda base, futures: {"rest": base},
    base="https://www.okx.com",
    domain="www.okx.com",
    whose=_("Accounts of everywhere else"),
    sites=SITES,
    trading=TRADING,
    options={"fetchMarkets": {"types": ["spot", "swap"]}},
    wording={Cause.KEY_WRONG_SITE: DEMO_KEY},
    code_words={
        **phrases.for_codes("4088 50060 51732 59113", phrases.IDENTITY),
        **phrases.for_codes("50007 50009 50012 50027 51024", phrases.FROZEN),
        "50100": phrases.LOCKED_KEYS,
    },
    idle_days=14,
    tells_expiry=False,
)
