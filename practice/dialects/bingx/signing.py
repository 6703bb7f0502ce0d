"""BingX's signature over the parameters as they were sent, and its words for each refusal: always with HTTP 200."""

from random import Random
from string import ascii_letters, digits
from typing import Any

from practice.dialect import Credentials
from practice.dialects.bingx.names import RIGHTS
from practice.http import signing, wire
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "bingx"
WINDOW = 5_000
CONFIG = "https://bingx.com/en/account/api"

# Reason: (code, text)
ERRORS: dict[Reason, tuple[int, str]] = {
    Reason.NO_ROUTE: (100404, "the api you requested does not exist"),
    Reason.NO_CREDENTIALS: (100413, "Incorrect apiKey"),
    Reason.UNKNOWN_KEY: (100413, "Incorrect apiKey"),
    Reason.EXPIRED_KEY: (100413, "Incorrect apiKey"),
    Reason.NO_SIGNATURE: (100412, "Null signature"),
    Reason.BAD_SIGNATURE: (100001, "Signature verification failed due to signature mismatch"),
    Reason.STALE_TIME: (100421, f"Null timestamp or timestamp mismatch, try to run our sample code {CONFIG}"),
    Reason.WINDOW_TOO_WIDE: (109400, "recvWindow is invalid"),
    Reason.IP: (
        100419,
        f"your current request IP is {{}} does not match IP whitelist , please go to {CONFIG}/ to verify",
    ),
    Reason.RIGHT: (
        100004,
        "Permission denied as the API key was created without the permission，this api need {} permission， "
        f"please config it in {CONFIG}",
    ),
    Reason.ACCOUNT_FROZEN: (100414, "risk control check fail,code(1)"),
    Reason.RATE_LIMITED: (
        100410,
        "code:100410:The endpoint trigger frequency limit rule is currently in the disabled period",
    ),
    Reason.BAD_PARAMETER: (100400, "Missing or invalid parameters: {}"),
    Reason.UNKNOWN_PAIR: (100490, "spot symbol is offline or does not exist: {}"),
    Reason.UNKNOWN_ORDER: (100404, "order not exist"),
    Reason.ORDER_CLOSED: (
        100404,
        "the order you want to cancel is FILLED or CANCELLED already, or is not a valid order id ,please verify",
    ),
    Reason.INSUFFICIENT: (100202, "insufficient balance"),
    Reason.BELOW_MINIMUM: (100400, "the order is below the minimum of {}"),
    Reason.PRECISION: (100400, "Missing or invalid parameters: {}"),
    Reason.PRICE_BAND: (100440, "the price deviates greatly from the market, its limit is {}"),
    Reason.DUPLICATE_CLIENT_ID: (100400, "duplicated clientOrderID {}"),
}
# The permission call answers bare; everything else in an envelope.
BARE = "bare"
# Whose envelope has messages; that of others has the time.
WITH_MESSAGES = tuple(f"/openApi/spot/v1/{part}/" for part in ("trade", "user", "account", "common"))


def respond(call: Call, data: Any) -> Answer:
    if isinstance(data, dict) and BARE in data:
        return Answer.json(data[BARE])
    if call.path.startswith(WITH_MESSAGES):
        return Answer.json({"code": 0, "msg": "", "debugMsg": "", "data": data})
    return Answer.json({"code": 0, "msg": "", "timestamp": call.now, "data": data})


def refuse(call: Call, refused: RefusedError) -> Answer:
    code, text = ERRORS[refused.reason]
    detail = RIGHTS.get(refused.detail, refused.detail)
    status = 429 if refused.reason is Reason.RATE_LIMITED else 200
    return Answer.json({"code": code, "msg": text.format(detail), "timestamp": call.now}, status)


def api_key(call: Call) -> str | None:
    return call.headers.get("X-BX-APIKEY")


def sign_in(call: Call) -> Key:
    """Ask for signature and time first, then whose key it is, its signature and its address."""
    name = api_key(call)
    if not name:
        raise RefusedError(Reason.NO_CREDENTIALS)
    sent = call.params
    if not sent.get("signature"):
        raise RefusedError(Reason.NO_SIGNATURE)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    signing.require_equal(sent["signature"], signing.sha256_hex(key.secret, _payload(call.pairs)))
    _require_window(call, sent)
    signing.require_ip(call, key)
    return key


def _payload(pairs: list[tuple[str, str]]) -> str:
    """Return what is signed: every parameter but the signature, in the order sent, values as before encoding."""
    return "&".join(f"{name}={value}" for name, value in pairs if name != "signature")


def _require_window(call: Call, sent: dict[str, str]) -> None:
    window = sent.get("recvWindow", str(WINDOW))
    if not wire.is_moment(window) or int(window) > WINDOW:
        raise RefusedError(Reason.WINDOW_TOO_WIDE)
    signing.require_time(call, sent.get("timestamp", ""), behind=int(window), ahead=WINDOW)


def credentials(random: Random) -> Credentials:
    api_key, secret = ("".join(random.choices(ascii_letters + digits, k=86)) for _ in range(2))
    return Credentials(api_key, secret)
