"""What `./run up` starts: each part's command line and environment."""

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
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
        parts = [Part(**{**part, "keeps": tuple(part["keeps"])}) for part in values.pop("parts")]
        return cls(parts=parts, **values)


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
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{descriptor}", "backfuture.wsgi"]
    return Part(name="web", command=command, keeps=(descriptor,))


def worker(var: Path) -> Part:
    command = [sys.executable, "-m", "backfuture.worker"]
    return Part(name="worker", command=command, environment={"HEARTBEAT_FILE": str(var / "worker.alive")})


def beat(var: Path) -> Part:
    command = [sys.executable, "-m", "backfuture.beat"]
    return Part(name="beat", command=command, environment={"HEARTBEAT_FILE": str(var / "beat.alive")})
