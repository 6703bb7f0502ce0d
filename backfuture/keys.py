"""The keys of an installation: made once, never replaced, never at a process's start."""

import hashlib
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from connections.secrets import vault

TEXT_KEYS = ("secret_key", "fingerprint_key")


class KeysError(Exception):
    """Some keys are there and some are not; making the rest would lose what the lost ones sealed."""


def make_keys(directory: Path) -> bool:
    """Write all keys (0400) and return True, or return False when all are there; raises KeysError for a part."""
    there = [(directory / name).exists() for name in (*TEXT_KEYS, "vault.pub")]
    there.append(any(directory.glob("vault/*.key")))
    if all(there):
        return make_push_key(directory)
    if any(there):
        raise KeysError(f"{directory} holds only some of its keys: put the others back from your backup")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault.make_keypair(directory)
    for name in TEXT_KEYS:
        _write(directory / name, vault.make_secret_key())
    make_push_key(directory)
    return True


def make_push_key(directory: Path) -> bool:
    """Write the key by which push services of browsers know us (0400); False when it is there.

    Apart from the others: an installation from before it has all of those. What is lost of it is only the public half,
    or every browser would have to be asked again, so KeysError is raised for the private one.
    """
    private, public = directory / "push.key", directory / "push.pub"
    if public.exists():
        if not private.exists():
            raise KeysError(f"{directory} has push.pub alone: put push.key back from your backup")
        return False
    if not private.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        _write(private, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip())
    key = load_pem_private_key(private.read_bytes(), password=None)
    _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip())
    return True


def make_deployment(directory: Path) -> bool:
    """Write what docker-compose.yml names as secrets besides the keys; False when they are there."""
    if (directory / "redis_url").exists():
        return False
    broker = secrets.token_urlsafe(32)
    # Read by other users inside their containers; the directory (0700) keeps everybody else out.
    _write(directory / "database_password", secrets.token_urlsafe(32), mode=0o444)
    for role, name in (("app", "database_url"), ("owner", "database_owner_url")):
        password = secrets.token_urlsafe(32)
        _write(directory / name, f"postgres://backfuture_{role}:{password}@database:5432/backfuture")
        _write(directory / f"database_{role}_password", password, mode=0o444)
    _write(directory / "redis_url", f"redis://backfuture:{broker}@broker:6379/0")
    _write(directory / "broker.acl", broker_acl(broker), mode=0o444)
    # Where workers anchor the audit trail.
    (directory / "anchor").mkdir(mode=0o700)
    # What opens backups: to be taken away from the server.
    (directory / "backup").mkdir(mode=0o700)
    vault.add_key(directory / "backup", directory / "backup.pub")
    return True


def broker_acl(password: str) -> str:
    """Return the broker's user list: one user, by its password's hash, with nothing dangerous allowed."""
    digest = hashlib.sha256(password.encode()).hexdigest()
    return f"user default off\nuser backfuture on #{digest} ~* &* +@all -@admin -@dangerous"


def _write(path: Path, text: str, mode: int = 0o400) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text + "\n")
    path.chmod(mode)
