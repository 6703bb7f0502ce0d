"""The keys of an installation: made once, never replaced, never at a process's start."""

from pathlib import Path

from connections import vault

TEXT_KEYS = ("secret_key", "fingerprint_key")


class KeysError(Exception):
    """Some keys are there and some are not; making the rest would lose what the lost ones sealed."""


def make_keys(directory: Path) -> bool:
    """Write all keys (0400) and return True, or return False when all are there; raises KeysError for a part."""
    there = [(directory / name).exists() for name in (*TEXT_KEYS, "vault.pub")]
    there.append(any(directory.glob("vault/*.key")))
    if all(there):
        return False
    if any(there):
        raise KeysError(f"{directory} holds only some of its keys: put the others back from your backup")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault.make_keypair(directory)
    for name in TEXT_KEYS:
        _write(directory / name, vault.make_secret_key())
    return True


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o400, exist_ok=False)
    path.chmod(0o600)
    path.write_text(text + "\n")
    path.chmod(0o400)
