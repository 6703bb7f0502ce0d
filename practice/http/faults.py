"""Faults as plain data: kind, key and frequency, decided before anything is sent."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from practice.world.market import draw

SILENT = frozenset({"blind_orders", "clock", "delay", "hide_orders"})
KINDS = (
    "refuse",
    "reset",
    "500",
    "502",
    "503",
    "504",
    "429",
    "html_200",
    "null_200",
    "empty_200",
    "list_200",
    "other_exchange_200",
    "slow_drip",
    "gzip_bomb",
    "redirect",
    "hang",
    "truncated_json",
    "cut_body",
    "wrong_content_type",
    "401_html",
    "403_html",
    "451_html",
    "late_accept",
    "accept_later",
    "answer",
    "edit",
    *sorted(SILENT),
)


class UnknownFaultError(ValueError):
    pass


@dataclass
class Fault:
    """`path`, `query` and `method` are globs; it fires `count` times (None: always), on every `every`-th match.

    With a `chance` below 1 only so many of these fire, drawn from the seed: the same ones after the same start.
    Without slug and api_key it is global. `status`, `headers`, `body` and `body_base64` belong to "answer"; in "edit"
    `body` changes rows of the true answer: {"at": dotted path of the list, "where": fields of the rows that are meant,
    "set": fields, "drop": names, "remove": true for rows that leave, "add": rows},
    `location` to "redirect", `seconds` to 429's Retry-After, `ms` to "clock", "delay", "accept_later" (cut off now,
    carried out so much later), "hide_orders" (what is read does not know orders that are younger) and "blind_orders"
    (what is read says of younger orders that they were canceled with nothing filled).
    """

    kind: str
    id: int = 0
    slug: str | None = None
    api_key: str | None = None
    host: str = "*"
    path: str = "*"
    query: str = "*"
    method: str = "*"
    count: int | None = None
    every: int = 1
    chance: float = 1
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    body_base64: str | None = None
    location: str = "/_elsewhere"
    seconds: int = 2
    ms: int = 0
    seen: int = 0
    fired: int = 0

    def fits(self, slug: str, api_key: str | None, host: str, method: str, path: str, query: str) -> bool:
        aimed = self.slug in (None, slug) and self.api_key in (None, api_key)
        asked = ((host, self.host), (method, self.method), (path, self.path), (query, self.query))
        return aimed and all(fnmatchcase(value, glob) for value, glob in asked)

    def fires(self, seed: int) -> bool:
        """Count this match and say whether it is one that breaks."""
        self.seen += 1
        is_spent = self.count is not None and self.fired >= self.count
        if self.seen % self.every or is_spent or not self._is_drawn(seed):
            return False
        self.fired += 1
        return True

    def _is_drawn(self, seed: int) -> bool:
        return self.chance >= 1 or draw(seed, "fault", self.kind, self.id, self.seen) < self.chance * 2 - 1

    def report(self) -> dict[str, Any]:
        return asdict(self)


def make_fault(data: dict[str, Any]) -> Fault:
    unknown = set(data) - {f.name for f in fields(Fault)}
    if unknown or data.get("kind") not in KINDS:
        raise UnknownFaultError(f"unknown: {sorted(unknown) or data.get('kind')}; kinds: {', '.join(KINDS)}")
    every, chance = int(data.get("every", 1)), float(data.get("chance", 1))
    if every < 1:
        raise UnknownFaultError("every must be 1 or more")
    if not 0 <= chance <= 1:
        raise UnknownFaultError("chance must lie between 0 and 1")
    return Fault(**{**data, "every": every, "chance": chance})


class FaultBook:
    """The faults now set: those of control, cleared together, and those that came with a key."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.set_now: list[Fault] = []
        self.of_keys: dict[str, list[Fault]] = {}
        self.last_id = 0

    def add(self, fault: Fault) -> Fault:
        self.last_id += 1
        fault.id = self.last_id
        self.set_now.append(fault)
        return fault

    def keep(self, key_id: str, faults: Iterable[dict[str, Any]]) -> None:
        self.of_keys[key_id] = [make_fault(dict(fault)) for fault in faults]

    def clear(self, **wanted: Any) -> int:
        """Remove those whose fields equal all that is given; return how many."""
        kept = [f for f in self.set_now if any(getattr(f, name) != value for name, value in wanted.items())]
        removed, self.set_now = len(self.set_now) - len(kept), kept
        return removed

    def pick(self, slug: str, api_key: str | None, host: str, method: str, path: str, query: str = "") -> list[Fault]:
        """Return the silent faults that act now and at most one that spoils the answer, the last set first."""
        candidates = [*reversed(self.set_now), *self.of_keys.get(f"{slug}:{api_key}", [])]
        picked: list[Fault] = []
        is_spoiled = False
        for fault in candidates:
            wanted = fault.kind in SILENT or not is_spoiled
            if wanted and fault.fits(slug, api_key, host, method, path, query) and fault.fires(self.seed):
                picked.append(fault)
                is_spoiled = is_spoiled or fault.kind not in SILENT
        return picked
