"""Why an exchange's answer is no proof: our causes, and how a raw answer is turned into one."""

import contextlib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """Values are finding codes, but for RIGHT_MISSING, which becomes one by the question that met it."""

    UNAVAILABLE = "reach.unavailable"
    RATE_LIMITED = "reach.rate_limited"
    UNREADABLE = "reach.unreadable"
    CLOCK = "reach.clock"
    REGION = "reach.region"
    KEY_INVALID = "key.invalid"
    SECRET_WRONG = "key.secret_wrong"  # noqa: S105 - a finding code
    PASSPHRASE_WRONG = "key.passphrase_wrong"  # noqa: S105 - a finding code
    KEY_MALFORMED = "key.malformed"
    KEY_EXPIRED = "key.expired"
    KEY_FROZEN = "key.frozen"
    KEY_WRONG_SITE = "key.wrong_site"
    ACCOUNT_RESTRICTED = "account.restricted"
    IP_NOT_ALLOWED = "ip.not_allowed"
    RIGHT_MISSING = "right.missing"
    RIGHT_UNPROVEN = "right.unproven"

    @property
    def is_temporary(self) -> bool:
        return self in {Cause.UNAVAILABLE, Cause.RATE_LIMITED, Cause.UNREADABLE, Cause.CLOCK}


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """One HTTP answer as it came: nothing parsed, nothing believed."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> object:
        """Return the parsed body, or None when it is no JSON (or nested without sense)."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why one question got no proof. `code` is the exchange's own, for operators; never its text.

    `ip` is the caller's address as the exchange saw it; `retry_after` are seconds.
    """

    cause: Cause
    code: str = ""
    ip: str = ""
    retry_after: int | None = None


class ExchangeError(Exception):
    """The only error that leaves the client. It carries no foreign text, no cause, no URL."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.cause.value)
        self.trouble = trouble


def by_cause(codes: Mapping[Cause, str]) -> dict[str, Cause]:
    """Turn codes by cause, separated by spaces, into a table; raise ValueError for a code under two causes."""
    pairs = [(code, cause) for cause, text in codes.items() for code in text.split()]
    if len(table := dict(pairs)) != len(pairs):
        raise ValueError("a code stands under two causes")
    return table


@dataclass(frozen=True, kw_only=True)
class ErrorTable:
    """How an exchange says no.

    `code_keys` name the fields of its code and `text_keys` those of its message, in the order they are tried;
    `ok` are codes of success; `codes` map its codes; `texts` map lower-case fragments and are looked at first
    (narrow before wide). `plain` maps whole bodies in lower case, for an exchange that refuses in plain text;
    `list_key` names a list whose first object holds code and text, where an answer has one.
    `pages` tells what an answer of a status means that carries no code of the exchange's own: fragments in lower
    case, the empty one for every other page of that status.
    """

    codes: Mapping[str, Cause]
    code_keys: tuple[str, ...] = ("code",)
    text_keys: tuple[str, ...] = ("msg", "message")
    ok: frozenset[str] = frozenset({"0", "200"})
    texts: tuple[tuple[str, Cause], ...] = ()
    plain: Mapping[str, Cause] = field(default_factory=dict)
    list_key: str = ""
    pages: Mapping[int, tuple[tuple[str, Cause], ...]] = field(default_factory=dict)


# What any exchange may say in an answer of its own without a code that we know.
COMMON_TEXTS = (
    ("error code: 1015", Cause.RATE_LIMITED),
    ("too many requests", Cause.RATE_LIMITED),
    ("restricted location", Cause.REGION),
    ("not available in your country", Cause.REGION),
    ("unavailable in your region", Cause.REGION),
    ("maintenance", Cause.UNAVAILABLE),
)
# An IP list is only ever named in the exchange's own JSON; a firewall's page with "ip" in it is no such proof.
OWN_TEXTS = (
    ("ip white", Cause.IP_NOT_ALLOWED),
    ("whitelist", Cause.IP_NOT_ALLOWED),
    ("invalid request ip", Cause.IP_NOT_ALLOWED),
    ("no permission", Cause.RIGHT_MISSING),
    ("more permission", Cause.RIGHT_MISSING),
    ("recvwindow", Cause.CLOCK),
    ("invalid signature", Cause.SECRET_WRONG),
)
STATUSES = {
    404: Cause.UNREADABLE,
    408: Cause.UNAVAILABLE,
    418: Cause.RATE_LIMITED,
    429: Cause.RATE_LIMITED,
    451: Cause.REGION,
}
# The last resort, for a code that is in no table: by the name of ccxt's class, narrow before wide.
CCXT_CLASSES = {
    "AccountSuspended": Cause.ACCOUNT_RESTRICTED,
    "PermissionDenied": Cause.RIGHT_UNPROVEN,
    "AccountNotEnabled": Cause.ACCOUNT_RESTRICTED,
    "AuthenticationError": Cause.KEY_INVALID,
    "InvalidNonce": Cause.CLOCK,
    "RateLimitExceeded": Cause.RATE_LIMITED,
    "DDoSProtection": Cause.RATE_LIMITED,
    "OnMaintenance": Cause.UNAVAILABLE,
    "ExchangeNotAvailable": Cause.UNAVAILABLE,
    "RequestTimeout": Cause.UNAVAILABLE,
    "NetworkError": Cause.UNAVAILABLE,
}
ADDRESS = re.compile(r"(?<![\w.])[0-9a-fA-F:.]{3,45}(?!\w)")


def classify(answer: RawAnswer, table: ErrorTable, *, ccxt_class: str = "") -> Trouble | None:
    """Say why the answer is no success, or None when nothing in it says no.

    None is not yet proof: the reader of the question must still find the exchange's own required fields.
    """
    fields = _fields(answer.json, table)
    code = _first(fields, table.code_keys)
    said_no = bool(code) and code not in table.ok
    if 200 <= answer.status < 300 and not said_no and fields.get("success") is not False:
        return None
    cause = _cause(answer, table, fields, code if said_no else "", ccxt_class)
    return Trouble(
        cause=cause,
        code=code[:40] if said_no and code.isascii() and code.isprintable() else "",
        ip=_ip(answer.text) if cause is Cause.IP_NOT_ALLOWED else "",
        retry_after=_retry_after(answer.headers),
    )


def said_by(answer: RawAnswer, table: ErrorTable) -> tuple[str, str]:
    """Return the exchange's own code of failure ("" when it says none) and its text in lower case."""
    fields = _fields(answer.json, table)
    code = _first(fields, table.code_keys)
    return "" if code in table.ok else code, _first(fields, table.text_keys).lower()


def _fields(body: object, table: ErrorTable) -> Mapping[str, object]:
    fields = body if isinstance(body, Mapping) else {}
    inner = fields.get(table.list_key)
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Mapping) else fields


def _cause(answer: RawAnswer, table: ErrorTable, fields: Mapping[str, object], code: str, ccxt_class: str) -> Cause:
    """Return the first cause that speaks, narrow before wide: own text, own code, status, common text, ccxt."""
    own_text = _first(fields, table.text_keys).lower()
    if cause := _find(own_text, table.texts) or table.codes.get(code):
        return cause
    if not code and (cause := _find(answer.text[:4000].lower(), table.pages.get(answer.status, ()))):
        return cause
    if answer.status in STATUSES or answer.status >= 500:
        return STATUSES.get(answer.status, Cause.UNAVAILABLE)
    if cause := _find(answer.text[:4000].lower(), COMMON_TEXTS) or (_find(own_text, OWN_TEXTS) if code else None):
        return cause
    if cause := table.plain.get(answer.text[:100].strip().lower()):
        return cause
    if not fields:
        # 401, 403 and 407 pages come from proxies and firewalls: they say nothing about the key.
        return Cause.UNAVAILABLE if 400 <= answer.status < 500 else Cause.UNREADABLE
    return CCXT_CLASSES.get(ccxt_class, Cause.UNREADABLE) if code else Cause.UNREADABLE


def _find(text: str, fragments: tuple[tuple[str, Cause], ...]) -> Cause | None:
    return next((cause for fragment, cause in fragments if fragment in text), None)


def _first(fields: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next(_scalars(fields, keys), "")


def _scalars(fields: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield str(value).strip()


def _ip(text: str) -> str:
    """Return the first address in a text, KuCoin's "clientIp is:203.0.113.7" and a full stop behind it included."""
    for found in ADDRESS.findall(text[:4000]):
        for candidate in (found, found.rstrip(".:"), found.strip(".:")):
            with contextlib.suppress(ValueError):
                return str(ipaddress.ip_address(candidate))
    return ""


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return min(int(text), 3600) if text.isascii() and text.isdigit() and len(text) < 10 else None
