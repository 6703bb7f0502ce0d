"""No key ever was in the repository, and none gets into the image: a search over all history and the build's files."""

import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath

import pytest
from django.conf import settings

from backfuture import keys
from connections.secrets import vault

ROOT: Path = settings.BASE_DIR
# What keys look like, those that `make_keys` makes and those of others; each with a text that it must find.
LOOKS = {
    "a private key": (
        rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
        "-----BEGIN EC PRIVATE KEY-----\n" + "A" * 64,
    ),
    "a key of AWS": (rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "AKIA" + "A" * 16),
    "a token of GitHub": (rb"\bgh[pousr]_[A-Za-z0-9]{36}", "ghp_" + "A" * 36),
    "a token of GitLab": (rb"\bglpat-[A-Za-z0-9_-]{20}", "glpat-" + "A" * 20),
    "a token of Slack": (rb"\bxox[abprs]-[0-9A-Za-z-]{20}", "xoxb-" + "1" * 24),
    "a token of Telegram": (rb"\b[0-9]{9,10}:AA[A-Za-z0-9_-]{33}\b", "123456789:AA" + "x" * 33),
    "a key of Google": (rb"\bAIza[0-9A-Za-z_-]{35}", "AIza" + "A" * 35),
    "a key of Stripe": (rb"\b[rs]k_live_[0-9A-Za-z]{20}", "sk_live_" + "1" * 24),
    "a token of a package index": (rb"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20}", "pypi-AgEIcHlwaS5vcmc" + "A" * 30),
    "a password in an address": (
        rb"\b(?:postgres(?:ql)?|rediss?|amqp)://[a-z]+:[A-Za-z0-9_-]{43}@",
        f"redis://backfuture:{'a' * 43}@broker",
    ),
}
# Files that are secret by what they are.
NAMES = ("*.key", "*.pem", "*.p12", "*.pfx", ".env", ".env.*", "*.sqlite3", "*.acl", "id_rsa*", "id_ed25519*")
# The second invents a token of a Telegram bot, which looks like every other.
EXAMPLES = {".env.example", "tests/messaging/factories.py"}


def git(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, input=given, capture_output=True, check=True).stdout


def history() -> Iterator[tuple[str, bytes]]:
    """Yield every version of every file that any commit of this branch held, and each commit's own text."""
    yield "commit texts", git("log", "--format=%B%an%ae")
    listed = git("rev-list", "--objects", "HEAD").decode().splitlines()
    named = dict(line.split(" ", 1) for line in listed if " " in line)
    out, at = git("cat-file", "--batch", given="\n".join(named).encode()), 0
    while at < len(out):
        end = out.index(b"\n", at)
        number, kind, size = out[at:end].decode().split()
        if kind == "blob":
            yield named[number], out[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)


def is_secret(name: str) -> bool:
    return any(fnmatch(PurePath(name).name, one) for one in NAMES)


def is_left_out(name: str, line: str) -> bool:
    """Say whether a line of .dockerignore keeps a file out."""
    anywhere = line.startswith("**/") and fnmatch(PurePath(name).name, line[3:])
    return anywhere or PurePath(name).is_relative_to(line) or fnmatch(name.split("/")[0], line)


def built() -> list[str]:
    """Return the files that `COPY . .` takes into the image, tracked or not."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    here = filter(None, git("ls-files", "-co", "-z").decode().split("\0"))
    return [name for name in here if not any(is_left_out(name, line) for line in lines)]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_search_finds_what_it_is_for(look: tuple[bytes, str]) -> None:
    pattern, text = look

    assert re.search(pattern, b"x = '" + text.encode() + b"'")


def test_the_keys_that_we_make_are_secret_by_their_names(tmp_path: Path) -> None:
    keys.make_keys(tmp_path / "keys")
    (tmp_path / "secrets").mkdir()
    keys.make_deployment(tmp_path / "secrets")

    (private,) = (tmp_path / "keys" / "vault").glob("*.key")
    assert is_secret(private.name)
    address = (tmp_path / "secrets" / "redis_url").read_bytes()
    assert re.search(LOOKS["a password in an address"][0], address)
    assert vault.make_secret_key() != vault.make_secret_key()


def test_no_file_of_all_history_holds_a_key() -> None:
    looks = re.compile(b"|".join(b"(?:" + pattern + b")" for pattern, _ in LOOKS.values()))

    found = {name for name, content in history() if looks.search(content) or is_secret(name)}

    assert found - EXAMPLES == set()


def test_the_image_takes_no_file_that_could_hold_a_key() -> None:
    files = built()

    assert "manage.py" in files
    assert [name for name in files if is_secret(name)] == []
    assert [name for name in files if name.split("/")[0] in {"var", "secrets", "tests", ".git"}] == []
