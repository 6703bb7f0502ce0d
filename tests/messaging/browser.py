"""A browser as push services know it: keys of its own, and strangers' libraries that open what is sent to it."""

import json
from typing import Any

import http_ece
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from messaging.services import decoded, encoded

AUTH = bytes(range(16))
ENDPOINT = "https://fcm.googleapis.com/fcm/send/dK3x:APA91bHinvented-for-a-test_0123456789"
KEY = ec.derive_private_key(7, ec.SECP256R1())


def told_by(endpoint: str = ENDPOINT) -> dict[str, str]:
    """Return what a browser tells of itself."""
    point = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"endpoint": endpoint, "p256dh": encoded(point), "auth": encoded(AUTH)}


def opened(request: requests.PreparedRequest) -> dict[str, Any]:
    """Return what the browser's worker would read."""
    assert isinstance(request.body, bytes)
    plain = http_ece.decrypt(request.body, private_key=KEY, auth_secret=AUTH, version="aes128gcm")
    told: dict[str, Any] = json.loads(plain)
    return told


def claims(request: requests.PreparedRequest) -> dict[str, Any]:
    """Return what the token says, once a stranger has found its signature right."""
    signed = str(request.headers["Authorization"])
    assert Vapid02.verify(signed)
    told: dict[str, Any] = json.loads(decoded(signed.split("t=")[1].split(",")[0].split(".")[1]))
    return told
