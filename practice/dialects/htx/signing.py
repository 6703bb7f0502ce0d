"""HTX's signed query, its three ways of saying no, and its words for each refusal."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

from practice.dialect import Credentials
from practice.dialects.htx.names import find_pair
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "htx"
WINDOW = 300_000
HOSTS = {"spot": ("api.huobi.pro", "api-aws.huobi.pro", "api.htx.com"), "futures": ("api.hbdm.vn", "api.hbdm.com")}
NEEDED = ("SignatureMethod", "SignatureVersion", "Timestamp", "Signature")
UNSIGNED = "api-signature-not-valid"
TIME_TEXT = "Invalid submission time or incorrect time format [无效的提交时间，或时间格式错误]"

# Every refusal of a signature, by its text; version 1 has one code for them all.
TEXTS: dict[Reason, str] = {
    Reason.NO_CREDENTIALS: "Incorrect Access key [Access key错误]",
    Reason.NO_SIGNATURE: "Verification failure [校验失败]",
    Reason.UNKNOWN_KEY: "Incorrect Access key [Access key错误]",
    Reason.BAD_SIGNATURE: "Verification failure [校验失败]",
    Reason.IP: "Incorrect IP address [IP地址错误]:{}",
    Reason.EXPIRED_KEY: "API key has expired [API Key已经过期]",
    Reason.STALE_TIME: TIME_TEXT,
    Reason.RIGHT: "API key has no permission [API Key没有权限]",
}
# Reason: (err-code, err-msg)
ERRORS: dict[Reason, tuple[str, str]] = {
    Reason.NO_ROUTE: ("invalid-path", "invalid path"),
    Reason.ACCOUNT_FROZEN: ("forbidden-trade-for-open-protect", "Trading is protected for this account"),
    Reason.RATE_LIMITED: ("rate-too-many-requests", "request limit"),
    Reason.BAD_PARAMETER: ("invalid-parameter", "invalid {}"),
    Reason.UNKNOWN_PAIR: ("base-symbol-error", "The symbol is invalid"),
    Reason.UNKNOWN_ORDER: ("base-record-invalid", "record invalid"),
    Reason.ORDER_CLOSED: ("order-orderstate-error", "the order state is error"),
    Reason.INSUFFICIENT: (
        "account-frozen-balance-insufficient-error",
        "trade account balance is not enough, left: `0.0027`",
    ),
    Reason.PRICE_BAND: ("order-limitorder-price-buy-max-error", "The price cannot be higher than {}"),
    Reason.DUPLICATE_CLIENT_ID: ("invalid-client-order-id", "invalid.client.order.id (NT)"),
}
# Version 2 and contracts number their refusals.
CODES: dict[Reason, int] = {
    Reason.NO_ROUTE: 404,
    Reason.RATE_LIMITED: 429,
    Reason.BAD_PARAMETER: 2002,
}
# Details that have a refusal of their own.
CLOSED_CONTRACTS, ACCOUNT = "contracts", "account-id"


def respond(call: Call, data: Any) -> Answer:
    """Wrap a result; handlers of odd answers give the whole body as `Answer`."""
    if isinstance(data, Answer):
        return data
    if call.path.startswith("/v2/"):
        return Answer.json({"code": 200, "message": "success", "data": data, "ok": True})
    if call.path.startswith("/v5/"):
        return Answer.json({"code": 200, "message": "Success", "data": data, "ts": call.now})
    return Answer.json({"status": "ok", "data": data, "ts": call.now})


def refuse(call: Call, refused: RefusedError) -> Answer:
    reason, detail = refused.reason, refused.detail
    if call.host == "futures":
        return _refuse_contract(call, reason, detail)
    if reason in TEXTS:
        # The live gateway's style for a bad key on version 2 is not documented: it is taken to be that of version 1.
        return _no(UNSIGNED, f"Signature not valid: {TEXTS[reason].format(detail)}")
    if call.path.startswith("/v2/") and reason in CODES:
        text = "request limit" if reason is Reason.RATE_LIMITED else f"invalid field: {detail}"
        return Answer.json({"code": CODES[reason], "message": text}, 429 if reason is Reason.RATE_LIMITED else 200)
    code, text = order_error(refused, call.json)
    return _no(code, text, 429 if reason is Reason.RATE_LIMITED else 200)


def order_error(refused: RefusedError, asked: Mapping[str, Any]) -> tuple[str, str]:
    """Return code and text of a refusal, for what was asked."""
    reason, detail = refused.reason, refused.detail
    if detail == ACCOUNT:
        return "account-account-id-inexistent", "account id inexistent"
    if reason is Reason.PRECISION:
        what = "price" if detail == "price" else "amount"
        return f"order-order{what}-precision-error", f"order {what} precision error, scale: `{_scale(asked, what)}`"
    if reason is Reason.BELOW_MINIMUM:
        return _too_small(asked, detail)
    if refused.side.endswith("min"):
        return "order-limitorder-price-sell-min-error", f"The price cannot be lower than {detail}"
    code, text = ERRORS.get(reason, ("base-system-error", "system error"))
    return code, text.format(detail)


def _scale(asked: Mapping[str, Any], what: str) -> int:
    pair = find_pair(str(asked.get("symbol")))
    return pair.price_places if what == "price" else pair.amount_places


def _too_small(asked: Mapping[str, Any], least: str) -> tuple[str, str]:
    """Tell the least amount or the least worth: HTX has a code for each, and one more for sales at market."""
    number, asset = re.findall(r"^[\d.]+|\D+$", least)
    if not str(asked.get("symbol")).startswith(asset.lower()):
        return "order-value-min-error", f"Order total cannot be lower than: {number} {asset}"
    kind = "market" if str(asked.get("type")).endswith("market") else "limit"
    return f"order-{kind}order-amount-min-error", f"{kind} order amount error, min: `{number}`"


def _no(code: str, text: str, status: int = 200) -> Answer:
    return Answer.json({"status": "error", "err-code": code, "err-msg": text, "data": None}, status)


def _refuse_contract(call: Call, reason: Reason, detail: str) -> Answer:
    if detail == CLOSED_CONTRACTS:
        return _contract(call, 1220, "You don't have access permission as you have not opened contracts trading.")
    if reason in TEXTS:
        return _contract(call, 403, TEXTS[reason].format(detail), 403)
    if reason is Reason.RATE_LIMITED:
        return _contract(call, 1032, "The number of access exceeded the limit.", 429)
    if reason is Reason.ACCOUNT_FROZEN:
        return _contract(call, 12009, "User is locked")
    return _contract(call, 1030, f"Input error: {detail}")


def _contract(call: Call, code: int, text: str, status: int = 200) -> Answer:
    return Answer.json({"status": "error", "err_code": code, "err_msg": text, "ts": call.now}, status)


def api_key(call: Call) -> str | None:
    return call.params.get("AccessKeyId")


def sign_in(call: Call) -> Key:
    """Ask for key, signature, time, IP and life; the real order is not documented."""
    if not (name := api_key(call)):
        raise RefusedError(Reason.NO_CREDENTIALS)
    key = signing.known_key(call, SLUG, name)
    for needed in NEEDED:
        if not call.params.get(needed):
            raise RefusedError(Reason.STALE_TIME if needed == "Timestamp" else Reason.NO_SIGNATURE)
    if (call.params["SignatureMethod"], call.params["SignatureVersion"]) != ("HmacSHA256", "2"):
        raise RefusedError(Reason.BAD_SIGNATURE)
    signing.require_equal(
        call.params["Signature"], *(signing.sha256_base64(key.secret, text) for text in _signed(call))
    )
    _require_time(call)
    signing.require_ip(call, key)
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    return key


def _signed(call: Call) -> list[str]:
    """Return what may be signed: method, host, path and the query in ASCII order, by any name of host and path."""
    pairs = sorted(part.partition("=")[::2] for part in call.query.split("&") if not part.startswith("Signature="))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    targets = product(call.hosts(*HOSTS[call.host]), call.paths)
    return [f"{call.method}\n{host}\n{path}\n{query}" for host, path in targets]


def _require_time(call: Call) -> None:
    try:
        sent = datetime.strptime(call.params["Timestamp"], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError(Reason.STALE_TIME) from None
    signing.require_time(call, str(int(sent.timestamp() * 1000)), behind=WINDOW, ahead=WINDOW)


def credentials(random: Random) -> Credentials:
    return Credentials(_groups(random, "e2"), _groups(random, "8a"))


def _groups(random: Random, start: str) -> str:
    text = f"{start}{random.getrandbits(104):026x}"
    return "-".join((text[:8], text[8:16], text[16:24], text[24:28] + "f"))
