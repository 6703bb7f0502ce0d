"""Coinbase Advanced Trade. Wire facts: GET /brokerage/key_permissions says view, trade and transfer, and no more."""

import base64
import binascii
import json
import re
from collections.abc import Mapping

from exchanges import phrases
from exchanges.errors import Cause, ErrorTable, by_cause
from exchanges.known.coinbase.orders import TRADING
from exchanges.proven import UnreadableError, as_millis, as_object, as_text, rows_in
from exchanges.rights import KeyRights, Right, UnprovenError, sort_rights
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, ExchangeSpec, Guide, Market, Question, api_key, secret

WORDS = {
    "can_view": Right.READ,
    # Spot, and derivatives where the account has them: one box for both.
    "can_trade": Right.TRADE,
    # Sends and receives money on and off Coinbase, and between portfolios.
    "can_transfer": Right.WITHDRAW,
    # Makes deposit addresses: nothing can leave by them.
    "can_receive": Right.EXTRA,
}
TOLD = ("can_view", "can_trade", "can_transfer")

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PEM = re.compile(r"-----BEGIN ((?:EC )?PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL)
# Line breaks as JSON writes them, real ones, and what a one-line field makes of them.
BREAKS = re.compile(r"\\+[nr]|\s")
# How an Ed25519 key begins in PKCS#8; the 32 bytes after it are the key (RFC 8410).
ED25519 = bytes.fromhex("302e020100300506032b657004220420")
FILE_FIELDS = ("name", "id")


def normalise_key(text: str) -> str:
    """Return the key's name, also when the whole file that Coinbase gives was pasted."""
    return _from_file(text, *FILE_FIELDS).strip().strip("\"',").strip()


def normalise(text: str) -> str:
    """Return the secret in its one form: a PEM with real line breaks, or one line of base64.

    It takes the whole downloaded file, a PEM with literal or lost line breaks, and Ed25519 keys in either form.
    """
    text = _from_file(text, "privateKey")
    if not (found := PEM.search(text)):
        return BREAKS.sub("", text).strip("\"',")
    kind, body = found.group(1), BREAKS.sub("", found.group(2))
    if seed := _ed25519_seed(body):
        return seed
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"))


def _from_file(text: str, *fields: str) -> str:
    try:
        file = json.loads(text)
    except (ValueError, RecursionError):
        return text
    values = [file.get(field) for field in fields] if isinstance(file, dict) else []
    return next((value for value in values if isinstance(value, str)), text)


def _ed25519_seed(body: str) -> str:
    """Return the key as ccxt wants an Ed25519 key, "" for any other: it takes every PEM for ECDSA."""
    try:
        der = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return ""
    is_ed25519 = der.startswith(ED25519) and len(der) == len(ED25519) + 32
    return base64.b64encode(der[len(ED25519) :]).decode() if is_ed25519 else ""


def read_rights(body: object) -> KeyRights:
    """Read every can_… that is true; what Coinbase may add to its list tomorrow is unknown, not harmless."""
    info = as_object(body)
    flags = {name: value for name, value in info.items() if name.startswith("can_")}
    if any(not isinstance(value, bool) for value in flags.values()) or "portfolio_uuid" not in info:
        raise UnreadableError
    if any(name not in flags for name in TOLD):
        raise UnprovenError
    named, unknown = sort_rights((name for name, is_granted in flags.items() if is_granted), WORDS)
    return KeyRights(named=named, unknown=unknown, account_uid=as_text(info.get("portfolio_uuid")))


def read_time(body: object) -> int:
    return as_millis(as_object(body).get("epochMillis"))


def read_accounts(body: object) -> object:
    page = as_object(body)
    rows_in(page, "accounts", "uuid", "available_balance")
    return _whole(page)


def read_orders(body: object) -> object:
    page = as_object(body)
    rows_in(page, "orders", "order_id")
    return _whole(page)


def _whole(page: Mapping[str, object]) -> object:
    if not isinstance(page.get("has_next"), bool):
        raise UnreadableError
    return page


IDENTITY = (
    "personal_details_required identity_verification_required jumio_verification_required "
    "jumio_face_match_verification_required"
)
UNVERIFIED, DELETED = "unverified_email", "invalid_authentication_method"

SPEC = ExchangeSpec(
    slug="coinbase",
    name="Coinbase",
    ccxt_id="coinbase",
    credentials=(
        api_key(
            rf"organizations/{UUID}/apiKeys/{UUID}|{UUID}",
            _("Looks like organizations/…/apiKeys/…; you may paste the whole downloaded file here."),
            label="API key name",
            example="organizations/…/apiKeys/…",
            normalise=normalise_key,
        ),
        secret(
            r"-----BEGIN ((?:EC )?PRIVATE KEY)-----\n(?:[A-Za-z0-9+/=]{1,64}\n){2,8}-----END \1-----"
            r"|[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=",
            _("From -----BEGIN EC PRIVATE KEY----- to -----END EC PRIVATE KEY-----, or the whole downloaded file."),
            label="Private key",
            multiline=True,
            normalise=normalise,
        ),
    ),
    markets=(Market.SPOT,),
    guide=Guide(
        page="https://portal.cdp.coinbase.com/projects/api-keys",
        steps=(
            _("Log in to the Coinbase Developer Platform, open API Keys, then Secret API Keys, then Create API key."),
            _("Enter a nickname and open “API restrictions”: paste our addresses into the IP allowlist."),
            _("Choose the portfolio that holds the funds, and tick the boxes below."),
            _("Open “Advanced Settings” and choose the signature algorithm ECDSA."),
            _("Press Create & Download and confirm by 2FA: the private key is shown only once."),
        ),
        tick={Market.SPOT: ("View", "Trade")},
        never=("Transfer", "Export", "Manage", "Receive"),
        lifetime=_("No end of a key’s life is known; Coinbase does not tell one."),
        ip_note=_(
            "IP allowlist: addresses or ranges, separated by commas. Coinbase does not tell us whether it is set."
        ),
        names=("Coinbase Spot Main", "Recovery PRO Connection", "BTC ETH New Groups"),
    ),
    rounds={
        Market.SPOT: (
            (
                Question(ask=Ask.TIME, method="v3PublicGetBrokerageTime", read=read_time),
                Question(ask=Ask.RIGHTS, method="v3PrivateGetBrokerageKeyPermissions", read=read_rights),
            ),
            (
                Question(
                    ask=Ask.BALANCES,
                    method="v3PrivateGetBrokerageAccounts",
                    read=read_accounts,
                    parameters=lambda asking: {"limit": 250},
                ),
                Question(
                    ask=Ask.ORDERS,
                    method="v3PrivateGetBrokerageOrdersHistoricalBatch",
                    read=read_orders,
                    parameters=lambda asking: {"order_status": "OPEN", "limit": 100},
                ),
            ),
        )
    },
    boxes={Right.READ: "View", Right.TRADE: "Trade", Right.WITHDRAW: "Transfer"},
    errors=ErrorTable(
        code_keys=("error", "code", "id"),
        text_keys=("error_details", "message", "error_description"),
        list_key="errors",
        ok=frozenset(),
        codes=by_cause(
            {
                Cause.KEY_INVALID: "unauthorized UNAUTHENTICATED 16 authentication_error invalid_token revoked_token",
                Cause.RIGHT_UNPROVEN: "PERMISSION_DENIED",
                Cause.KEY_EXPIRED: "expired_token",
                Cause.ACCOUNT_RESTRICTED: f"{IDENTITY} {UNVERIFIED} {DELETED}",
                Cause.RIGHT_MISSING: "7 invalid_scope",
                Cause.RATE_LIMITED: "resource_exhausted RESOURCE_EXHAUSTED rate_limit_exceeded 8",
                Cause.UNAVAILABLE: "internal_server_error INTERNAL 13 UNAVAILABLE 14",
            }
        ),
        texts=(
            ("request timestamp expired", Cause.CLOCK),
            ("missing required scopes", Cause.RIGHT_MISSING),
            # The account or its country may not, whatever the key may.
            ("user has no access", Cause.ACCOUNT_RESTRICTED),
            ("user is not allowed", Cause.ACCOUNT_RESTRICTED),
        ),
        # One word for a wrong key, secret, address or time.
        plain={"unauthorized": Cause.KEY_INVALID},
    ),
    # It also comes with good keys under load.
    doubts=frozenset({Cause.KEY_INVALID}),
    # How far a token may lie in the future is not documented; two minutes in the past are.
    clock_window_ms=5_000,
    wording={
        Cause.KEY_INVALID: (
            _(
                "{name} refused this key and does not say why: the {key_label} or the {secret_label} is wrong, the key "
                "was deleted, or our server’s address is not on its IP allowlist."
            ),
            _(
                "Make sure that the key’s IP allowlist on {name} holds {address}. If it does, create a new key (ECDSA) "
                "and press “Replace key”."
            ),
        ),
    },
    code_words={
        **phrases.for_codes(IDENTITY, phrases.IDENTITY),
        UNVERIFIED: (
            _("{name} wants the e-mail address of this account confirmed before it may be used by API."),
            _("Log in to {name}, confirm your e-mail address there, then test again."),
        ),
        DELETED: (
            _("{name} has closed this account: it blocks API access for deleted users."),
            _("Use a key of an account that is open, or ask {name}’s support."),
        ),
    },
    bases=lambda base, futures: {"rest": base},
    base="https://api.coinbase.com",
    domain="www.coinbase.com",
    trading=TRADING,
    tells_ip_list=False,
    tells_expiry=False,
)
