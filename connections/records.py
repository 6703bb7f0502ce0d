"""What a check run stores as JSON, each record written and read by one class.

A field that is not there reads as empty, never as proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """One of the five steps; `ms` is the time the exchange took for the answer that decided it."""

    key: str
    label: str
    state: str
    ms: int | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def read_all(cls, stored: Any) -> list[StepLine]:
        return [cls(**_texts_of(row, "key", "label", "state"), ms=row.get("ms")) for row in _rows(stored)]


@dataclass(frozen=True, kw_only=True)
class FindingLine:
    code: str
    level: str
    text: str
    hint: str

    @classmethod
    def read_all(cls, stored: Any) -> list[FindingLine]:
        return [cls(**_texts_of(row, "code", "level", "text", "hint")) for row in _rows(stored)]


@dataclass(frozen=True, kw_only=True)
class RightLine:
    """One row of the rights table. `state` is granted, absent or unknown; `needed` required, forbidden or optional."""

    right: str
    label: str
    state: str
    needed: str
    evidence: str

    @classmethod
    def read_all(cls, stored: Any) -> list[RightLine]:
        return [cls(**_texts_of(row, "right", "label", "state", "needed", "evidence")) for row in _rows(stored)]


@dataclass(frozen=True, kw_only=True)
class StrangeLine:
    """An answer that was in no table: for operators; `shape` has keys, types and lengths, never a value."""

    question: str
    cause: str
    asked: str
    status: int
    code: str
    shape: Any

    @classmethod
    def read_all(cls, stored: Any) -> list[StrangeLine]:
        return [
            cls(
                **_texts_of(row, "question", "cause", "asked", "code"),
                status=status if isinstance(status := row.get("status"), int) else 0,
                shape=row.get("shape"),
            )
            for row in _rows(stored)
        ]


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
        return asdict(self) | {"expires_on": self.expires_on and self.expires_on.isoformat()}

    @classmethod
    def read(cls, stored: Any) -> Evidence:
        row = stored if isinstance(stored, dict) else {}
        expires = _text(row, "expires_on")
        return cls(
            rights=RightLine.read_all(row.get("rights")),
            unknown=_texts(row.get("unknown")),
            ip_list=None if row.get("ip_list") is None else _texts(row.get("ip_list")),
            our_ips=_texts(row.get("our_ips")),
            seen_ip=_text(row, "seen_ip"),
            expires_on=date.fromisoformat(expires) if expires else None,
            account_uid=_text(row, "account_uid"),
            strange=StrangeLine.read_all(row.get("strange")),
        )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _texts_of(row: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _text(row, name) for name in names}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
