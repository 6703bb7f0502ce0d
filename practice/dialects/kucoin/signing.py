"""KuCoin's signed headers, passphrase versions and its words for each refusal."""

from random import Random
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from practice.dialect import Credentials
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "kucoin"
OK = "200000"
WINDOW = 5_000
HEADERS = ("KC-API-KEY", "KC-API-SIGN", "KC-API-TIMESTAMP", "KC-API-PASSPHRASE")
HEADERS_TEXT = f"Please check the header of your request for {', '.join(HEADERS)}"
LIMITS = {"gw-ratelimit-limit": "4000", "gw-ratelimit-remaining": "3998", "gw-ratelimit-reset": "29963"}

# Reason: (HTTP status, code, text)
ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.NO_ROUTE: (404, "404000", "Url Not Found"),
    Reason.NO_CREDENTIALS: (400, "400001", HEADERS_TEXT),
    Reason.NO_SIGNATURE: (400, "400001", HEADERS_TEXT),
    Reason.STALE_TIME: (400, "400002", "Invalid KC-API-TIMESTAMP"),
    Reason.UNKNOWN_KEY: (401, "400003", "The API key does not exist or site mismatch."),
    Reason.EXPIRED_KEY: (401, "400003", "The API key does not exist or site mismatch."),
    Reason.BAD_PASSPHRASE: (401, "400004", "Invalid KC-API-PASSPHRASE"),
    Reason.BAD_SIGNATURE: (401, "400005", "Invalid KC-API-SIGN"),
    Reason.IP: (403, "400006", "Invalid request ip, the current clientIp is:{}"),
    Reason.RIGHT: (403, "400007", "Access denied, require more permission."),
    Reason.ACCOUNT_FROZEN: (400, "411100", "User are frozen"),
    Reason.RATE_LIMITED: (429, "429000", "Too Many Requests"),
    Reason.BAD_PARAMETER: (400, "400100", "{} parameter invalid."),
    Reason.UNKNOWN_PAIR: (400, "900001", "symbol not exists"),
    Reason.UNKNOWN_ORDER: (200, "100001", "order not exist"),
    Reason.ORDER_CLOSED: (400, "400100", "order_not_exist_or_not_allow_to_cancel"),
    Reason.INSUFFICIENT: (200, "200004", "Balance insufficient!"),
    Reason.BELOW_MINIMUM: (400, "400100", "Order size below the minimum requirement."),
    Reason.PRECISION: (400, "600100", "Order {} increment invalid."),
    Reason.PRICE_BAND: (400, "400370", "Max. price: {}"),
    Reason.DUPLICATE_CLIENT_ID: (400, "400100", "validation.createOrder.clientOidDuplicated"),
}

TOO_LOW = ("400760", "order price should be more than {}")


def respond(call: Call, data: Any) -> Answer:
    return Answer.json({"code": OK, "data": data}, headers=LIMITS)


def refuse(call: Call, refused: RefusedError) -> Answer:
    status, code, text = ERRORS.get(refused.reason, (400, "400100", "{} parameter invalid."))
    if refused.side.endswith("min"):
        code, text = TOO_LOW
    detail = refused.detail.replace("quantity", "size")
    return Answer.json({"code": code, "msg": text.format(detail)}, status, LIMITS)


def api_key(call: Call) -> str | None:
    return call.headers.get("KC-API-KEY")


def sign_in(call: Call) -> Key:
    """Ask in the order that probes suggest: headers, time, key, IP, passphrase, signature."""
    name, signature, sent, passphrase = (call.headers.get(header, "") for header in HEADERS)
    if not all((name, signature, sent, passphrase)):
        raise RefusedError(Reason.NO_CREDENTIALS)
    signing.require_time(call, sent, behind=WINDOW, ahead=WINDOW)
    key = signing.known_key(call, SLUG, name)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    signing.require_ip(call, key)
    signing.require_equal(passphrase, _expected_passphrase(call, key), reason=Reason.BAD_PASSPHRASE)
    signing.require_equal(signature, *_expected_signatures(call, key, sent))
    return key


def _expected_passphrase(call: Call, key: Key) -> str:
    """Return it signed for versions 2 and 3; version 1 keys, with a clear one, are long gone."""
    if call.headers.get("KC-API-KEY-VERSION", "1") not in ("2", "3"):
        raise RefusedError(Reason.BAD_PASSPHRASE)
    return signing.sha256_base64(key.secret, key.passphrase)


def _expected_signatures(call: Call, key: Key, sent: str) -> tuple[str, str]:
    """Accept the target as sent and as unquoted: KuCoin signs it un-encoded, HTTP clients encode it later."""
    body = call.body.decode(errors="replace")
    raw, clear = (f"{sent}{call.method}{target}{body}" for target in (call.target, unquote(call.target)))
    return signing.sha256_base64(key.secret, raw), signing.sha256_base64(key.secret, clear)


def credentials(random: Random) -> Credentials:
    secret = str(UUID(int=random.getrandbits(128), version=4))
    return Credentials(f"{random.getrandbits(96):024x}", secret, f"practice{random.randrange(10**6):06d}")
