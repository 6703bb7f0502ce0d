"""The neutral shapes between the server and the dialects: a call, an answer, a refusal, a table of routes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from practice.refusals import Reason, RefusedError
from practice.trading.matching import Desk
from practice.world.market import Market
from practice.world.world import Account, Key, World


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls,
        data: Any,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        write: Callable[[object], str] | None = None,
    ) -> "Answer":
        """Write decimals plainly, or as `write` does."""
        text = json.dumps(data, separators=(",", ":"), default=write or plain)
        return cls(text.encode(), status, {"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True)
class Call:
    """One request as its dialect sees it: `path` and `query` as on the wire, without our /<slug> prefix.

    `netloc` is the host that the request names and `prefix` what was cut from its path; `is_real` tells that the host
    is one of the exchange's own.
    """

    desk: Desk
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    ip: str
    now: int
    host: str = "spot"
    signed_by: Key | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    netloc: str = ""
    prefix: str = ""
    is_real: bool = False

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of query and form body as they were sent; JSON bodies are `json`."""
        form = "" if self.body.lstrip().startswith((b"{", b"[")) else self.body.decode(errors="replace")
        return parse_qsl(f"{self.query}&{form}", keep_blank_values=True)

    @cached_property
    def params(self) -> dict[str, str]:
        return dict(self.pairs)

    def many(self, name: str) -> list[str]:
        """Return every value of a parameter that may be repeated."""
        return [value for key, value in self.pairs if key == name and value]

    @cached_property
    def json(self) -> dict[str, Any]:
        try:
            data = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise RefusedError(Reason.BAD_PARAMETER, "body") from None
        return data if isinstance(data, dict) else {}

    def json_rows(self) -> list[dict[str, Any]]:
        """Return a JSON body that is a list of objects, for calls that take several things at once."""
        try:
            data = json.loads(self.body or b"[]")
        except (ValueError, RecursionError):
            raise RefusedError(Reason.BAD_PARAMETER, "body") from None
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise RefusedError(Reason.BAD_PARAMETER, "body")
        return data

    def at(self, now: int) -> "Call":
        return replace(self, now=now)

    def lagging(self, ms: int) -> "Call":
        """Return a call that reads from a copy which does not know younger orders yet; what writes knows them all."""
        return replace(self, desk=replace(self.desk, lag=ms)) if self.method == "GET" else self

    def blind(self, ms: int) -> "Call":
        """Return a call that reads from a copy which has the ends of younger orders, and not their fills."""
        return replace(self, desk=replace(self.desk, blind=ms)) if self.method == "GET" else self

    def need(self, *names: str) -> None:
        """Refuse a call that lacks one of these parameters."""
        for name in names:
            if not self.params.get(name):
                raise RefusedError(Reason.BAD_PARAMETER, name)

    def whole(self, name: str) -> int | None:
        """Return a whole-number parameter, None when it was not sent."""
        text = self.params.get(name)
        if text is not None and not is_moment(text):
            raise RefusedError(Reason.BAD_PARAMETER, name)
        return int(text) if text else None

    @property
    def world(self) -> World:
        return self.desk.world

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def paths(self) -> list[str]:
        """Return the paths that a client may have signed: by our prefix, it may count that or not."""
        return [self.path, self.prefix + self.path] if self.prefix else [self.path]

    def hosts(self, *own: str) -> list[str]:
        """Return the hosts that a client may have signed: the one it named; at our addresses, the exchange's too."""
        name = self.netloc.partition(":")[0]
        return [name] if self.is_real else [*own, self.netloc, name]

    @property
    def key(self) -> Key:
        if self.signed_by is None:
            raise RefusedError(Reason.NO_CREDENTIALS)
        return self.signed_by

    @property
    def account(self) -> Account:
        return self.world.account_of(self.key)

    @property
    def market(self) -> Market:
        return self.world.market


LARGEST = 18
Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """`needs` is None for a public route, () for any good key, else the rights of which one is enough."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs: tuple[str, ...] | None
    hosts: tuple[str, ...]
    is_optional: bool


class Routes:
    def __init__(self, table: list[Route] | None = None) -> None:
        self.table = table or []

    def __add__(self, other: "Routes") -> "Routes":
        return Routes([*self.table, *other.table])

    def __call__(
        self,
        method: str,
        path: str,
        needs: tuple[str, ...] | None = None,
        hosts: tuple[str, ...] = ("spot",),
        is_optional: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a handler; `is_optional` verifies a signature only where one is sent."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

        def register(handler: Handler) -> Handler:
            self.table.append(Route(method, pattern, handler, needs, hosts, is_optional))
            return handler

        return register

    def find(self, call: Call) -> tuple[Route, Call]:
        for route in self.table:
            found = route.pattern.fullmatch(call.path)
            if found and route.method == call.method and call.host in route.hosts:
                return route, replace(call, args=found.groupdict())
        raise RefusedError(Reason.NO_ROUTE)


def decimal(value: object, name: str) -> Decimal | None:
    """Read a number as exchanges send it, in text or JSON; None when it was not sent."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise RefusedError(Reason.BAD_PARAMETER, name) from None
    if not number.is_finite() or abs(number.adjusted()) > LARGEST:
        raise RefusedError(Reason.BAD_PARAMETER, name)
    return number


def eight(number: object) -> str:
    """Write a decimal with eight places, whether it needs them or not."""
    if not isinstance(number, Decimal):
        raise TypeError(f"{number!r} has no place in an answer")
    return f"{number:.8f}"


def plain(number: object) -> str:
    """Write a decimal as exchanges do: no exponent, no trailing zeros."""
    if not isinstance(number, Decimal):
        raise TypeError(f"{number!r} has no place in an answer")
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_moment(text: str) -> bool:
    """Say whether this is a whole number that can be a time, and not a trap for int()."""
    return text.isdecimal() and len(text) <= 16
