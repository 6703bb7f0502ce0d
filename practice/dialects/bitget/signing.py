"""Bitget's signed headers, its two kinds of account, and its words for each refusal."""

from random import Random
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote

from practice.dialect import Credentials
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "bitget"
WINDOW = 30_000
KEY, SIGN, TIME, PASSPHRASE = (f"ACCESS-{name}" for name in ("KEY", "SIGN", "TIMESTAMP", "PASSPHRASE"))
DEMO = "PAPTRADING"

# Reason: (HTTP status, code, text)
ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.NO_ROUTE: (404, "40404", "Request URL NOT FOUND"),
    Reason.NO_CREDENTIALS: (400, "40001", "ACCESS_KEY cannot be empty"),
    Reason.UNKNOWN_KEY: (400, "40006", "Invalid ACCESS_KEY"),
    Reason.EXPIRED_KEY: (400, "40006", "Invalid ACCESS_KEY"),
    Reason.BAD_SIGNATURE: (400, "40009", "sign signature error"),
    Reason.BAD_PASSPHRASE: (400, "40012", "apikey/password is incorrect"),
    Reason.STALE_TIME: (400, "40008", "Request timestamp expired"),
    Reason.IP: (400, "40018", "Invalid IP"),
    Reason.RIGHT: (400, "40014", "Incorrect permissions, need {} permissions"),
    Reason.ACCOUNT_FROZEN: (
        400,
        "50010",
        "The account is abnormally frozen. If you have any questions, please contact us",
    ),
    Reason.RATE_LIMITED: (429, "429", "Too Many Requests"),
    Reason.BAD_PARAMETER: (400, "40034", "Parameter {} does not exist"),
    Reason.UNKNOWN_PAIR: (400, "40034", "Parameter {} does not exist"),
    Reason.UNKNOWN_ORDER: (400, "43001", "The order does not exist"),
    Reason.ORDER_CLOSED: (400, "43001", "The order does not exist"),
    Reason.INSUFFICIENT: (400, "43012", "Insufficient balance"),
    Reason.BELOW_MINIMUM: (400, "45110", "less than the minimum amount {}"),
    Reason.PRECISION: (400, "40808", "Parameter verification exception {} checkBDScale error"),
    Reason.PRICE_BAND: (400, "43009", "The current order price exceeds the limit {}"),
    Reason.DUPLICATE_CLIENT_ID: (400, "40786", "Duplicate clientOid"),
}
# What orders of unified accounts are told instead.
UNIFIED_ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.BAD_PARAMETER: (400, "400172", "Parameter verification failed"),
    Reason.UNKNOWN_PAIR: (400, "25100", "Trading pair {} does not exist"),
    Reason.UNKNOWN_ORDER: (400, "25204", "Order does not exist"),
    Reason.ORDER_CLOSED: (400, "25204", "Order does not exist"),
    Reason.INSUFFICIENT: (400, "25202", "Insufficient balance"),
    Reason.BELOW_MINIMUM: (400, "25207", "The trading quantity cannot be less than {} units"),
    Reason.PRECISION: (400, "25610", "Order amount does not meet precision requirements"),
    Reason.PRICE_BAND: (400, "25206", "The trading price cannot exceed {}"),
    Reason.DUPLICATE_CLIENT_ID: (400, "25212", "Duplicate clientOid"),
}
HEADERS: dict[str, tuple[str, str]] = {
    SIGN: ("40002", "ACCESS_SIGN cannot be empty"),
    TIME: ("40003", "ACCESS_TIMESTAMP cannot be empty"),
    PASSPHRASE: ("40011", "ACCESS_PASSPHRASE cannot be empty"),
    "format": ("40005", "Invalid ACCESS_TIMESTAMP"),
    "classic": ("40084", "You are in Classic Account mode, and the Unified Account API is not supported at this time"),
    "unified": ("40085", "You are in Unified Account mode, and the Classic Account API is not supported at this time"),
}
NEEDED = {
    "stor": "spot order read or spot order write",
    "stow": "spot order write",
    "coor": "contract order read or contract order write",
    "cpor": "contract position read or contract position write",
    "uta_mgt": "uta manage read or uta manage write",
    "uta_trade": "uta trade read or uta trade write",
    "uta_trade_write": "uta trade write",
}


# A price below the band has a code of its own.
TOO_LOW = (400, "25205", "The trading price cannot be below {}")
CLASSIC_TOO_LOW = (400, "43008", "The current order price cannot be less than {}")


def respond(call: Call, data: Any) -> Answer:
    return Answer.json({"code": "00000", "msg": "success", "requestTime": call.now, "data": data})


def refuse(call: Call, refused: RefusedError) -> Answer:
    if refused.reason is Reason.NO_SIGNATURE:
        return _no(call, 400, *HEADERS[refused.detail])
    if refused.reason is Reason.RATE_LIMITED:
        return Answer.json({"code": "429", "msg": "Too Many Requests"}, 429)
    is_unified = call.path.startswith("/api/v3/trade/")
    table = {**ERRORS, **UNIFIED_ERRORS} if is_unified else ERRORS
    status, code, text = table.get(refused.reason, (400, "40034", "Parameter {} does not exist"))
    if refused.side.endswith("min"):
        status, code, text = TOO_LOW if is_unified else CLASSIC_TOO_LOW
    return _no(call, status, code, text.format(NEEDED.get(refused.detail, refused.detail)))


def words(refused: RefusedError) -> tuple[str, str]:
    """Return code and text of one order's refusal, as they stand in a batch."""
    _, code, text = ERRORS.get(refused.reason, (400, "40034", "Parameter {} does not exist"))
    if refused.side.endswith("min"):
        _, code, text = CLASSIC_TOO_LOW
    return code, text.format(refused.detail)


def _no(call: Call, status: int, code: str, text: str) -> Answer:
    return Answer.json({"code": code, "msg": text, "requestTime": call.now, "data": None}, status)


def api_key(call: Call) -> str | None:
    return call.headers.get(KEY)


def sign_in(call: Call) -> Key:
    """Ask for headers, time, key, IP, passphrase, signature, then for the kind of account that the path belongs to."""
    if not (name := api_key(call)):
        raise RefusedError(Reason.NO_CREDENTIALS)
    for header in (SIGN, TIME, PASSPHRASE):
        if not call.headers.get(header):
            raise RefusedError(Reason.NO_SIGNATURE, header)
    if not call.headers[TIME].isdecimal():
        raise RefusedError(Reason.NO_SIGNATURE, "format")
    signing.require_time(call, call.headers[TIME], behind=WINDOW, ahead=WINDOW)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid" or call.headers.get(DEMO) == "1":
        raise RefusedError(Reason.EXPIRED_KEY)
    signing.require_ip(call, key)
    signing.require_equal(call.headers[PASSPHRASE], key.passphrase, reason=Reason.BAD_PASSPHRASE)
    signing.require_equal(call.headers[SIGN], signing.sha256_base64(key.secret, _signed(call)))
    _require_kind(call, key)
    return key


def _signed(call: Call) -> str:
    """Return what is signed: the query is percent-decoded, the body as it is on the wire."""
    query = f"?{unquote(call.query)}" if call.query else ""
    return f"{call.headers[TIME]}{call.method}{call.path}{query}{call.body.decode(errors='replace')}"


def _require_kind(call: Call, key: Key) -> None:
    kind = call.world.account_of(key).traits.get("kind", "classic")
    if kind != ("unified" if call.path.startswith("/api/v3/") else "classic"):
        raise RefusedError(Reason.NO_SIGNATURE, kind)


def credentials(random: Random) -> Credentials:
    secret = f"{random.getrandbits(256):064x}"
    phrase = "".join(random.choices(ascii_letters + digits, k=12))
    return Credentials(f"bg_{random.getrandbits(128):032x}", secret, phrase)
