"""Why an exchange's answer is no proof: our causes, and how a raw answer is turned into one."""

import contextlib
import ipaddress
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cached_property

from exchanges.shape import StrangeAnswer, safe_code, safe_path, shape_of


class Cause(StrEnum):
    """Values are finding codes, but for RIGHT_MISSING, which becomes one by the question that met it."""

    UNAVAILABLE = "reach.unavailable"
    BLOCKED = "reach.blocked"
    UNKNOWN_CODE = "reach.unknown_code"
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
        return self in TEMPORARY


TEMPORARY = frozenset(
    {Cause.UNAVAILABLE, Cause.BLOCKED, Cause.UNKNOWN_CODE, Cause.RATE_LIMITED, Cause.UNREADABLE, Cause.CLOCK}
)


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """One HTTP answer as it came: nothing parsed, nothing believed.

    `asked` is the method and path it came to; `at` the moment it came, in epoch seconds.
    """

    status: int
    text: str
    headers: Mapping[str, str]
    asked: str = ""
    at: float = field(default_factory=time.time, compare=False)

    @cached_property
    def json(self) -> object:
        """Return the parsed body, or None when it is no JSON (or nested without sense)."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why one question got no proof. `code` is the exchange's own, never its text.

    `ip` is the caller's address as the exchange saw it; `retry_after` are seconds, `until` is the moment they end.
    `strange` is what may be kept of an answer that is in no table. `is_ours`: we kept the question back ourselves.
    """

    cause: Cause
    code: str = ""
    ip: str = ""
    retry_after: int | None = None
    until: datetime | None = field(default=None, compare=False)
    strange: StrangeAnswer | None = field(default=None, compare=False)
    is_ours: bool = False

    @property
    def wait(self) -> int:
        """Return for how many seconds this one question has to wait.

        Of an exchange that is away none: it is back with its next answer, whenever that is.
        """
        return self.retry_after or 0 if self.cause is Cause.RATE_LIMITED else 0


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
    `reset_at` names headers that tell the epoch moment (in seconds or milliseconds) at which a limit ends, `reset_in`
    one that tells the milliseconds until then, `page_wait` the seconds to wait after a page of a status: what counts
    where no Retry-After and no moment in the text says more.
    """

    codes: Mapping[str, Cause]
    code_keys: tuple[str, ...] = ("code",)
    text_keys: tuple[str, ...] = ("msg", "message")
    ok: frozenset[str] = frozenset({"0", "200"})
    texts: tuple[tuple[str, Cause], ...] = ()
    plain: Mapping[str, Cause] = field(default_factory=dict)
    list_key: str = ""
    pages: Mapping[int, tuple[tuple[str, Cause], ...]] = field(default_factory=dict)
    reset_at: tuple[str, ...] = ()
    reset_in: str = ""
    page_wait: Mapping[int, int] = field(default_factory=dict)


# How firewalls (CloudFront, Cloudflare 1009) and exchanges say that they serve nobody where our server stands.
COUNTRY = (
    ("block access from your country", Cause.REGION),
    ("error code: 1009", Cause.REGION),
    ("banned the country or region your ip address is in", Cause.REGION),
    ("restricted location", Cause.REGION),
    ("not available in your country", Cause.REGION),
    ("unavailable in your country", Cause.REGION),
    ("not available in your region", Cause.REGION),
    ("unavailable for your region", Cause.REGION),
    ("unavailable in your region", Cause.REGION),
    ("unavailable in the u.s.", Cause.REGION),
    ("country or region where we are currently unable", Cause.REGION),
)
# What firewalls (Akamai, Cloudflare, CloudFront) say of our address without saying why.
FIREWALL = (
    ("<title>access denied", Cause.BLOCKED),
    ("sorry, you have been blocked", Cause.BLOCKED),
    ("used cloudflare to restrict access", Cause.BLOCKED),
    ("request blocked", Cause.BLOCKED),
    *((f"error code: {number}", Cause.BLOCKED) for number in (1006, 1007, 1008, 1010, 1020)),
)
# What any exchange may say in an answer of its own without a code that we know.
COMMON_TEXTS = (
    ("error code: 1015", Cause.RATE_LIMITED),
    ("too many requests", Cause.RATE_LIMITED),
    *COUNTRY,
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
# The last resort, for a code that is in no table: by the name of ccxt's class, narrow before wide. What ccxt calls an
# authentication or a permission may be an identity check, a sub-account or a fault: a doubtful refusal stays one.
CCXT_CLASSES = {
    "AccountSuspended": Cause.ACCOUNT_RESTRICTED,
    "PermissionDenied": Cause.UNKNOWN_CODE,
    "AccountNotEnabled": Cause.ACCOUNT_RESTRICTED,
    "AuthenticationError": Cause.UNKNOWN_CODE,
    "InvalidNonce": Cause.CLOCK,
    "RateLimitExceeded": Cause.RATE_LIMITED,
    "DDoSProtection": Cause.RATE_LIMITED,
    "OnMaintenance": Cause.UNAVAILABLE,
    "ExchangeNotAvailable": Cause.UNAVAILABLE,
    "RequestTimeout": Cause.UNAVAILABLE,
    "NetworkError": Cause.UNAVAILABLE,
}
# Binance bans an address for up to three days, and longer for each request made meanwhile.
LONGEST_WAIT = 3 * 24 * 3600
BANNED_UNTIL = re.compile(r"until\D{0,3}(\d{10}(?:\d{3})?)(?!\d)")
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
    said = code if said_no else ""
    cause, is_known = _cause(answer, table, fields, said, ccxt_class)
    wait = _wait(answer, table, fields, is_limit=cause is Cause.RATE_LIMITED) if cause in TEMPORARY else None
    return Trouble(
        cause=cause,
        code=said[:40] if said.isascii() and said.isprintable() else "",
        ip=_ip(answer.text) if cause is Cause.IP_NOT_ALLOWED else "",
        retry_after=wait,
        until=datetime.fromtimestamp(answer.at + wait, tz=UTC) if wait else None,
        strange=None if is_known else strange(answer, said),
    )


def strange(answer: RawAnswer, code: str = "") -> StrangeAnswer:
    """Return what may be kept of an answer that is in no table."""
    method, _, path = answer.asked.partition(" ")
    asked = f"{method} {safe_path(path)}" if path else method
    return StrangeAnswer(asked=asked, status=answer.status, code=safe_code(code), shape=shape_of(answer.text))


def unreadable(answer: RawAnswer | None) -> Trouble:
    """Return the trouble of an answer that lacks what the exchange always sends."""
    return Trouble(cause=Cause.UNREADABLE, strange=strange(answer) if answer else None)


def said_by(answer: RawAnswer, table: ErrorTable) -> tuple[str, str]:
    """Return the exchange's own code of failure ("" when it says none) and its text in lower case."""
    fields = _fields(answer.json, table)
    code = _first(fields, table.code_keys)
    return "" if code in table.ok else code, _first(fields, table.text_keys).lower()


def _fields(body: object, table: ErrorTable) -> Mapping[str, object]:
    fields = body if isinstance(body, Mapping) else {}
    inner = fields.get(table.list_key)
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Mapping) else fields


def _cause(
    answer: RawAnswer, table: ErrorTable, fields: Mapping[str, object], code: str, ccxt_class: str
) -> tuple[Cause, bool]:
    """Return the first cause that speaks, narrow before wide, and whether it stands in a table of ours.

    In this order: own text, own code, page, status, common text, the class that ccxt made of it.
    """
    own_text, text = _first(fields, table.text_keys).lower(), answer.text[:4000].lower()
    if cause := _find(own_text, table.texts) or table.codes.get(code):
        return cause, True
    if not code and (cause := _find(text, COUNTRY) or _find(text, table.pages.get(answer.status, ()))):
        return cause, True
    if answer.status in STATUSES or answer.status >= 500:
        return STATUSES.get(answer.status, Cause.UNAVAILABLE), not code and answer.status != 404
    if cause := _find(text, COMMON_TEXTS) or (_find(own_text, OWN_TEXTS) if code else None):
        return cause, not code
    if cause := table.plain.get(answer.text[:100].strip().lower()):
        return cause, True
    if not fields:
        return _of_page(answer.status, text)
    return CCXT_CLASSES.get(ccxt_class, Cause.UNKNOWN_CODE) if code else Cause.UNREADABLE, False


def _of_page(status: int, text: str) -> tuple[Cause, bool]:
    """Judge what is no answer of the exchange's own: 401, 403 and 407 pages come from proxies and firewalls."""
    if cause := _find(text, FIREWALL):
        return cause, True
    return Cause.UNAVAILABLE if 400 <= status < 500 else Cause.UNREADABLE, False


def _find(text: str, fragments: tuple[tuple[str, Cause], ...]) -> Cause | None:
    return next((cause for fragment, cause in fragments if fragment in text), None)


def _first(fields: Mapping[str, object], keys: tuple[str, ...]) -> str:
    """Return the first text or number under these keys that is not empty, else ""."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and (text := str(value).strip()):
            return text
    return ""


def _ip(text: str) -> str:
    """Return the first address in a text, KuCoin's "clientIp is:203.0.113.7" and a full stop behind it included."""
    for found in ADDRESS.findall(text[:4000]):
        for candidate in (found, found.rstrip(".:"), found.strip(".:")):
            with contextlib.suppress(ValueError):
                return str(ipaddress.ip_address(candidate))
    return ""


def _wait(answer: RawAnswer, table: ErrorTable, fields: Mapping[str, object], *, is_limit: bool) -> int | None:
    """Return the seconds that the exchange wants to be left alone: the longest of what it says, None for no word."""
    headers = {name.lower(): value.strip() for name, value in answer.headers.items()}
    waits = [_retry_after(headers.get("retry-after", ""), answer.at)]
    if is_limit:
        waits += [_until(one, answer.at) for one in BANNED_UNTIL.findall(_first(fields, table.text_keys)[:1000])]
    if is_limit and not any(wait is not None for wait in waits):
        waits += [_until(headers.get(name, ""), answer.at) for name in table.reset_at]
        waits += [_seconds(headers.get(table.reset_in, "")), None if fields else table.page_wait.get(answer.status)]
    return max((min(wait, LONGEST_WAIT) for wait in waits if wait is not None), default=None)


def _seconds(millis: str) -> int | None:
    return math.ceil(int(millis) / 1000) if millis.isascii() and millis.isdigit() and len(millis) < 10 else None


def _retry_after(text: str, now: float) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 10 else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(math.ceil(parsedate_to_datetime(text).timestamp() - now), 0)
    return None


def _until(text: str, now: float) -> int | None:
    """Return the seconds until an epoch moment in seconds or milliseconds; None for what is over or is no moment."""
    if not (text.isascii() and text.isdigit() and len(text) in (10, 13)):
        return None
    left = math.ceil(int(text) / (1000 if len(text) == 13 else 1) - now)
    return left if left > 0 else None
