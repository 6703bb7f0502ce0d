"""A file that is sealed piece by piece to a public key: made without the private one, and whole or not at all.

The key of its pieces is wrapped by HPKE to the backups' public key. Each piece is AES-256-GCM with its number as nonce
and the file's head beside it, the last one marked as such: a piece that is changed, moved, left out or cut off, and a
head of another file, end the reading. This says nothing about who made the file; the manifest's mark does.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connections.secrets.vault import SUITE, Sealer

MAGIC = b"backfuture backup 1\n"
PIECE, TAG = 1 << 20, 16
LONGEST_HEAD = 1 << 16


class BackupError(Exception):
    """A backup cannot be made or read; the message is for the operator."""


@dataclass(frozen=True)
class FileKey:
    """What one file is sealed with: kept in memory by the process that makes it, so that it can look at its work."""

    secret: bytes = field(repr=False)


def new_key() -> FileKey:
    return FileKey(secrets.token_bytes(32))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class SealedWriter:
    """Write a sealed file; without an orderly end it stays without its last piece, and nothing reads it."""

    def __init__(self, path: Path, sealer: Sealer, key: FileKey, *, about: Mapping[str, str]) -> None:
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        wrapped = SUITE.encrypt(key.secret, sealer.public_key, info=_info(about))
        told = {"about": dict(about), "key": sealer.key_id, "wrapped": base64.b64encode(wrapped).decode()}
        self._head = json.dumps(told, sort_keys=True).encode()
        self._file.write(MAGIC + len(self._head).to_bytes(4, "big") + self._head)
        self._box, self._number, self._waiting = AESGCM(key.secret), 0, bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Do nothing: what stands above asks for it."""

    def _seal(self, data: bytes, *, is_last: bool) -> None:
        self._file.write(self._box.encrypt(_nonce(self._number, is_last=is_last), data, self._head))
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._file:
            if kind is None:
                self._seal(bytes(self._waiting), is_last=True)
                self._file.flush()
                os.fsync(self._file.fileno())


class SealedReader:
    """Read a sealed file to its end; raises BackupError at the first byte that is not what was written."""

    def __init__(self, file: IO[bytes], key: FileKey | Mapping[str, X25519PrivateKey], *, about: Mapping[str, str]):
        self._file, self._about = file, about
        if file.read(len(MAGIC)) != MAGIC:
            raise BackupError(f"the {about['part']} is no part of a backup, or its beginning is spoiled")
        size = int.from_bytes(file.read(4), "big")
        self._head = file.read(min(size, LONGEST_HEAD))
        secret = key.secret if isinstance(key, FileKey) else self._unwrap(key)
        self._box, self._number, self._ready, self._is_over = AESGCM(secret), 0, bytearray(), False
        self._next = file.read(PIECE + TAG)

    def _unwrap(self, ring: Mapping[str, X25519PrivateKey]) -> bytes:
        try:
            head: dict[str, Any] = json.loads(self._head)
            name, wrapped = str(head["key"]), base64.b64decode(head["wrapped"])
        except (ValueError, KeyError, TypeError):
            raise self._spoiled() from None
        if name not in ring:
            raise BackupError(f"this backup is sealed to the key {name}, which is not among those given")
        try:
            return bytes(SUITE.decrypt(wrapped, ring[name], info=_info(self._about)))
        except (InvalidTag, ValueError):
            raise self._spoiled() from None

    def read(self, size: int = -1) -> bytes:
        while not self._is_over and (size < 0 or len(self._ready) < size):
            data, self._next = self._next, self._file.read(PIECE + TAG)
            self._is_over = not self._next
            try:
                self._ready += self._box.decrypt(_nonce(self._number, is_last=self._is_over), data, self._head)
            except (InvalidTag, ValueError):
                raise self._spoiled() from None
            self._number += 1
        end = len(self._ready) if size < 0 else size
        told = bytes(self._ready[:end])
        del self._ready[:end]
        return told

    def _spoiled(self) -> BackupError:
        return BackupError(f"the {self._about['part']} is spoiled or was not written to its end")


def _info(about: Mapping[str, str]) -> bytes:
    return json.dumps(["backup", dict(about)], sort_keys=True).encode()
