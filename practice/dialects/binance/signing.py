"""Binance's signature over query and body as they are on the wire, and its words for each refusal."""

import re
from dataclasses import replace
from random import Random
from string import ascii_letters, digits
from typing import Any

from practice.dialect import Credentials
from practice.dialects.binance.names import TRADE
from practice.http import signing, wire
from practice.http.wire import Answer, Call, eight
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "binance"
SIGNATURE = re.compile(r"(^|&)signature=[^&]*")
KEY_FORM = re.compile(r"[A-Za-z0-9]{64}")
STALE = "Timestamp for this request is outside of the recvWindow."
AHEAD = "Timestamp for this request was 1000ms ahead of the server's time."
LEGAL_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
ILLEGAL_ID = f"Illegal characters found in parameter 'newClientOrderId'; legal range is '{LEGAL_ID}'."
AMBIGUOUS = "Invalid API-key, IP, or permissions for action."
MISSING = "Mandatory parameter '{}' was not sent, was empty/null, or malformed."
TOO_MUCH = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams."
)

# Reason: (HTTP status, code, text)
ERRORS: dict[Reason, tuple[int, int, str]] = {
    Reason.NO_ROUTE: (404, 0, "Not Found"),
    Reason.NO_CREDENTIALS: (401, -2014, "API-key format invalid."),
    Reason.MALFORMED_KEY: (401, -2014, "API-key format invalid."),
    Reason.UNKNOWN_KEY: (400, -2008, "Invalid Api-Key ID."),
    Reason.EXPIRED_KEY: (401, -2015, AMBIGUOUS),
    Reason.IP: (401, -2015, AMBIGUOUS),
    Reason.RIGHT: (401, -2015, AMBIGUOUS),
    Reason.BAD_SIGNATURE: (400, -1022, "Signature for this request is not valid."),
    Reason.NO_SIGNATURE: (400, -1102, MISSING),
    Reason.STALE_TIME: (400, -1021, "{}"),
    Reason.WINDOW_TOO_WIDE: (400, -1131, "recvWindow must be less than 60000"),
    Reason.ACCOUNT_FROZEN: (400, -3022, "You account's trading is banned."),
    Reason.RATE_LIMITED: (429, -1003, TOO_MUCH),
    Reason.BAD_PARAMETER: (400, -1102, MISSING),
    Reason.UNKNOWN_PAIR: (400, -1121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (400, -2013, "Order does not exist."),
    Reason.ORDER_CLOSED: (400, -2011, "Unknown order sent."),
    Reason.INSUFFICIENT: (400, -2010, "Account has insufficient balance for requested action."),
    Reason.BELOW_MINIMUM: (400, -1013, "Filter failure: {}"),
    Reason.PRECISION: (400, -1013, "Filter failure: {}"),
    Reason.PRICE_BAND: (400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    Reason.WOULD_TAKE: (400, -2010, "Order would immediately match and take."),
    Reason.DUPLICATE_CLIENT_ID: (400, -2010, "Duplicate order sent."),
}
# Words that are on no list have a code of their own.
BAD_WORDS = {
    "timeInForce": (-1115, "Invalid timeInForce."),
    "type": (-1116, "Invalid orderType."),
    "side": (-1117, "Invalid side."),
    "newOrderRespType": (-1175, "Invalid newOrderRespType."),
    "interval": (-1120, "Invalid interval."),
}
FILTERS = {"quantity": "LOT_SIZE", "price": "PRICE_FILTER"}


def respond(call: Call, data: Any) -> Answer:
    return Answer.json(data, headers={"x-mbx-used-weight-1m": "20"}, write=eight)


def refuse(call: Call, refused: RefusedError) -> Answer:
    if refused.reason is Reason.BAD_WORD:
        code, text = BAD_WORDS[refused.detail]
        return Answer.json({"code": code, "msg": text}, 400)
    status, code, text = ERRORS[refused.reason]
    if code == -2015:
        # The wallet's paths answer 400; the futures host adds whose address it saw.
        status = 400 if call.path.startswith("/sapi/") else status
        text = f"{text[:-1]}, request ip: {call.ip}" if call.host == "futures" else text
    if refused.detail == "newClientOrderId":
        return Answer.json({"code": -1100, "msg": ILLEGAL_ID}, 400)
    return Answer.json({"code": code, "msg": text.format(_detail(refused))}, status)


def _detail(refused: RefusedError) -> str:
    if refused.reason is Reason.PRECISION:
        return FILTERS[refused.detail]
    if refused.reason is Reason.BELOW_MINIMUM:
        return "NOTIONAL" if refused.detail.endswith(("USDT", "USDC")) else "LOT_SIZE"
    return refused.detail


def api_key(call: Call) -> str | None:
    return call.headers.get("X-MBX-APIKEY")


def sign_in(call: Call) -> Key:
    """Ask for the key, its address, the time and the signature; the rights come last."""
    name = api_key(call) or ""
    if not KEY_FORM.fullmatch(name):
        raise RefusedError(Reason.MALFORMED_KEY)
    key = signing.known_key(call, SLUG, name)
    signing.require_ip(call, key)
    if key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    for needed in ("timestamp", "signature"):
        if not call.params.get(needed):
            raise RefusedError(Reason.NO_SIGNATURE, needed)
    _require_window(call)
    signing.require_equal(call.params["signature"].lower(), signing.sha256_hex(key.secret, _payload(call)))
    return _lapsed(call, key)


def _require_window(call: Call) -> None:
    window, sent = call.params.get("recvWindow", "5000"), call.params["timestamp"]
    if not window.isdecimal() or not 0 < int(window[:9]) <= 60_000:
        raise RefusedError(Reason.WINDOW_TOO_WIDE)
    if not wire.is_moment(sent):
        raise RefusedError(Reason.NO_SIGNATURE, "timestamp")
    if int(sent) >= call.now + 1_000:
        raise RefusedError(Reason.STALE_TIME, AHEAD)
    if call.now - int(sent) > int(window):
        raise RefusedError(Reason.STALE_TIME, STALE)


def _payload(call: Call) -> str:
    """Return query and body as sent, joined by nothing, less the signature."""
    return "".join(SIGNATURE.sub("", part) for part in (call.query, call.body.decode(errors="replace")))


def _lapsed(call: Call, key: Key) -> Key:
    """Take the trade right from a key without trusted IPs once its time is over: the key itself lives on."""
    if not key.is_expired(call.now):
        return key
    return replace(key, expires=None, rights=tuple(right for right in key.rights if right not in TRADE))


def credentials(random: Random) -> Credentials:
    api_key, secret = ("".join(random.choices(ascii_letters + digits, k=64)) for _ in range(2))
    return Credentials(api_key, secret)
