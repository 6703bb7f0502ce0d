"""The manifest of a backup: what it holds, and by what keys it opens, with a mark that only this installation makes."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from backfuture.backups.sealed import BackupError

NAME, DATABASE, KEYS = "manifest.json", "database.sealed", "keys.sealed"
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`counts` are rows by table, `migrations` the last ones of each app, `head` the place and digest at which the
    audit trail ended. `vault_keys` are those that its API keys were sealed with; `parts` are sizes and digests."""

    name: str
    made_at: str
    vendor: str
    migrations: Mapping[str, list[str]]
    counts: Mapping[str, int]
    head: tuple[int, str]
    vault_keys: list[str]
    secrets: int
    parts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, directory: Path) -> None:
        told = asdict(self)
        (directory / NAME).write_text(json.dumps({**told, "mark": mark(told)}, indent=1, sort_keys=True) + "\n")
        (directory / NAME).chmod(0o600)


def mark(told: Mapping[str, Any]) -> str:
    """Return what only a holder of this installation's keys can write beside a manifest."""
    text = json.dumps(told, sort_keys=True)
    return hmac.new(f"backup:{settings.FINGERPRINT_KEY}".encode(), text.encode(), "sha256").hexdigest()


def read(directory: Path) -> Manifest:
    """Read the manifest; raises BackupError for one that is no backup, spoiled, of others, or of a later version."""
    try:
        told: dict[str, Any] = json.loads((directory / NAME).read_text())
        given = str(told.pop("mark"))
        if not hmac.compare_digest(given, mark(told)):
            raise BackupError(
                "the manifest was changed, or made with another FINGERPRINT_KEY: put the installation's keys here"
            )
        if told["format"] != FORMAT:
            raise BackupError(f"the backup has format {told['format']}, and this version reads {FORMAT}")
        parts = {name: (int(size), str(digest)) for name, (size, digest) in told["parts"].items()}
        position, digest = told["head"]
        return Manifest(**{**told, "parts": parts, "head": (int(position), str(digest))})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(f"{directory} holds no backup: its manifest is missing or spoiled") from None


def part(path: Path) -> tuple[int, str]:
    """Return size and digest of a part."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def check_part(directory: Path, name: str, manifest: Manifest) -> None:
    """Raise BackupError for a part that is missing, half-written or spoiled."""
    path = directory / name
    if not path.exists():
        raise BackupError(f"{path} is missing")
    if part(path) != manifest.parts[name]:
        raise BackupError(f"{path} is spoiled or was not written to its end: its checksum is another one")
