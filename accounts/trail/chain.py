"""The chain over the audit trail: each link is a digest of one event's mark, its place, and the link before it."""

import hashlib
import json

# What stands before the first link.
START = "0" * 64


def link(previous: str, *, position: int, event_id: int, mac: str) -> str:
    """Return the digest that stands at this position; the mark stands for all that the event says."""
    return hashlib.sha256(json.dumps([previous, position, event_id, mac]).encode()).hexdigest()
