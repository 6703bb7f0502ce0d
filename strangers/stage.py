"""Where strangers live: an environment of their own, and a practice exchange that runs while they are there."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.rig import practice
from rehearsal.authority import Authority
from strangers import NAMES
from strangers.rows import ROWS
from strangers.scene import CERTIFIED
from strangers.shapes import Cell, Column

ROOM = Path(__file__).resolve().parent
AT_ONCE = 2
PATIENCE_SECONDS = 90


def make_environment(directory: Path, lock: Path) -> Path:
    """Return the Python of an environment that holds exactly what the lock says, by hash; make it on first use."""
    python, stamp = directory / "bin" / "python", directory / f".{lock.stem}.sha256"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        directory.parent.mkdir(parents=True, exist_ok=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, directory], check=True)
        install: list[str | Path] = [uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", lock]
        subprocess.run(install, check=True, cwd=ROOM.parent)
        stamp.write_text(wanted)
    return python


def run_strangers(var: Path, names: Sequence[str] = NAMES) -> dict[str, Column]:
    python = make_environment(var / "strangers" / "sdk", ROOM / "requirements.lock")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(lambda name: run_one(python, name), names), strict=True))


@contextmanager
def certificate() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield the options that open ports over TLS, and the environment in which a client believes them."""
    with tempfile.TemporaryDirectory() as directory:
        room, authority = Path(directory), Authority("Strangers")
        root, (chain, key) = authority.write(room / "root.pem"), authority.vouch([CERTIFIED], room, "own")
        options = ["--own-tls-ports", "0", "--tls-cert", str(chain), "--tls-key", str(key)]
        yield options, dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(root))


def run_one(python: Path, name: str) -> Column:
    """Run one stranger in a process and a practice world of its own: what it breaks is nobody else's affair."""
    with certificate() as (options, trust), practice(0, "--own-ports", "0", *options) as exchange:
        command: list[str | Path] = [python, "-m", "strangers", name, exchange.url]
        ways: dict[str, Any] = {"cwd": ROOM.parent, "env": {**os.environ, **trust}, "timeout": PATIENCE_SECONDS}
        try:
            done = subprocess.run(command, capture_output=True, text=True, **ways)
        except subprocess.TimeoutExpired:
            return _lost(name, f"not done after {PATIENCE_SECONDS} seconds")
    if done.returncode:
        return _lost(name, done.stderr.strip().splitlines()[-1])
    return Column.read(json.loads(done.stdout))


def _lost(name: str, reason: str) -> Column:
    return Column(name, "nothing", {name: Cell("wrong", reason) for name in ROWS})
