import base64
import json
import random
import stat
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from connections.secrets import vault
from connections.secrets.vault import Context, Opener, SealBrokenError, Sealer, VaultError, VaultKeyMissingError

SECRET = {"api_key": "canary-key-4711", "secret": "canary-secret-4711", "passphrase": "canary-passphrase-4711"}
HERE = Context(connection="c-1", owner="o-1", exchange="kucoin", revision=1)


@pytest.fixture(scope="module")
def private_key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.fixture(scope="module")
def sealer(private_key: X25519PrivateKey) -> Sealer:
    return Sealer(private_key.public_key())


@pytest.fixture(scope="module")
def opener(private_key: X25519PrivateKey, sealer: Sealer) -> Opener:
    return Opener({sealer.key_id: private_key})


def flipped(text: str, bit: int) -> str:
    raw = bytearray(text.encode())
    raw[bit // 8] ^= 1 << bit % 8
    return raw.decode("latin-1")


def error_of(act: Callable[[], object]) -> VaultError:
    with pytest.raises(VaultError) as caught:
        act()
    return caught.value


def test_what_was_sealed_opens_in_its_own_row(sealer: Sealer, opener: Opener) -> None:
    assert opener.open(sealer.seal(SECRET, HERE), HERE) == SECRET


def test_a_token_names_its_version_and_key_and_nothing_of_its_content(sealer: Sealer) -> None:
    token = sealer.seal(SECRET, HERE)

    assert token.startswith(f"v1.{sealer.key_id}.")
    assert vault.SEALED.fullmatch(token)
    assert "canary" not in token


def test_equal_secrets_give_unequal_tokens(sealer: Sealer) -> None:
    assert len({part for _ in range(20) for part in sealer.seal(SECRET, HERE).split(".")[2:]}) == 40


@pytest.mark.parametrize("number", range(20))
def test_every_flipped_bit_is_refused(sealer: Sealer, opener: Opener, number: int) -> None:
    token = sealer.seal({**SECRET, "passphrase": "x" * number}, HERE)
    in_key_id = range(8 * 3, 8 * 11)

    for bit in range(8 * len(token)):
        error = error_of(lambda bit=bit: opener.open(flipped(token, bit), HERE))  # type: ignore[misc]

        assert type(error) is SealBrokenError or (bit in in_key_id and type(error) is VaultKeyMissingError)


@pytest.mark.parametrize("cut", [0, 1, 2, 12, 40, 60, 200])
def test_a_cut_token_is_refused(sealer: Sealer, opener: Opener, cut: int) -> None:
    token = sealer.seal(SECRET, HERE)

    assert type(error_of(lambda: opener.open(token[:cut], HERE))) is SealBrokenError
    assert type(error_of(lambda: opener.open(token[: -1 - cut], HERE))) is SealBrokenError


@pytest.mark.parametrize(
    "text", ["", "v1", "v2.aaaaaaaa.b.c", "v1.aaaaaaaa.b", "canary", "v1.aaaaaaaa.b.c\n", "\x00", "v1.ÀÀÀÀÀÀÀÀ.b.c"]
)
def test_what_is_no_token_is_refused(opener: Opener, text: str) -> None:
    assert type(error_of(lambda: opener.open(text, HERE))) is SealBrokenError


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, connection="c-2"),
        replace(HERE, owner="o-2"),
        replace(HERE, exchange="mexc"),
        replace(HERE, revision=2),
        # No two rows may spell the same context.
        replace(HERE, connection='c-1", "o-1', owner=""),
    ],
)
def test_a_token_does_not_open_elsewhere(sealer: Sealer, opener: Opener, elsewhere: Context) -> None:
    token = sealer.seal(SECRET, HERE)

    assert type(error_of(lambda: opener.open(token, elsewhere))) is SealBrokenError


def test_no_token_of_fifty_rows_opens_in_another_of_them(sealer: Sealer, opener: Opener) -> None:
    contexts = [replace(HERE, connection=f"c-{n}", revision=1 + n % 3) for n in range(50)]
    tokens = [sealer.seal(SECRET, context) for context in contexts]

    opened = [
        (i, j) for i, token in enumerate(tokens) for j, there in enumerate(contexts) if _opens(opener, token, there)
    ]

    assert opened == [(n, n) for n in range(50)]


def _opens(opener: Opener, token: str, context: Context) -> bool:
    try:
        return opener.open(token, context) == SECRET
    except SealBrokenError:
        return False


def test_parts_of_two_tokens_do_not_make_a_third(sealer: Sealer, opener: Opener) -> None:
    one, other = (sealer.seal(SECRET, HERE).split(".") for _ in range(2))

    assert type(error_of(lambda: opener.open(".".join([*one[:3], other[3]]), HERE))) is SealBrokenError


def test_a_missing_vault_key_is_told_from_a_broken_seal(sealer: Sealer) -> None:
    stranger = X25519PrivateKey.generate()
    token = sealer.seal(SECRET, HERE)

    missing = error_of(lambda: Opener({vault.key_id(stranger.public_key()): stranger}).open(token, HERE))
    wrong = error_of(lambda: Opener({sealer.key_id: stranger}).open(token, HERE))

    assert type(missing) is VaultKeyMissingError
    assert sealer.key_id in str(missing)
    assert type(wrong) is SealBrokenError


def test_an_older_key_of_the_ring_opens_what_it_sealed(sealer: Sealer, private_key: X25519PrivateKey) -> None:
    newer = X25519PrivateKey.generate()
    ring = Opener({vault.key_id(newer.public_key()): newer, sealer.key_id: private_key})

    assert ring.open(sealer.seal(SECRET, HERE), HERE) == SECRET
    assert ring.open(Sealer(newer.public_key()).seal(SECRET, HERE), HERE) == SECRET


def test_whoever_seals_cannot_open(sealer: Sealer) -> None:
    everything = [sealer.public_key, *vars(sealer).values()]

    assert not any(hasattr(one, name) for one in everything for name in ("private_bytes", "exchange", "open"))


def test_a_secret_that_is_no_mapping_is_a_broken_seal(private_key: X25519PrivateKey, opener: Opener) -> None:
    sealed = _seal_text(Sealer(private_key.public_key()), json.dumps("canary"))

    assert type(error_of(lambda: opener.open(sealed, HERE))) is SealBrokenError


def _seal_text(sealer: Sealer, text: str) -> str:
    from cryptography.fernet import Fernet

    fernet_key = Fernet.generate_key()
    wrapped = vault.SUITE.encrypt(fernet_key, sealer.public_key, info=HERE.info)
    key, token = base64.urlsafe_b64encode(wrapped).decode().rstrip("="), Fernet(fernet_key).encrypt(text.encode())
    return f"v1.{sealer.key_id}.{key}.{token.decode()}"


def test_no_error_carries_a_secret_or_a_cause(sealer: Sealer, opener: Opener) -> None:
    token = sealer.seal(SECRET, HERE)
    rng = random.Random(7)
    broken = [flipped(token, rng.randrange(8 * len(token))) for _ in range(200)]

    for text in [*broken, json.dumps(SECRET), SECRET["secret"]]:
        error = error_of(lambda text=text: opener.open(text, HERE))  # type: ignore[misc]

        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
        assert "canary" not in "".join(traceback.format_exception(error))
        assert text not in str(error)


def test_a_fingerprint_finds_an_owners_own_duplicate_and_nobody_elses() -> None:
    def mark(api_key: str, owner: str, key: str = "k") -> str:
        return vault.fingerprint(api_key, owner=owner, key=key)

    assert mark("a", "o-1") == mark("a", "o-1")
    assert len({mark("a", "o-1"), mark("b", "o-1"), mark("a", "o-2"), mark("a", "o-1", "other")}) == 4
    assert error_of(lambda: mark("a", "o-1", "")).args == ("FINGERPRINT_KEY is not set",)


def test_a_key_pair_is_written_for_its_owner_only(tmp_path: Path) -> None:
    name = vault.make_keypair(tmp_path)

    files = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert files == {"vault": 0o700, f"vault/{name}.key": 0o400, "vault.pub": 0o400}
    sealer, opener = vault.load_sealer(str(tmp_path / "vault.pub")), vault.load_opener(str(tmp_path / "vault"))
    assert opener.open(sealer.seal(SECRET, HERE), HERE) == SECRET


def test_a_key_pair_is_never_overwritten(tmp_path: Path) -> None:
    vault.make_keypair(tmp_path)
    before = (tmp_path / "vault.pub").read_bytes()

    with pytest.raises(FileExistsError):
        vault.make_keypair(tmp_path)

    assert (tmp_path / "vault.pub").read_bytes() == before


def test_made_keys_differ() -> None:
    assert len({vault.make_secret_key() for _ in range(20)}) == 20


def test_every_way_to_lose_the_public_key_is_told(tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "other.pub").write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "cut.pub").write_bytes(b"-----BEGIN PUBLIC KEY-----\nMCow")

    def say(name: str) -> str:
        return str(error_of(lambda: vault.load_sealer(name)))

    assert say(str(tmp_path / "none.pub")) == say(str(tmp_path / "cut.pub")) == "the vault's public key cannot be read"
    assert say("") == "the vault's public key cannot be read"
    assert say(str(tmp_path / "other.pub")) == "the vault's public key is of another kind"


def _pem(key: X25519PrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vault key aaaaaaaa cannot be read"),
        (_pem(X25519PrivateKey.generate())[:60], "vault key aaaaaaaa cannot be read"),
        (_pem(X25519PrivateKey.generate()), "vault key aaaaaaaa is not the key that its name says"),
        (_pem(Ed25519PrivateKey.generate()), "vault key aaaaaaaa is not the key that its name says"),
    ],
    ids=["empty", "truncated", "misnamed", "another kind"],
)
def test_every_way_to_spoil_a_private_key_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "aaaaaaaa.key").write_bytes(content)

    error = error_of(lambda: vault.load_opener(str(tmp_path)))

    assert str(error) == words
    assert error.__cause__ is None


def test_a_ring_without_keys_is_told(tmp_path: Path) -> None:
    for directory in ("", str(tmp_path), str(tmp_path / "none")):
        error = error_of(lambda directory=directory: vault.load_opener(directory))  # type: ignore[misc]

        assert str(error) == "the vault has no private key"


def test_a_secret_without_its_wrapped_key_opens_for_nobody_and_together_again_as_before(
    sealer: Sealer, opener: Opener
) -> None:
    sealed = sealer.seal(SECRET, HERE)

    apart, wrapped = vault.take_apart(sealed)

    assert vault.SEALED.fullmatch(apart)
    assert wrapped.partition(".")[2] not in apart
    assert isinstance(error_of(lambda: opener.open(apart, HERE)), SealBrokenError)
    assert vault.put_together(apart, wrapped) == sealed
    assert vault.token_of(apart) == vault.token_of(sealed) != vault.token_of(sealer.seal(SECRET, HERE))


def test_the_wrapped_key_of_a_later_vault_key_opens_an_older_copy(sealer: Sealer, opener: Opener) -> None:
    sealed, other = sealer.seal(SECRET, HERE), X25519PrivateKey.generate()
    older, _ = vault.take_apart(sealed)
    later = Sealer(other.public_key())

    anew = opener.wrap_anew(sealed, HERE, later)

    brought_back = vault.put_together(older, vault.take_apart(anew)[1])
    assert Opener({later.key_id: other}).open(brought_back, HERE) == SECRET
