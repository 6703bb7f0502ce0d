"""What may be taken from the broker: messages as this product writes them. All else is put aside, unread.

Those who can write to the broker can wake workers, and no more: a message names one of our tasks and ids. What is
broken, huge, or asks for more (a moment of its own, a further task, other arguments) must neither end a worker nor be
repeated.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Container
from datetime import datetime
from typing import Any

# Ours are below a kibibyte.
MOST_BYTES = 16 * 1024
MOST_IDS = 8
LARGEST_ID = 2**63
# Of a message's headers, those that Celery would act upon, and all that ours say there.
UNUSED = ("eta", "group", "chord", "shadow", "replaced_task_nesting", "stamps", "stamped_headers", "errbacks")


def fault_of(raw: bytes, tasks: Container[str]) -> str:
    """Return what is wrong with a message in one word, or nothing."""
    if len(raw) > MOST_BYTES:
        return "size"
    try:
        message = json.loads(raw.decode())
    except (ValueError, RecursionError):
        return "json"
    if not _has_shape(message):
        return "shape"
    if message["headers"].get("task") not in tasks:
        return "task"
    if not _is_plain(message["headers"]):
        return "headers"
    return "" if _are_ids(message["body"]) else "arguments"


def is_over(raw: bytes, now: datetime) -> bool:
    """Say whether one of our own messages waited for longer than it was meant to: it is said again, or of no use."""
    expires = json.loads(raw)["headers"].get("expires")
    return expires is not None and datetime.fromisoformat(expires) < now


def _has_shape(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("content-type") != "application/json":
        return False
    headers, properties = message.get("headers"), message.get("properties")
    if not isinstance(headers, dict) or not isinstance(properties, dict) or not isinstance(message.get("body"), str):
        return False
    delivery = properties.get("delivery_info")
    texts = (headers.get("task"), headers.get("id"), properties.get("delivery_tag"), message.get("content-encoding"))
    is_told = isinstance(delivery, dict) and all(isinstance(delivery.get(x), str) for x in ("exchange", "routing_key"))
    return is_told and all(isinstance(text, str) for text in texts) and properties.get("body_encoding") == "base64"


def _is_plain(headers: dict[str, Any]) -> bool:
    """Say whether it is to be done now and once: nothing in it is for later, for others or for a group."""
    if any(headers.get(name) for name in UNUSED):
        return False
    if headers.get("retries") not in (None, 0) or headers.get("timelimit") not in (None, [None, None]):
        return False
    try:
        # Without a zone it could not be compared with any moment of ours.
        return headers.get("expires") is None or datetime.fromisoformat(headers["expires"]).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _are_ids(body: str) -> bool:
    try:
        args, kwargs, embed = json.loads(b64decode(body, validate=True))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return False
    is_alone = isinstance(embed, dict) and not any(embed.values())
    is_list = isinstance(args, list) and len(args) <= MOST_IDS and kwargs == {}
    return is_alone and is_list and all(type(one) is int and 0 <= one < LARGEST_ID for one in args)
