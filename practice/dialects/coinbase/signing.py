"""Coinbase's signed tokens, ES256 and EdDSA, and its words for each refusal: one for everything about the key."""

import base64
import binascii
import json
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from practice.dialect import Credentials
from practice.dialects.coinbase.names import make_uuid
from practice.http import signing
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.world.world import Key

SLUG = "coinbase"
HOST = "api.coinbase.com"
LIFE = 120
# How far a token may lie in the future is not documented.
AHEAD = 10
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# Reason: (HTTP status, error, details). What is not here is about the key: 401 Unauthorized, in plain text.
ERRORS: dict[Reason, tuple[int, str, str]] = {
    Reason.NO_ROUTE: (404, "NOT_FOUND", "Not Found"),
    Reason.RIGHT: (403, "PERMISSION_DENIED", "Missing required scopes"),
    Reason.ACCOUNT_FROZEN: (403, "PERMISSION_DENIED", "User is not allowed to use this account"),
    Reason.BAD_PARAMETER: (400, "INVALID_ARGUMENT", "invalid {}"),
    Reason.UNKNOWN_PAIR: (400, "INVALID_ARGUMENT", "target is not enabled for trading"),
    Reason.UNKNOWN_ORDER: (404, "NOT_FOUND", "order with this orderID was not found"),
}
UNKNOWN = "UNKNOWN_FAILURE_REASON"
TOO_FINE = "Too many decimals in order"
# Refused orders come with 200: (error, message, preview_failure_reason). Details have a refusal of their own.
ORDER_ERRORS: dict[tuple[Reason, str], tuple[str, str, str]] = {
    (Reason.INSUFFICIENT, ""): ("INSUFFICIENT_FUND", "Insufficient balance in source account", "INSUFFICIENT_FUND"),
    (Reason.BELOW_MINIMUM, ""): (UNKNOWN, "", "INVALID_BASE_SIZE_TOO_SMALL"),
    (Reason.BELOW_MINIMUM, "quote_size"): (UNKNOWN, "", "INVALID_QUOTE_SIZE_TOO_SMALL"),
    (Reason.PRICE_BAND, ""): ("INVALID_LIMIT_PRICE", "Limit price is too far from the market", "INVALID_LIMIT_PRICE"),
    (Reason.WOULD_TAKE, ""): (
        "INVALID_LIMIT_PRICE_POST_ONLY",
        "Post only order would immediately match",
        "INVALID_LIMIT_PRICE_POST_ONLY",
    ),
    (Reason.PRECISION, ""): ("INVALID_SIZE_PRECISION", f"{TOO_FINE} amount", "INVALID_SIZE_PRECISION"),
    (Reason.PRECISION, "price"): ("INVALID_PRICE_PRECISION", f"{TOO_FINE} price", "INVALID_PRICE_PRECISION"),
}


def respond(call: Call, data: Any) -> Answer:
    return Answer.json(data)


def refuse(call: Call, refused: RefusedError) -> Answer:
    if told := order_error(call, refused):
        return _refuse_order(call, *told)
    if refused.reason is Reason.RATE_LIMITED:
        errors = [{"id": "rate_limit_exceeded", "message": "Too many requests"}]
        return Answer.json({"errors": errors}, 429)
    if refused.reason not in ERRORS:
        return Answer(b"Unauthorized\n", 401, {"Content-Type": "text/plain; charset=utf-8"})
    status, error, text = ERRORS[refused.reason]
    details = text.format(refused.detail)
    return Answer.json({"error": error, "error_details": details, "message": details}, status)


def order_error(call: Call, refused: RefusedError) -> tuple[str, str, str] | None:
    """Return how the exchange says that it does not take an order, None where it was something else."""
    is_by_cost = "quote_size" in str(call.json.get("order_configuration"))
    detail = "quote_size" if is_by_cost else refused.detail
    return ORDER_ERRORS.get((refused.reason, detail)) or ORDER_ERRORS.get((refused.reason, ""))


def _refuse_order(call: Call, error: str, message: str, preview: str) -> Answer:
    told = {"error": error, "message": message, "error_details": "", "preview_failure_reason": f"PREVIEW_{preview}"}
    configuration = call.json.get("order_configuration")
    answer = {"success": False, "failure_reason": UNKNOWN, "order_id": "", "error_response": told}
    return Answer.json({**answer, "order_configuration": configuration})


def _parts(call: Call) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes] | None:
    """Return header, claims, what is signed and the signature of a bearer token; None when there is no such thing."""
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    pieces = token.split(".")
    if scheme != "Bearer" or len(pieces) != 3 or len(token) > 8_192:
        return None
    try:
        header, claims = (json.loads(_decode(piece)) for piece in pieces[:2])
        signature = _decode(pieces[2])
    except (ValueError, RecursionError, binascii.Error):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return header, claims, token.rpartition(".")[0].encode(), signature


def _decode(piece: str) -> bytes:
    return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))


def api_key(call: Call) -> str | None:
    found = _parts(call)
    name = found[0].get("kid") if found else None
    return name if isinstance(name, str) else None


def sign_in(call: Call) -> Key:
    found = _parts(call)
    if found is None:
        raise RefusedError(Reason.NO_CREDENTIALS)
    header, claims, signed, signature = found
    key = signing.known_key(call, SLUG, api_key(call) or "")
    if key.is_expired(call.now) or key.state != "valid":
        raise RefusedError(Reason.EXPIRED_KEY)
    _require_signature(str(header.get("alg")), key.secret, signed, signature)
    _require_claims(call, key, claims)
    signing.require_ip(call, key)
    return key


def _require_signature(algorithm: str, secret: str, signed: bytes, signature: bytes) -> None:
    private = _private_key(secret)
    try:
        if isinstance(private, Ed25519PrivateKey) and algorithm == "EdDSA":
            private.public_key().verify(signature, signed)
            return
        if isinstance(private, EllipticCurvePrivateKey) and algorithm == "ES256" and len(signature) == 64:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            private.public_key().verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
            return
    except InvalidSignature:
        pass
    raise RefusedError(Reason.BAD_SIGNATURE)


@lru_cache(maxsize=1_024)
def _private_key(secret: str) -> object:
    """Read a key as it is stored: PEM, or base64 of an Ed25519 seed with or without its public half."""
    if secret.startswith("-----"):
        return load_pem_private_key(secret.encode(), None)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret)[:32])


def _require_claims(call: Call, key: Key, claims: dict[str, Any]) -> None:
    """Verify whose token it is, for which call (without its query) and for how long."""
    paths = claims.get("uris") if isinstance(claims.get("uris"), list) else [claims.get("uri")]
    if claims.get("sub") != key.api_key or not set(map(str, paths or [])) & _targets(call):
        raise RefusedError(Reason.BAD_SIGNATURE)
    start, end, now = claims.get("nbf"), claims.get("exp"), call.now // 1000
    if not isinstance(start, int) or not isinstance(end, int) or end - start > LIFE:
        raise RefusedError(Reason.STALE_TIME)
    if not start - AHEAD <= now < end:
        raise RefusedError(Reason.STALE_TIME)


def _targets(call: Call) -> set[str]:
    """Name the call as its client may: by the real host, or by ours, from which only https:// is cut."""
    hosts = call.hosts(HOST)
    bases = hosts if call.is_real else [*hosts, f"http://{call.netloc}"]
    return {f"{call.method} {base}{path}" for base, path in product(bases, call.paths)}


def credentials(random: Random) -> Credentials:
    private = derive_private_key(random.getrandbits(256) % (CURVE_ORDER - 1) + 1, SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    organization, key = (make_uuid("coinbase", random.getrandbits(64)) for _ in range(2))
    return Credentials(f"organizations/{organization}/apiKeys/{key}", pem.strip())
