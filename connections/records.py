"""What a check run stores as JSON, each record written and read by one class.

A field that is not there reads as empty, never as proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, ClassVar, Self

from exchanges.sentences import Sentence, retold


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of a stored list, written by asdict. Its fields are texts, but for those that READERS read."""

    READERS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    @classmethod
    def read_all(cls, stored: Any) -> list[Self]:
        rows = [row for row in stored if isinstance(row, dict)] if isinstance(stored, list) else []
        readers: dict[str, Callable[[Any], Any]] = {one.name: cls.READERS.get(one.name, text) for one in fields(cls)}
        return [cls(**{name: read(row.get(name)) for name, read in readers.items()}) for row in rows]


@dataclass(frozen=True, kw_only=True)
class StepLine(Line):
    """One of the five steps; `ms` is the time the exchange took for the answer that decided it."""

    READERS = {"ms": lambda ms: ms}

    key: str
    label: str
    state: str
    ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class SpokenLine(Line):
    """A row with sentences; `said` holds the pattern and the values of those that have values, by field."""

    READERS = {"said": lambda said: said if isinstance(said, dict) else {}}

    SPOKEN: ClassVar[frozenset[str]] = frozenset()

    said: dict[str, Any] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str]) -> Self:
        """Return it in the language of `translate`."""
        told: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "said"}
        told |= {name: translate(told[name]) for name in self.SPOKEN if told[name]}
        told |= {
            name: retold(said, translate, instead=told[name]) for name, said in self.said.items() if name in self.SPOKEN
        }
        return type(self)(**told)


@dataclass(frozen=True, kw_only=True)
class FindingLine(SpokenLine):
    SPOKEN = frozenset({"text", "hint"})

    code: str
    level: str
    text: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class RightLine(SpokenLine):
    """One row of the rights table. `state` is granted, absent or unknown; `needed` required, forbidden or optional."""

    SPOKEN = frozenset({"label", "evidence"})

    right: str
    label: str
    state: str
    needed: str
    evidence: str


@dataclass(frozen=True, kw_only=True)
class StrangeLine(Line):
    """An answer that was in no table: for operators; `shape` has keys, types and lengths, never a value."""

    READERS = {"status": lambda status: status if isinstance(status, int) else 0, "shape": lambda shape: shape}

    question: str
    cause: str
    asked: str
    status: int
    code: str
    shape: Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run proved. No secret is ever among it.

    `ip_list` is None when the exchange did not tell, [] when the key works from every address.
    """

    rights: list[RightLine]
    unknown: list[str]
    ip_list: list[str] | None
    our_ips: list[str]
    seen_ip: str
    expires_on: date | None
    account_uid: str
    strange: list[StrangeLine] = field(default_factory=list)

    @property
    def is_told(self) -> bool:
        """Say whether the exchange told anything about the key; a refused test leaves every right unknown."""
        return any(row.state != "unknown" for row in self.rights)

    def as_json(self) -> dict[str, object]:
        rights = [row_of(line) for line in self.rights]
        return asdict(self) | {"rights": rights, "expires_on": self.expires_on and self.expires_on.isoformat()}

    @classmethod
    def read(cls, stored: Any) -> Evidence:
        row = stored if isinstance(stored, dict) else {}
        expires = text(row.get("expires_on"))
        return cls(
            rights=RightLine.read_all(row.get("rights")),
            unknown=texts(row.get("unknown")),
            ip_list=None if row.get("ip_list") is None else texts(row.get("ip_list")),
            our_ips=texts(row.get("our_ips")),
            seen_ip=text(row.get("seen_ip")),
            expires_on=date.fromisoformat(expires) if expires else None,
            account_uid=text(row.get("account_uid")),
            strange=StrangeLine.read_all(row.get("strange")),
        )


def row_of(record: Any) -> dict[str, Any]:
    """Return a finding or a line as JSON, with what its sentences are made of, where they have values."""
    said = {name: text.as_json() for name, text in vars(record).items() if isinstance(text, Sentence)}
    return asdict(record) | {"said": said}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """Read a stored list; what is no text is left out."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
