"""Bybit's signed headers, its envelope, and its words for each refusal: nearly all with HTTP 200."""

from dataclasses import replace
from random import Random
from string import ascii_letters, digits
from typing import Any, NamedTuple

from practice.dialect import Credentials
from practice.dialects.bybit.names import READ
from practice.http import signing, wire
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "bybit"
HEADERS = ("X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN")
STALE = (
    "invalid request, please check your server timestamp or recv_window param. "
    "req_timestamp[{}],server_timestamp[{}],recv_window[{}]"
)

# Reason: (HTTP status, retCode, text)
ERRORS: dict[Reason, tuple[int, int, str]] = {
    Reason.NO_ROUTE: (404, 10017, "Route not found."),
    Reason.NO_CREDENTIALS: (200, 10001, "params error: openapi sign params error!"),
    Reason.UNKNOWN_KEY: (200, 10003, "API key is invalid."),
    Reason.EXPIRED_KEY: (200, 33004, "Your api key has expired."),
    Reason.BAD_SIGNATURE: (200, 10004, "error sign! origin_string[{}]"),
    Reason.STALE_TIME: (200, 10002, "{}"),
    Reason.IP: (200, 10010, "Unmatched IP, please check your API key's bound IP addresses."),
    Reason.RIGHT: (200, 10005, "Permission denied, please check your API key permissions."),
    Reason.ACCOUNT_FROZEN: (200, 10008, "Common banned, please check your account mode"),
    Reason.RATE_LIMITED: (200, 10006, "Too many visits. Exceeded the API Rate Limit."),
    Reason.BAD_PARAMETER: (200, 10001, "params error: {} invalid"),
    Reason.UNKNOWN_PAIR: (200, 170121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (200, 170213, "Order does not exist."),
    Reason.ORDER_CLOSED: (200, 170213, "Order does not exist."),
    Reason.INSUFFICIENT: (200, 170131, "Insufficient balance."),
    Reason.BELOW_MINIMUM: (200, 170140, "Order value exceeded lower limit."),
    Reason.PRECISION: (200, 170137, "Order quantity has too many decimals."),
    Reason.PRICE_BAND: (200, 170193, "Buy order price cannot be higher than {}USDT."),
    Reason.DUPLICATE_CLIENT_ID: (200, 170141, "Duplicate clientOrderId"),
}
ACCOUNT_TYPE = "accountType only support UNIFIED."
CLASSIC = (10028, "The API can only be accessed by unified account users.")
PRICE_PRECISION = (170134, "Order price has too many decimals.")
LOW_AMOUNT = (170136, "Order quantity exceeded lower limit.")


class Extended(NamedTuple):
    """A result with more beside it, in the envelope's retExtInfo."""

    result: Any
    more: dict[str, Any]


def respond(call: Call, data: Any) -> Answer:
    result, more = data if isinstance(data, Extended) else (data, {})
    limits = {"X-Bapi-Limit": "50", "X-Bapi-Limit-Status": "49", "X-Bapi-Limit-Reset-Timestamp": str(call.now)}
    body = {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": more, "time": call.now}
    return Answer.json(body, headers=limits)


def refuse(call: Call, refused: RefusedError) -> Answer:
    status, (code, text) = ERRORS.get(refused.reason, ERRORS[Reason.BAD_PARAMETER])[0], words(refused)
    body = {"retCode": code, "retMsg": text, "result": {}, "retExtInfo": {}, "time": call.now}
    return Answer.json(body, status)


def words(refused: RefusedError) -> tuple[int, str]:
    """Return code and text of a refusal, as they stand in the envelope or, of one of a batch, beside it."""
    _, code, text = ERRORS.get(refused.reason, ERRORS[Reason.BAD_PARAMETER])
    return _narrow(refused) or (code, text.format(refused.detail))


def _narrow(refused: RefusedError) -> tuple[int, str] | None:
    """Return the code that stands for this one detail of a reason."""
    if refused.reason is Reason.PRECISION and refused.detail == "price":
        return PRICE_PRECISION
    if refused.reason is Reason.BELOW_MINIMUM and not refused.detail.endswith(("USDT", "USDC")):
        return LOW_AMOUNT
    if refused.reason is Reason.BAD_PARAMETER and refused.detail == "accountType":
        return 10001, ACCOUNT_TYPE
    if refused.side.endswith("min"):
        return 170194, f"Sell order price cannot be lower than {refused.detail}USDT."
    return CLASSIC if refused.detail == "classic" else None


def api_key(call: Call) -> str | None:
    return call.headers.get(HEADERS[0])


def sign_in(call: Call) -> Key:
    name, sent, signature = (call.headers.get(header, "") for header in HEADERS)
    if not all((name, sent, signature)):
        raise RefusedError(Reason.NO_CREDENTIALS)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    signing.require_ip(call, key)
    window = call.headers.get("X-BAPI-RECV-WINDOW", "5000")
    _require_window(call, sent, window)
    payload = f"{sent}{name}{window}{_payload(call)}"
    try:
        signing.require_equal(signature.lower(), signing.sha256_hex(key.secret, payload))
    except RefusedError:
        raise RefusedError(Reason.BAD_SIGNATURE, payload) from None
    return _effective(key)


def _require_window(call: Call, sent: str, window: str) -> None:
    is_sane = wire.is_moment(sent) and wire.is_moment(window)
    if not is_sane or not call.now - int(window) <= int(sent) < call.now + 1_000:
        raise RefusedError(Reason.STALE_TIME, STALE.format(sent, call.now, window))


def _payload(call: Call) -> str:
    return call.body.decode(errors="replace") if call.method == "POST" else call.query


def is_read_only(key: Key) -> bool:
    return "ReadOnly" in key.rights or set(key.rights) <= set(READ)


def _effective(key: Key) -> Key:
    """Let a read-only key only read, whatever its boxes say; `note` and boxes stay as they are shown."""
    return replace(key, rights=(*key.rights, "ReadOnly")) if is_read_only(key) else key


def credentials(random: Random) -> Credentials:
    api_key, secret = ("".join(random.choices(ascii_letters + digits, k=k)) for k in (18, 36))
    return Credentials(api_key, secret)
