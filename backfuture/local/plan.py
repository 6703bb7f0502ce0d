"""What `./run up` starts: each part's command line and environment."""

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    # Taken out of the environment that the supervisor hands down.
    without: tuple[str, ...] = ()
    # Started first and stopped last: the others talk to it.
    is_base: bool = False
    keeps: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StartPlan:
    root: str
    var: str
    address: str
    base_socket: str
    notice: list[str]
    locks: dict[str, int]
    parts: list[Part]

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "StartPlan":
        values = json.loads(text)
        tuples = ("keeps", "without")
        parts = [Part(**{**part, **{name: tuple(part[name]) for name in tuples}}) for part in values.pop("parts")]
        return cls(parts=parts, **values)


LOOK_BACK = "lookback"
# Only workers that ask exchanges for traders are told where the vault's private keys are.
SEALS_ONLY: dict[str, Any] = {
    "environment": {"OPENS_KEYS": "0"},
    "without": ("VAULT_PRIVATE_KEYS_DIR", "PUSH_PRIVATE_KEY_FILE"),
}


def valkey(binary: Path, var: Path, socket: Path) -> Part:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(var / "valkey"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    return Part(name="valkey", command=[str(binary), *arguments], is_base=True)


def practice(var: Path, port: int) -> Part:
    state = str(var / "practice.sqlite3")
    command = [sys.executable, "-m", "practice", "--port", str(port), "--state", state, "--seed", "7"]
    return Part(name="practice", command=command)


def web(descriptor: int) -> Part:
    command = [sys.executable, "-m", "front", "backfuture.wsgi"]
    environment = {"BIND": f"fd://{descriptor}", **SEALS_ONLY["environment"]}
    return Part(
        name="web", command=command, keeps=(descriptor,), environment=environment, without=SEALS_ONLY["without"]
    )


def worker(var: Path, *kind: str) -> Part:
    """Return a worker of one kind, or of none: then it does everything."""
    name = "-".join(("worker", *kind))
    command = [sys.executable, "-m", "backfuture.worker", *kind]
    environment, without = {"HEARTBEAT_FILE": str(var / f"{name}.alive")}, ()
    if kind == (LOOK_BACK,):
        environment, without = environment | SEALS_ONLY["environment"], SEALS_ONLY["without"]
    return Part(name=name, command=command, environment=environment, without=without)


def workers(var: Path) -> list[Part]:
    """Return a worker of each kind: what waits for exchanges, or reckons for long, keeps no order waiting."""
    return [worker(var, kind) for kind in ("orders", "prices", "checks", LOOK_BACK)]


def beat(var: Path) -> Part:
    command = [sys.executable, "-m", "backfuture.beat"]
    environment = {"HEARTBEAT_FILE": str(var / "beat.alive"), **SEALS_ONLY["environment"]}
    return Part(name="beat", command=command, environment=environment, without=SEALS_ONLY["without"])
