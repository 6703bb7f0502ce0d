"""The vault: seals a secret to a public key, opens it with the private one; the web process can only seal.

Each secret is encrypted with a fresh Fernet key; that key is wrapped with HPKE (RFC 9180: X25519, HKDF-SHA256,
AES-128-GCM) to the vault's public key, bound to the row it belongs to. Stored: v1.<key id>.<wrapped key>.<token>.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
SEALED = re.compile(r"v1\.([a-z0-9]{8})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_=-]+)")
SEALED_PATTERN = r"^v1\.[a-z0-9]{8}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_=-]+$"
# What stands for the wrapped key where it is kept apart.
APART = "-"


class VaultError(Exception):
    """A secret cannot be sealed or opened; the message names a key id at most."""


class VaultKeyMissingError(VaultError):
    """The key that sealed it is not in the ring: an operator must bring it back."""


class SealBrokenError(VaultError):
    """The text was changed, or belongs to another row."""


class SecretGoneError(VaultError):
    """It was destroyed, as it should be: with its connection, or because the key could withdraw."""


class VaultBusyError(VaultError):
    """Keys are opened faster than any bot needs; it says nothing about this one."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """The row a secret belongs to; a sealed text moved elsewhere, or an older one put back, does not open."""

    connection: str
    owner: str
    exchange: str
    revision: int

    @property
    def info(self) -> bytes:
        return json.dumps(["connection", self.connection, self.owner, self.exchange, self.revision]).encode()


@dataclass(frozen=True)
class Sealer:
    """Seals for the owner of the private key; all that a web process has."""

    public_key: X25519PublicKey

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)

    def seal(self, secret: Mapping[str, str], context: Context) -> str:
        fernet_key = Fernet.generate_key()
        token = Fernet(fernet_key).encrypt(json.dumps(dict(secret)).encode()).decode()
        wrapped = SUITE.encrypt(fernet_key, self.public_key, info=context.info)
        return f"v1.{self.key_id}.{_encoded(wrapped)}.{token}"


@dataclass(frozen=True)
class Opener:
    """Opens what any key of its ring has sealed; workers only."""

    ring: Mapping[str, X25519PrivateKey]

    def open(self, sealed: str, context: Context) -> dict[str, str]:
        """Return the secret; raise VaultKeyMissingError or SealBrokenError, never with a cause."""
        parts = SEALED.fullmatch(sealed)
        if parts is None:
            raise SealBrokenError("not a sealed secret")
        private_key = self.ring.get(parts[1])
        if private_key is None:
            raise VaultKeyMissingError(f"vault key {parts[1]} is missing")
        try:
            fernet_key = SUITE.decrypt(_decoded(parts[2]), private_key, info=context.info)
            _decoded(parts[3])
            return dict(json.loads(Fernet(fernet_key).decrypt(parts[3])))
        except (InvalidTag, InvalidToken, ValueError, TypeError):
            # No cause: a chained traceback could carry the text into a log.
            raise SealBrokenError(f"a secret sealed with {parts[1]} does not open") from None

    def wrap_anew(self, sealed: str, context: Context, sealer: Sealer) -> str:
        """Return the secret with its own key wrapped for another vault key; raises what `open` raises.

        Its own key stays: copies of the token in older backups open with the wrapped keys of today.
        """
        self.open(sealed, context)
        _, name, wrapped, token = sealed.split(".")
        fernet_key = SUITE.decrypt(_decoded(wrapped), self.ring[name], info=context.info)
        return f"v1.{sealer.key_id}.{_encoded(SUITE.encrypt(fernet_key, sealer.public_key, info=context.info))}.{token}"


def take_apart(sealed: str) -> tuple[str, str]:
    """Return a sealed secret without its wrapped key, and what opens it: the vault key's name with the wrapped key."""
    version, name, wrapped, token = sealed.split(".")
    return f"{version}.{name}.{APART}.{token}", f"{name}.{wrapped}"


def put_together(apart: str, wrapped: str) -> str:
    version, _, _, token = apart.split(".")
    return f"{version}.{wrapped}.{token}"


def token_of(sealed: str) -> str:
    """Return the digest of what a secret's own key opens: its name where the key is kept apart."""
    return hashlib.sha256(sealed.rpartition(".")[2].encode()).hexdigest()


def fingerprint(api_key: str, *, owner: str, key: str) -> str:
    """Return a keyed digest that finds an owner's own duplicate; it says nothing about other owners' keys."""
    if not key:
        raise VaultError("FINGERPRINT_KEY is not set")
    return hmac.new(key.encode(), f"{owner}:{api_key}".encode(), hashlib.sha256).hexdigest()


def key_id(public_key: X25519PublicKey) -> str:
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:8]


def load_sealer(public_key_file: str) -> Sealer:
    """Read the public key; raise VaultError when the file is missing or is none."""
    try:
        key = load_pem_public_key(Path(public_key_file).read_bytes())
    except (OSError, ValueError):
        raise VaultError("the vault's public key cannot be read") from None
    if not isinstance(key, X25519PublicKey):
        raise VaultError("the vault's public key is of another kind")
    return Sealer(key)


def load_opener(private_keys_dir: str) -> Opener:
    """Read every *.key of the directory; raise VaultError when there is none, or one that is no key or misnamed."""
    files = sorted(Path(private_keys_dir).glob("*.key")) if private_keys_dir else []
    if not files:
        raise VaultError("the vault has no private key")
    return Opener({path.stem: _private_key(path) for path in files})


def _private_key(path: Path) -> X25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError):
        raise VaultError(f"vault key {path.stem} cannot be read") from None
    if not isinstance(key, X25519PrivateKey) or key_id(key.public_key()) != path.stem:
        raise VaultError(f"vault key {path.stem} is not the key that its name says")
    return key


def make_keypair(directory: Path) -> str:
    """Write vault.pub and vault/<key id>.key (0400) under the directory; return the key id. Never overwrites."""
    private_key = X25519PrivateKey.generate()
    name = key_id(private_key.public_key())
    (directory / "vault").mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(directory / "vault" / f"{name}.key", pem)
    public = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(directory / "vault.pub", public)
    return name


def add_key(keys_dir: Path, public_key_file: Path) -> str:
    """Put a new key beside the others, then let everything seal with it; return its id. What was sealed stays as it is.

    In this order: what is sealed with the new key opens from the first moment on.
    """
    private_key = X25519PrivateKey.generate()
    name = key_id(private_key.public_key())
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(keys_dir / f"{name}.key", pem)
    public = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    beside = public_key_file.with_name(f"{public_key_file.name}.{name}")
    _write(beside, public)
    beside.replace(public_key_file)
    return name


def make_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o400)
        file.write(content)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """Return the bytes of a text, with or without its padding; raises ValueError for a second spelling of the same.

    That would be a change that goes unseen: Fernet itself overlooks the unused bits of a token's last letter.
    """
    padded = text + "=" * (-len(text) % 4)
    raw = base64.urlsafe_b64decode(padded)
    if base64.urlsafe_b64encode(raw).decode() != padded:
        raise ValueError("not canonical")
    return raw
