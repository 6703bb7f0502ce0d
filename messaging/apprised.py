"""The way out to services that carry messages, by the library that speaks them; only a worker imports it.

It follows no redirect and reaches no host but those of messaging/services.py, so that nothing that is pasted leads into
our own network.
"""

import apprise
import structlog

log = structlog.get_logger(__name__)

# What it writes into the log, addresses among it, goes nowhere (backfuture/logs.py).
_ASSET = apprise.AppriseAsset(app_id="BackFuture AI", app_desc="", app_url="", http_redirects=False, async_mode=False)
CONNECT_SECONDS, READ_SECONDS = 4.0, 8.0


def send(address: str, text: str) -> bool:
    """Send one text; says whether the service took it."""
    limits = f"&cto={CONNECT_SECONDS}&rto={READ_SECONDS}"
    try:
        found = apprise.Apprise.instantiate(address + limits, asset=_ASSET, suppress_exceptions=True)
        return bool(found and found.notify(body=text, body_format=found.notify_format))
    except Exception as error:  # foreign code reads a foreign answer; its text could carry the address
        log.warning("service_unreadable", kind=type(error).__name__)
        return False
