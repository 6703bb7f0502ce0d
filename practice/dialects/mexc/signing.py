"""MEXC's signatures, in the query on spot v3 and in headers on contract v1, and its words for each refusal."""

import re
from random import Random
from string import ascii_letters, digits
from typing import Any

from practice.dialect import Credentials
from practice.http import signing, wire
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "mexc"
SIGNATURE = re.compile(r"(^|&)signature=[^&]*")

# Reason: (HTTP status, code, text). The contract API has its own codes inside HTTP 200.
SPOT_ERRORS: dict[Reason, tuple[int, int, str]] = {
    Reason.NO_ROUTE: (404, 404, "Not Found"),
    Reason.NO_CREDENTIALS: (400, 400, "api key required"),
    Reason.NO_SIGNATURE: (400, 700004, "Mandatory parameter '{}' was not sent, was empty/null, or malformed."),
    Reason.MALFORMED_KEY: (400, 700001, "API-key format invalid"),
    Reason.UNKNOWN_KEY: (400, 10072, "Api key info invalid"),
    Reason.EXPIRED_KEY: (400, 10072, "Api key info invalid"),
    Reason.BAD_SIGNATURE: (400, 700002, "Signature for this request is not valid."),
    Reason.STALE_TIME: (400, 700003, "Timestamp for this request is outside of the recvWindow."),
    Reason.WINDOW_TOO_WIDE: (400, 700005, "recvWindow must less than 60000"),
    Reason.IP: (400, 700006, "IP [{}] not in the ip white list"),
    Reason.RIGHT: (400, 700007, "No permission to access the endpoint."),
    Reason.ACCOUNT_FROZEN: (400, 60005, "your account is abnormal"),
    Reason.RATE_LIMITED: (429, 429, "Too Many Requests"),
    Reason.BAD_PARAMETER: (400, 700004, "Mandatory parameter '{}' was not sent, was empty/null, or malformed."),
    Reason.UNKNOWN_PAIR: (400, -1121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (400, -2013, "Order does not exist."),
    Reason.ORDER_CLOSED: (400, -2011, "Unknown order sent."),
    Reason.INSUFFICIENT: (400, 30004, "Insufficient position"),
    Reason.BELOW_MINIMUM: (400, 30002, "The minimum transaction volume cannot be less than：{}"),
    Reason.PRECISION: (400, 30002, "{} scale is invalid"),
    Reason.PRICE_BAND: (400, 30087, "Order price exceeds allowed range"),
    Reason.DUPLICATE_CLIENT_ID: (400, 30026, "Invalid order ID"),
}
CONTRACT_ERRORS: dict[Reason, tuple[int, str]] = {
    Reason.NO_ROUTE: (404, "Not Found"),
    Reason.NO_CREDENTIALS: (401, "Unauthorized"),
    Reason.UNKNOWN_KEY: (401, "Unauthorized"),
    Reason.EXPIRED_KEY: (402, "API Key expired"),
    Reason.IP: (406, "accessed IP is not in the whitelist"),
    Reason.STALE_TIME: (513, "Invalid request(for open api serves time more or less than 10s)"),
    Reason.BAD_SIGNATURE: (602, "签名验证失败!"),
    Reason.RATE_LIMITED: (510, "Excessive frequency of requests"),
    Reason.ACCOUNT_FROZEN: (6001, "Trading forbidden"),
    Reason.BAD_PARAMETER: (600, "Parameter error"),
}
MISSING: dict[str, tuple[int, str]] = {
    "CONTRACT_ACCOUNT_READ": (701, "Account read permission is required"),
    "CONTRACT_ACCOUNT_WRITE": (702, "Account modify permission is required"),
    "CONTRACT_DEAL_READ": (703, "Trade information read permission is required"),
    "CONTRACT_DEAL_WRITE": (704, "Transaction information modify permission is required"),
}


def is_contract(call: Call) -> bool:
    return call.path.startswith("/api/v1/")


def respond(call: Call, data: Any) -> Answer:
    return Answer.json({"success": True, "code": 0, "data": data} if is_contract(call) else data)


def refuse(call: Call, refused: RefusedError) -> Answer:
    if is_contract(call):
        return _refuse_contract(refused)
    status, code, text = SPOT_ERRORS[refused.reason]
    return Answer.json({"code": code, "msg": text.format(refused.detail)}, status)


def _refuse_contract(refused: RefusedError) -> Answer:
    found = MISSING.get(refused.detail) if refused.reason is Reason.RIGHT else CONTRACT_ERRORS.get(refused.reason)
    code, text = found or (500, "Internal error")
    return Answer.json({"success": False, "code": code, "message": text})


def api_key(call: Call) -> str | None:
    return call.headers.get("X-MEXC-APIKEY") or call.headers.get("ApiKey")


def sign_in(call: Call) -> Key:
    name = api_key(call)
    if not name:
        raise RefusedError(Reason.NO_CREDENTIALS)
    return _sign_in_contract(call, name) if is_contract(call) else _sign_in_spot(call, name)


def _sign_in_spot(call: Call, name: str) -> Key:
    key = signing.known_key(call, SLUG, name)
    for needed in ("signature", "timestamp"):
        if not call.params.get(needed):
            raise RefusedError(Reason.NO_SIGNATURE, needed)
    signing.require_equal(call.params["signature"], signing.sha256_hex(key.secret, _total(call)))
    _require_window(call)
    signing.require_ip(call, key)
    _require_life(call, key)
    return key


def _total(call: Call) -> str:
    """Return what is signed: query and body as on the wire, joined without &, less the signature itself."""
    return "".join(SIGNATURE.sub("", part) for part in (call.query, call.body.decode(errors="replace")))


def _require_window(call: Call) -> None:
    window = call.params.get("recvWindow", "5000")
    if not wire.is_moment(window) or int(window) > 60_000:
        raise RefusedError(Reason.WINDOW_TOO_WIDE)
    signing.require_time(call, call.params["timestamp"], behind=int(window), ahead=999)


def _require_life(call: Call, key: Key) -> None:
    """Keep apiKeyInfo open to dead keys (it is what tells them), and spot closed to keys without a spot right."""
    has_spot = any(name.startswith("SPOT_") for name in key.rights)
    is_dead = key.is_expired(call.now) or key.state == "frozen"
    if call.path != "/api/v3/apiKeyInfo" and (is_dead or not has_spot):
        raise RefusedError(Reason.EXPIRED_KEY)


def _sign_in_contract(call: Call, name: str) -> Key:
    key = signing.known_key(call, SLUG, name)
    sent = call.headers.get("Request-Time", "")
    payload = call.body.decode(errors="replace") if call.method == "POST" else call.query
    signing.require_equal(call.headers.get("Signature", ""), signing.sha256_hex(key.secret, name + sent + payload))
    signing.require_time(call, sent, behind=10_000, ahead=10_000)
    signing.require_ip(call, key)
    if key.is_expired(call.now) or key.state == "frozen":
        raise RefusedError(Reason.EXPIRED_KEY)
    return key


def credentials(random: Random) -> Credentials:
    name = "mx0" + "".join(random.choices(ascii_letters + digits, k=15))
    return Credentials(name, f"{random.getrandbits(128):032x}")
