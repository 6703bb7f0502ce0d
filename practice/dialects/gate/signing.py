"""Gate.io's signed headers and its labels for each refusal."""

import hashlib
import hmac
import re
from itertools import product
from random import Random
from typing import Any
from urllib.parse import unquote, unquote_plus

from practice.dialect import Credentials
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "gate"
WINDOW = 60_000
HEADERS = ("KEY", "Timestamp", "SIGN")
LIMITS = {"X-Gate-RateLimit-Requests-Remain": "199", "X-Gate-RateLimit-Limit": "200"}

# Reason: (HTTP status, label, message)
ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.NO_ROUTE: (404, "NOT_FOUND", "Not Found"),
    Reason.NO_CREDENTIALS: (400, "MISSING_REQUIRED_HEADER", "Missing required header: {}"),
    Reason.STALE_TIME: (403, "REQUEST_EXPIRED", "gap between request Timestamp and server time exceeds 60"),
    Reason.UNKNOWN_KEY: (401, "INVALID_KEY", "Invalid key provided"),
    Reason.EXPIRED_KEY: (401, "INVALID_KEY", "Invalid key provided"),
    Reason.BAD_SIGNATURE: (401, "INVALID_SIGNATURE", "Signature mismatch"),
    Reason.IP: (403, "FORBIDDEN", "Request IP not in whitelist: {}"),
    Reason.RIGHT: (403, "FORBIDDEN", "Request API key does not have {} permission"),
    Reason.ACCOUNT_FROZEN: (403, "ACCOUNT_LOCKED", "Account is locked"),
    Reason.RATE_LIMITED: (429, "TOO_MANY_REQUESTS", "Request Rate limit Exceeded (311001)"),
    Reason.BAD_PARAMETER: (400, "INVALID_PARAM_VALUE", "Invalid parameter value: {}"),
    Reason.UNKNOWN_PAIR: (400, "INVALID_CURRENCY_PAIR", "Invalid currency pair {}"),
    Reason.UNKNOWN_CURRENCY: (400, "INVALID_CURRENCY", "Invalid currency {}"),
    Reason.UNKNOWN_ORDER: (404, "ORDER_NOT_FOUND", "Order with ID {} not found"),
    Reason.ORDER_CLOSED: (400, "ORDER_CLOSED", "Order with ID {} is closed"),
    Reason.INSUFFICIENT: (400, "BALANCE_NOT_ENOUGH", "Not enough balance"),
    Reason.BELOW_MINIMUM: (400, "INVALID_PARAM_VALUE", "Your order size is too small. The minimum is {}"),
    Reason.PRICE_BAND: (400, "PRICE_TOO_DEVIATED", "order price deviates too much from the market price, limit: {}"),
    Reason.WOULD_TAKE: (400, "POC_FILL_IMMEDIATELY", "Order would match and take immediately so its cancelled"),
    Reason.NOT_WHOLE: (400, "FOK_NOT_FILL", "FOK order cannot be filled completely"),
    Reason.PRECISION: (400, "INVALID_PRECISION", "Invalid precision: {}"),
}


def respond(call: Call, data: Any) -> Answer:
    return Answer.json(data, 201 if call.method == "POST" else 200, LIMITS)


def refuse(call: Call, refused: RefusedError) -> Answer:
    status, label, message = told(call, refused)
    return Answer.json({"label": label, "message": message}, status, LIMITS)


def told(call: Call, refused: RefusedError) -> tuple[int, str, str]:
    """Return status, label and message of a refusal."""
    status, label, text = ERRORS.get(refused.reason, ERRORS[Reason.BAD_PARAMETER])
    detail = refused.detail
    if refused.reason is Reason.RIGHT:
        group, _, how = detail.partition(":")
        key = call.world.key(SLUG, api_key(call) or "")
        if how == "write" and key is not None and f"{group}:read" in key.rights:
            return 403, "READ_ONLY", "API key is read only"
        detail = group
    return status, label, text.format(re.sub(r"(?<=\d)(?=[A-Z])", " ", detail))


def api_key(call: Call) -> str | None:
    return call.headers.get("KEY")


def sign_in(call: Call) -> Key:
    """Ask in the order that probes suggest: headers, time, key, signature, IP."""
    for header in HEADERS:
        if not call.headers.get(header):
            raise RefusedError(Reason.NO_CREDENTIALS, header)
    name, sent, signature = (call.headers[header] for header in HEADERS)
    signing.require_time(call, _millis(sent), behind=WINDOW, ahead=WINDOW)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    signing.require_equal(signature, *_expected(call, key.secret, sent))
    signing.require_ip(call, key)
    return key


def _millis(sent: str) -> str:
    """Return a time in seconds as milliseconds: Gate's own client sends a fraction of a second with it."""
    whole, _, part = sent.partition(".")
    return f"{whole}{f'{part}000'[:3]}"


def _expected(call: Call, secret: str, sent: str) -> list[str]:
    """Gate signs the query un-encoded; clients that sign it as it is on the wire are let through as well."""
    body = hashlib.sha512(call.body).hexdigest()
    queries = {call.query, unquote(call.query), unquote_plus(call.query)}
    targets = product(call.paths, queries)
    return [_sign(secret, "\n".join((call.method, path, query, body, sent))) for path, query in targets]


def _sign(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(errors="replace"), hashlib.sha512).hexdigest()


def credentials(random: Random) -> Credentials:
    return Credentials(f"{random.getrandbits(128):032x}", f"{random.getrandbits(256):064x}")
