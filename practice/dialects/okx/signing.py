"""OKX's signed headers and its words for each refusal, inside an order's row or around it."""

import re
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from practice.dialect import Credentials
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "okx"
WINDOW = 30_000
KEY, SIGN, TIME, PASSPHRASE = (f"OK-ACCESS-{name}" for name in ("KEY", "SIGN", "TIMESTAMP", "PASSPHRASE"))
DEMO = "x-simulated-trading"
# 2026-11-22T19:05:32.187Z
TIME_FORMAT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")

# Reason: (HTTP status, code, text)
ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.NO_ROUTE: (404, "404", "Not Found"),
    Reason.NO_CREDENTIALS: (401, "50103", 'Request header "OK-ACCESS-KEY" cannot be empty.'),
    Reason.MALFORMED_KEY: (401, "50111", "Invalid OK-ACCESS-KEY"),
    Reason.UNKNOWN_KEY: (401, "50119", "API key doesn't exist"),
    Reason.EXPIRED_KEY: (401, "50119", "API key doesn't exist"),
    Reason.BAD_SIGNATURE: (401, "50113", "Invalid Sign"),
    Reason.BAD_PASSPHRASE: (401, "50105", 'Request header "OK-ACCESS-PASSPHRASE" incorrect.'),
    Reason.STALE_TIME: (401, "50102", "Timestamp request expired"),
    Reason.RIGHT: (401, "50120", "This API key doesn't have permission to use this function"),
    Reason.ACCOUNT_FROZEN: (200, "50007", "User blocked"),
    Reason.RATE_LIMITED: (429, "50011", "Too Many Requests"),
    Reason.BAD_PARAMETER: (400, "51000", "Parameter {} error"),
    Reason.UNKNOWN_PAIR: (200, "51001", "Instrument ID does not exist"),
    Reason.UNKNOWN_ORDER: (200, "51603", "Order does not exist"),
}
# An order's own refusals: HTTP 200, code "1" outside, sCode and sMsg in the row.
TOO_LOW = ("51138", "Your opening price has triggered the limit price, and the min sell order price is {}.")
ORDER_ERRORS: dict[Reason, tuple[str, str]] = {
    Reason.BAD_PARAMETER: ("51000", "Parameter {} error"),
    Reason.UNKNOWN_PAIR: ("51001", "Instrument ID does not exist"),
    Reason.INSUFFICIENT: ("51008", "Order failed. Insufficient {} balance in account"),
    Reason.DUPLICATE_CLIENT_ID: ("51016", "Client order ID already exists"),
    Reason.BELOW_MINIMUM: ("51020", "Your order should meet or exceed the minimum order amount"),
    Reason.PRICE_BAND: (
        "51137",
        "Your opening price has triggered the limit price, and the max buy order price is {}.",
    ),
    Reason.PRECISION: ("51121", "Order quantity must be a multiple of the lot size"),
    Reason.UNKNOWN_ORDER: ("51400", "Cancellation failed as the order does not exist"),
    Reason.ORDER_CLOSED: ("51400", "Cancellation failed as the order does not exist"),
}
SUB_CODES = {"51008": "1000"}
TRADE_PATHS = "/api/v5/trade/"
NONE_DONE, SOME_DONE = ("1", "All operations failed"), ("2", "Bulk operation partially succeeded.")
HEADERS: dict[str, tuple[str, str]] = {
    SIGN: ("50106", 'Request header "OK-ACCESS-SIGN" cannot be empty.'),
    TIME: ("50107", 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.'),
    PASSPHRASE: ("50104", 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.'),
    "format": ("50112", "Invalid OK-ACCESS-TIMESTAMP"),
    DEMO: ("50101", "APIKey does not match current environment."),
}


def respond(call: Call, data: Any) -> Answer:
    """Wrap a result; of rows that can fail one by one the envelope says whether all, some or none of them did."""
    if call.method != "POST" or not call.path.startswith(TRADE_PATHS):
        return Answer.json({"code": "0", "data": data, "msg": ""})
    failed = sum(row["sCode"] != "0" for row in data)
    code, text = ("0", "") if not failed else NONE_DONE if failed == len(data) else SOME_DONE
    return Answer.json(
        {
            "code": code,
            "data": data,
            "msg": text,
            # When the request came in and its answer went out, in microseconds.
            "inTime": str(call.now * 1000),
            "outTime": str(call.now * 1000 + 900),
        }
    )


def refuse(call: Call, refused: RefusedError) -> Answer:
    reason, detail = refused.reason, refused.detail
    if call.method == "POST" and call.path.startswith(TRADE_PATHS) and reason in ORDER_ERRORS:
        return respond(call, [refused_row(call, call.json, refused)])
    if reason is Reason.IP:
        text = f"Your IP {detail} is not included in your API key's {api_key(call)} IP whitelist."
        return _no(401, "50110", text)
    if reason is Reason.NO_SIGNATURE:
        return _no(401, *HEADERS[detail])
    status, code, text = ERRORS.get(reason) or (200, *ORDER_ERRORS.get(reason, ("50026", "System error")))
    return _no(status, code, text.format(detail))


def _no(status: int, code: str, text: str) -> Answer:
    return Answer.json({"msg": text, "code": code}, status)


def refused_row(call: Call, asked: dict[str, Any], refused: RefusedError) -> dict[str, Any]:
    """Write what became of one order, under the names that its owner gave it."""
    code, text = ORDER_ERRORS.get(refused.reason, ("50026", "System error"))
    if refused.side.endswith("min"):
        code, text = TOO_LOW
    told = {"sCode": code, "sMsg": text.format(refused.detail), "subCode": SUB_CODES.get(code, "")}
    named = {"clOrdId": str(asked.get("clOrdId") or ""), "ordId": "", "tag": str(asked.get("tag") or "")}
    return {**named, **told, "ts": str(call.now)}


def api_key(call: Call) -> str | None:
    return call.headers.get(KEY)


def sign_in(call: Call) -> Key:
    """Ask for headers, time, key, IP, passphrase and signature; the real order is not documented."""
    if not (name := api_key(call)):
        raise RefusedError(Reason.NO_CREDENTIALS)
    for header in (PASSPHRASE, SIGN, TIME):
        if not call.headers.get(header):
            raise RefusedError(Reason.NO_SIGNATURE, header)
    _require_time(call)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    if call.headers.get(DEMO) == "1":
        raise RefusedError(Reason.NO_SIGNATURE, DEMO)
    signing.require_ip(call, key)
    signing.require_equal(call.headers[PASSPHRASE], key.passphrase, reason=Reason.BAD_PASSPHRASE)
    payload = f"{call.headers[TIME]}{call.method}{call.target}{call.body.decode(errors='replace')}"
    signing.require_equal(call.headers[SIGN], signing.sha256_base64(key.secret, payload))
    return key


def _require_time(call: Call) -> None:
    sent = call.headers[TIME]
    if not TIME_FORMAT.fullmatch(sent):
        raise RefusedError(Reason.NO_SIGNATURE, "format")
    try:
        at = datetime.fromisoformat(sent.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        raise RefusedError(Reason.NO_SIGNATURE, "format") from None
    signing.require_time(call, str(round(at.timestamp() * 1000)), behind=WINDOW, ahead=WINDOW)


def credentials(random: Random) -> Credentials:
    name = str(UUID(int=random.getrandbits(128), version=4))
    return Credentials(name, f"{random.getrandbits(128):032X}", f"Practice-{random.randrange(10**6):06d}")
