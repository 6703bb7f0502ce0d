"""A network and mount namespace of our own: loopback is its only device, and nothing can leave it."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# They look public, and exist only inside.
EXCHANGE = "52.84.150.36"
TRAPS = ("52.84.150.37", "52.84.150.38")
# Inside our own network, where no name of an exchange may lead.
INNER = "10.20.30.40"
ADDRESSES = (EXCHANGE, *TRAPS, INNER)
HOSTS = Path("/etc/hosts")
# Processes end with their namespace. As root no user namespace is needed, and PostgreSQL finds its own user in it.
OWN = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
WAYS = (OWN, ("--map-root-user", *OWN), ("--map-root-user", "--net", "--mount"))


class NoEnclosureError(Exception):
    """This machine lets us make no namespace; the message says what it said."""


class OpenEnclosureError(Exception):
    """The namespace has a way out."""


def command() -> list[str]:
    """Return the words that put a command into a namespace here; raises NoEnclosureError."""
    told = ""
    if not (shutil.which("unshare") and shutil.which("ip")):
        raise NoEnclosureError("the programs unshare and ip (util-linux, iproute2) are not there")
    for way in WAYS if os.geteuid() == 0 else WAYS[1:]:
        words = ["unshare", *way]
        tried = subprocess.run([*words, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return words
        told = tried.stderr.strip() or f"unshare ended with {tried.returncode}"
    raise NoEnclosureError(told)


def close() -> None:
    """Bring loopback up with our addresses; raises OpenEnclosureError when there is any way out."""
    run_command("ip", "link", "set", "lo", "up")
    for address in ADDRESSES:
        run_command("ip", "addr", "add", f"{address}/32", "dev", "lo")
    if ways := ways_out(run_command("ip", "-o", "link"), run_command("ip", "route"), run_command("ip", "-6", "route")):
        raise OpenEnclosureError(f"this namespace has a way out: {', '.join(ways)}")


def ways_out(links: str, *routes: str) -> list[str]:
    """Return what leads out of a namespace, as `ip -o link` and `ip route` tell it: devices but lo, default routes."""
    devices = [line.split(":")[1].strip() for line in links.splitlines() if line.strip()]
    defaults = [line.strip() for told in routes for line in told.splitlines() if line.startswith("default")]
    return [device for device in devices if device != "lo"] + defaults


def bind(source: Path, target: Path) -> None:
    """Let every program in here see `source` where `target` is."""
    run_command("mount", "--bind", str(source), str(target))


def hosts(names: Mapping[str, str]) -> str:
    """Return what /etc/hosts says when names lead to addresses, and localhost home."""
    return "".join(f"{address} {name}\n" for name, address in {"localhost": "127.0.0.1", **names}.items())


class Names:
    """What the exchanges' names lead to, for all programs in here."""

    def __init__(self, exchanges: Iterable[str], path: Path) -> None:
        self._exchanges, self._path = tuple(exchanges), path
        self.lead_to(EXCHANGE)

    def lead_to(self, address: str, **more: str) -> None:
        """Let all exchanges' names lead to one address; the file is kept, since others look at it already."""
        self._path.write_text(hosts({**dict.fromkeys(self._exchanges, address), **more}))


def run_command(*words: str) -> str:
    """Run a command of the network's and return what it said; raises NoEnclosureError."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoEnclosureError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def run(words: Sequence[str], *, environment: Mapping[str, str], root: Path) -> int:
    """Run a command and return how it ended."""
    return subprocess.run(words, env=dict(environment), cwd=root, check=False).returncode
