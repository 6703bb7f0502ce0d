"""The neutral shapes between the server and the dialects: a call, an answer, a refusal, a table of routes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from practice.world import Account, Key, World


class Reason(Enum):
    """Why a request is refused; each dialect says it in its exchange's own words."""

    NO_ROUTE = auto()
    NO_CREDENTIALS = auto()
    NO_SIGNATURE = auto()
    MALFORMED_KEY = auto()
    UNKNOWN_KEY = auto()
    EXPIRED_KEY = auto()
    BAD_SIGNATURE = auto()
    BAD_PASSPHRASE = auto()
    STALE_TIME = auto()
    WINDOW_TOO_WIDE = auto()
    IP = auto()
    RIGHT = auto()
    ACCOUNT_FROZEN = auto()
    RATE_LIMITED = auto()
    BAD_PARAMETER = auto()
    UNKNOWN_PAIR = auto()
    UNKNOWN_ORDER = auto()
    ORDER_CLOSED = auto()
    INSUFFICIENT = auto()
    BELOW_MINIMUM = auto()
    PRECISION = auto()
    DUPLICATE_CLIENT_ID = auto()


class RefusedError(Exception):
    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        text = json.dumps(data, separators=(",", ":"), default=plain)
        return cls(text.encode(), status, {"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True)
class Call:
    """One request as its dialect sees it: `path` and `query` as on the wire, without our /<slug> prefix."""

    world: World
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

    @cached_property
    def params(self) -> dict[str, str]:
        """Return query and form body together; JSON bodies are `json`."""
        form = "" if self.body.lstrip().startswith((b"{", b"[")) else self.body.decode(errors="replace")
        return dict(parse_qsl(f"{self.query}&{form}", keep_blank_values=True))

    @cached_property
    def json(self) -> dict[str, Any]:
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            raise RefusedError(Reason.BAD_PARAMETER, "body") from None
        return data if isinstance(data, dict) else {}

    def at(self, now: int) -> "Call":
        return replace(self, now=now)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def key(self) -> Key:
        if self.signed_by is None:
            raise RefusedError(Reason.NO_CREDENTIALS)
        return self.signed_by

    @property
    def account(self) -> Account:
        return self.world.account_of(self.key)


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


def plain(number: object) -> str:
    """Write a decimal as exchanges do: no exponent, no trailing zeros."""
    if not isinstance(number, Decimal):
        raise TypeError(f"{number!r} has no place in an answer")
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
