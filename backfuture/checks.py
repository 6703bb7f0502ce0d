"""System checks: combinations of settings that would be unsafe; each has a code, listed in docs/configuration.md.

Web and workers look at them too, and do not start with one.
"""

import ipaddress
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning, register

from backfuture import durability
from exchanges import registry

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
Messages = Iterator[CheckMessage]
Rule = Callable[[], Messages]
RULES: list[Rule] = []


def rule(one: Rule) -> Rule:
    RULES.append(one)
    return one


def _outside_hosts() -> list[str]:
    return [host for host in settings.ALLOWED_HOSTS if host not in LOOPBACK and host != "testserver"]


@rule
def check_debug() -> Messages:
    if settings.DEBUG and _outside_hosts():
        yield Error(
            "DEBUG is on and the pages are offered beyond this machine.",
            hint="Set DEBUG=0: its error pages show source and settings.",
            id="backfuture.E001",
        )


@rule
def check_hosts() -> Messages:
    if any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS has a wildcard.", hint="Name every host.", id="backfuture.E002")


@rule
def check_embedded() -> Messages:
    if settings.EMBEDDED and _outside_hosts():
        yield Error(
            "Embedded mode (its keys, plain HTTP) is for this machine only.",
            hint="Set EMBEDDED=0 and give the keys as files, or take the other hosts out of ALLOWED_HOSTS.",
            id="backfuture.E003",
        )


@rule
def check_broker() -> Messages:
    parts = urlsplit(settings.REDIS_URL)
    if not settings.EMBEDDED and "socket" not in parts.scheme and not parts.password:
        yield Error(
            "The broker has no password.",
            hint="Give REDIS_URL as redis://user:password@host:6379/0.",
            id="backfuture.E004",
        )


@rule
def check_key_files() -> Messages:
    vault, push = settings.VAULT_PRIVATE_KEYS_DIR, Path(settings.PUSH_PRIVATE_KEY_FILE)
    for path in [*(sorted(Path(vault).glob("*.key")) if vault else ()), *([push] if push.is_file() else ())]:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Error(
                f"{path.name} can be read by others.",
                hint="Make it readable by its owner only (0400).",
                id="backfuture.E005",
            )


@rule
def check_push_key() -> Messages:
    private, public = Path(settings.PUSH_PRIVATE_KEY_FILE), Path(settings.PUSH_PUBLIC_KEY_FILE)
    if not (private.is_file() and public.is_file()):
        return  # the web is not told of the private one, and an installation may have none
    try:
        pair = load_pem_private_key(private.read_bytes(), None).public_key()
        is_pair = pair == load_pem_public_key(public.read_bytes())
    except (OSError, ValueError):
        is_pair = False
    if not is_pair:
        yield Error(
            "push.key and push.pub are no pair: no browser would get a message.",
            hint="Put both back from your backup.",
            id="backfuture.E021",
        )


@rule
def check_keys_differ() -> Messages:
    if settings.SECRET_KEY == settings.FINGERPRINT_KEY:
        yield Error("SECRET_KEY and FINGERPRINT_KEY are the same.", hint="Make two.", id="backfuture.E006")


@rule
def check_fingerprint_key() -> Messages:
    if not settings.EMBEDDED and len(settings.FINGERPRINT_KEY) < 32:
        yield Error("FINGERPRINT_KEY is too short.", hint="Use ./run make_keys.", id="backfuture.E007")


@rule
def check_database() -> Messages:
    options = str(settings.DATABASES["default"].get("OPTIONS", {}).get("options", ""))
    if "synchronous_commit=off" in options.replace(" ", ""):
        yield Warning(
            "PostgreSQL is told to forget commits in a crash.",
            hint="Take synchronous_commit=off out: an order's intent must be on disk before it is sent.",
            id="backfuture.W001",
        )


@rule
def check_exchange_urls() -> Messages:
    known = {name for slug in registry.BY_SLUG for name in (slug, f"{slug}-futures")}
    if unknown := sorted(settings.EXCHANGE_URLS.keys() - known):
        yield Error(
            f"EXCHANGE_URLS names exchanges that we do not know: {', '.join(unknown)}.",
            hint="Use our names (kucoin, okx-eea, …): what is named wrongly would be asked at its real host.",
            id="backfuture.E008",
        )


@rule
def check_encryption() -> Messages:
    if settings.EMBEDDED:
        return
    if plain := sorted(name for name, url in settings.EXCHANGE_URLS.items() if not url.startswith("https://")):
        yield Error(
            f"EXCHANGE_URLS leads {', '.join(plain)} over plain HTTP: keys and orders could be read and changed.",
            hint="Give https:// addresses.",
            id="backfuture.E010",
        )
    if settings.PRACTICE_URL.startswith("http://") and not _is_near(settings.PRACTICE_URL):
        yield Error(
            "PRACTICE_URL leads out of this machine's networks over plain HTTP.",
            hint="Give an https:// address, or one of this machine or of its containers' network.",
            id="backfuture.E011",
        )
    if not settings.HTTPS or not settings.PUBLIC_URL.startswith("https://"):
        yield Error(
            "Pages are offered over plain HTTP, or PUBLIC_URL says so: sessions and mailed links could be read.",
            hint="Set PUBLIC_URL=https://your.host, and leave HTTPS on.",
            id="backfuture.E012",
        )


def _is_near(url: str) -> bool:
    """Say whether an address is of this machine, of a private network, or a container's bare name."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


@rule
def check_verification() -> Messages:
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        yield Error(
            "Accounts can be used before their mailbox is proven: the first to sign up would own an address.",
            hint="Leave ACCOUNT_EMAIL_VERIFICATION at mandatory.",
            id="backfuture.E013",
        )


@rule
def check_mail_server() -> Messages:
    if not settings.EMBEDDED and not settings.EMAIL_HOST:
        yield Error(
            "There is no mail server, so that nobody can confirm an address or reset a password.",
            hint="Set EMAIL_HOST (and EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD_FILE).",
            id="backfuture.E009",
        )


@rule
def check_metrics_token() -> Messages:
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 32:
        yield Error(
            "METRICS_TOKEN is too short to keep /metrics from being read by everybody.",
            hint="Take 32 characters or more: openssl rand -hex 32.",
            id="backfuture.E020",
        )


@register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    return [message for each in RULES for message in each()]


@register(Tags.database)
def check_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Ask PostgreSQL whose rights we have; only where the database may be asked: migrate, check --database default."""
    if settings.EMBEDDED or "default" not in (databases or ()):
        return []
    if not (powers := durability.powers_of_role()):
        return []
    told = f"The database's role may too much: {', '.join(powers)}."
    return [Error(told, hint="Give it a role that owns the tables, and no more.", id="backfuture.E014")]


def refuse_unsafe() -> None:
    """End this process when a setting is unsafe; raises SystemExit with every reason."""
    if errors := [message for message in check_settings(None) if message.level >= ERROR]:
        sys.exit("\n".join(["These settings are unsafe, and nothing starts with them:", *map(str, errors)]))
