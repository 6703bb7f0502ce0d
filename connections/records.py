"""Typed readers of what a check run stores as JSON; a field that is not there reads as empty, never as proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StepLine:
    key: str
    label: str
    state: str
    ms: int | None


@dataclass(frozen=True, kw_only=True)
class FindingLine:
    code: str
    level: str
    text: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class RightRow:
    right: str
    label: str
    state: str
    needed: str
    evidence: str


@dataclass(frozen=True, kw_only=True)
class StrangeLine:
    """An answer that was in no table: for operators; `shape` has keys, types and lengths, never a value."""

    question: str
    cause: str
    asked: str
    status: int
    code: str
    shape: Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`ip_list` is None when the exchange did not tell, [] when the key works from every address."""

    rights: list[RightRow]
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


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def read_steps(stored: Any) -> list[StepLine]:
    return [
        StepLine(key=_text(row, "key"), label=_text(row, "label"), state=_text(row, "state"), ms=row.get("ms"))
        for row in _rows(stored)
    ]


def read_findings(stored: Any) -> list[FindingLine]:
    names = ("code", "level", "text", "hint")
    return [FindingLine(**{name: _text(row, name) for name in names}) for row in _rows(stored)]


def read_evidence(stored: Any) -> Evidence:
    row = stored if isinstance(stored, dict) else {}
    names = ("right", "label", "state", "needed", "evidence")
    expires = _text(row, "expires_on")
    return Evidence(
        rights=[RightRow(**{name: _text(one, name) for name in names}) for one in _rows(row.get("rights"))],
        unknown=_texts(row.get("unknown")),
        ip_list=None if row.get("ip_list") is None else _texts(row.get("ip_list")),
        our_ips=_texts(row.get("our_ips")),
        seen_ip=_text(row, "seen_ip"),
        expires_on=date.fromisoformat(expires) if expires else None,
        account_uid=_text(row, "account_uid"),
        strange=[_strange(one) for one in _rows(row.get("strange"))],
    )


def _strange(row: Mapping[str, Any]) -> StrangeLine:
    names = ("question", "cause", "asked", "code")
    status = row.get("status")
    return StrangeLine(
        **{name: _text(row, name) for name in names},
        status=status if isinstance(status, int) else 0,
        shape=row.get("shape"),
    )
