"""Read configuration from the environment; a wrong value stops the start with the variable's name."""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()
# A database that hangs must end in an error that can be told, not in pages and checks that hang with it. Statements
# whose values travel beside them (database/prepared.py) are kept by the server, each with one plan for all values:
# planning a large one costs several times what running it does. Of a hundred that are kept others take no place.
# A host that is cut off or stands still in the middle of a transaction holds its rows no longer than a claim lasts: no
# transaction of ours waits for anything. Its own connections end too, and are made anew when it is back; the server is
# told to look as often whether we are still there, or each host that is cut off or loses its power would keep dozens of
# connections for two hours, until there are none left for anybody.
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
AT_THE_SERVER = {
    **{f"tcp_{name.removeprefix('tcp_')}": value for name, value in KEEPALIVES.items()},
    "statement_timeout": 15_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 6_000,
}
# Rows that an index finds are in memory, or on a disk that has nothing to move: with PostgreSQL's usual 4, a look at a
# hundred bots reads all groups there are rather than go to a few of them.
PLANNING = {"plan_cache_mode": "force_generic_plan", "random_page_cost": 1.1}
POSTGRESQL = {
    "connect_timeout": 3,
    **KEEPALIVES,
    "prepare_threshold": sys.maxsize,
    "options": " ".join(f"-c {name}={value}" for name, value in (PLANNING | AT_THE_SERVER).items()),
}
# Opening one anew for each request and each task costs more than most of them ask: seconds.
KEPT = {"CONN_MAX_AGE": 600}


def envbool(name: str, default: bool) -> bool:
    """Return on/off; raises ImproperlyConfigured for anything that is neither."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off")


def envint(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    try:
        return int(text) if text else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number") from None


def envstr(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def envlist(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def envips(name: str) -> tuple[str, ...]:
    """Read IP addresses or networks; raises ImproperlyConfigured for what is none."""
    ips = tuple(envlist(name))
    try:
        for one in ips:
            ipaddress.ip_network(one, strict=False)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be IP addresses, separated by commas") from None
    return ips


def envurls(name: str) -> dict[str, str]:
    """Read "kucoin=http://a:1,mexc=https://b/x"; raises ImproperlyConfigured for what is no such list of addresses."""
    urls = {}
    for part in envlist(name):
        key, separator, url = part.partition("=")
        if not separator or not _is_base(url.strip()):
            raise ImproperlyConfigured(f"{name} must look like kucoin=https://host,mexc=http://host:port/path")
        urls[key.strip()] = url.strip().rstrip("/")
    return urls


def _is_base(url: str) -> bool:
    """Tell whether paths can be put behind this address."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port and is_plain


def envsecret(name: str, *, fallback: Path | None = None) -> str:
    """Read NAME, or the file named by NAME_FILE, or the fallback file; "" when none is there."""
    if value := os.environ.get(name, "").strip():
        return value
    path = Path(os.environ[f"{name}_FILE"]) if os.environ.get(f"{name}_FILE") else fallback
    if path is None or (path is fallback and not path.exists()):
        return ""
    try:
        return path.read_text().strip()
    except OSError:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read") from None


def envdatabase(default: Path) -> dict[str, Any]:
    """Return Django's DATABASES entry for DATABASE_URL, or for an SQLite file."""
    if url := envsecret("DATABASE_URL"):
        config = {**_env.db_url_config(url), **KEPT, "CONN_HEALTH_CHECKS": True}
        return {**config, "OPTIONS": {**config.get("OPTIONS", {}), **POSTGRESQL}}
    # WAL alone still meets "database is locked": writers must queue at BEGIN (IMMEDIATE). With synchronous=NORMAL it
    # could forget its last commits when the power fails, and with them that an order was sent.
    options = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    return {"ENGINE": "database.sqlite", "NAME": str(default), "OPTIONS": options, **KEPT}
